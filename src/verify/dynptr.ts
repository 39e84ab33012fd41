// Dynptrs: descriptions of memory whose size is known only when the program runs. A program keeps one in 16 bytes of its
// stack, which only helpers read and write; what it gets of the memory is a slice, of a constant size or null.
//
//   offset  -16          -8        of the stack, say
//           first half   second    both slots hold a value of kind `dynptr` with the dynptr's id, and the reference that
//                                  a reserved record has to be given back by
//
// Whoever writes over half of one destroys it, and its slices are void; one with a reference can't be written over.

import * as scalar from '../abstract/scalar.js';
import { refuse } from './refusal.js';
import { byteKinds, emptySlot, isDynptr, type Slot, slotLimit, slotSize } from './slot.js';
import { type Frame, replaceEach, type State } from './state.js';
import { pointer, unknown, type Value } from './value.js';

/** Where a dynptr is: the slot of its first half; the second is the one above. */
export interface DynptrPlace {
  readonly frame: Frame;
  readonly slot: number;
}

/** Where an address says that a dynptr is, or is to be. @param name what the sentence of a refusal calls the address */
export function dynptrPlace(state: State, name: string, address: Value): DynptrPlace {
  if (address.kind !== 'stack') refuse(`${name} is a ${address.kind}; a dynptr stands in the stack`);
  if (!scalar.isConstant(address.scalar)) refuse(`${name}: a dynptr is at a constant offset of the stack`);
  const offset = address.offset + address.scalar.bits.value.lo;
  const slot = -offset / slotSize - 1;
  if (!Number.isInteger(slot) || slot < 1 || slot >= slotLimit) {
    refuse(`${name}: a dynptr takes 16 bytes of the stack at a multiple of 8, and not those at offset ${offset}`);
  }
  return { frame: state.frames[address.frame]!, slot };
}

/** Puts a dynptr there. @param reference of the record that it describes; 0 for none */
export function placeDynptr({ frame, slot }: DynptrPlace, id: number, reference: number): void {
  frame.setSlot(slot, half(id, reference, 0));
  frame.setSlot(slot - 1, half(id, reference, slotSize));
  frame.markWritten(slot);
  frame.markWritten(slot - 1);
}

function half(id: number, reference: number, offset: number): Slot {
  return { bytes: 0x11111111 * byteKinds.dynptr, value: pointer('dynptr', { id, reference, offset }) };
}

/** The dynptr that was put there: the value of its first half. */
export function dynptrAt({ frame, slot }: DynptrPlace, name: string): Value {
  const [first, second] = [frame.slot(slot), frame.slot(slot - 1)];
  const isWhole = isDynptr(first) && isDynptr(second) && first.value.offset === 0 && first.value.id === second.value.id;
  if (!isWhole) refuse(`there is no dynptr where ${name} leads to`);
  frame.markRead(slot);
  frame.markRead(slot - 1);
  return first.value;
}

/** A slot is about to be written: a dynptr that has half of itself there is gone. */
export function destroyDynptr(state: State, frame: Frame, slot: number): void {
  const { value } = frame.slot(slot);
  if (!isDynptr(frame.slot(slot))) return;
  if (value.reference !== 0)
    refuse('a dynptr of a reserved record is written over, which could not be given back then');
  removeDynptr(state, { frame, slot: value.offset === 0 ? slot : slot + 1 });
}

/** Takes a dynptr away, and what it gave access to. */
export function removeDynptr(state: State, { frame, slot }: DynptrPlace): void {
  const { id } = frame.slot(slot).value;
  frame.setSlot(slot, emptySlot);
  frame.setSlot(slot - 1, emptySlot);
  replaceEach(state, (value) => (value.kind === 'memory' && value.mapId === id ? unknown : value));
}

/** Bytes of a dynptr can't be read as numbers, nor written by helpers that don't know of it. */
export function checkNoDynptr(slot: Slot): void {
  if (isDynptr(slot)) refuse('the bytes of a dynptr are for helpers that take one');
}
