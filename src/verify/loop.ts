// Loops in an environment that lets them run on a budget: their end needs no proof, only that no round does harm.
//
// Where a jump leads back to, numbers are forgotten. So the second round comes back to a state that was seen, whatever is
// counted or added up in it: what holds there holds in every round, and the path needs no further walk.

import type { Insn } from '../ebpf/insn.js';
import { byteKind, byteKinds, type Slot, slotSize, withBytes } from './slot.js';
import type { Frame, State } from './state.js';
import { isPointer, isScalar, uninitialised, unknown } from './value.js';

/** @returns 1 for each slot that a jump leads back to */
export function loopHeads(insns: readonly Insn[]): Uint8Array {
  const heads = new Uint8Array(insns.length);
  for (const [pc, insn] of insns.entries()) {
    if ((insn.kind === 'jump' || insn.kind === 'goto') && insn.off < 0) heads[pc + 1 + insn.off] = 1;
  }
  return heads;
}

/** Keeps of a state what doesn't change from round to round: what is an address, and of what. */
export function forgetNumbers(state: State): void {
  for (const frame of state.frames) {
    frame.registers.forEach((value, register) => {
      if (isScalar(value)) frame.registers[register] = unknown;
    });
    frame.slots.forEach((slot, index) => {
      frame.setSlot(index, withoutNumbers(slot));
    });
  }
}

function withoutNumbers(slot: Slot): Slot {
  if (isPointer(slot.value)) return slot;
  let result: Slot = { ...slot, value: uninitialised };
  for (let byte = 0; byte < slotSize; byte++) {
    if (byteKind(slot, byte) !== byteKinds.invalid) result = withBytes(result, byte, byte + 1, byteKinds.misc);
  }
  return result;
}

/** The next round may read what this one leaves: states that were stored on the way must not be taken for others. */
export function markAllRead(state: State): void {
  for (const frame of state.frames) markFrameRead(frame);
}

function markFrameRead(frame: Frame): void {
  frame.slots.forEach((_, index) => {
    frame.markRead(index);
  });
}
