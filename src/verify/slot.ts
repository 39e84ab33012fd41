// Eight bytes of the stack: what kind each byte is, and the value that was spilled there.
//
// Slot 0 ends at the frame pointer: slot n holds the bytes from fp - 8(n+1) on, and byte 0 is its lowest address.

import * as scalar from '../abstract/scalar.js';
import { isScalar, number, uninitialised, unknown, type Value } from './value.js';

/** What one byte of the stack holds. */
export const byteKinds = {
  /** nothing was written */
  invalid: 0,
  /** some number */
  misc: 1,
  /** zero */
  zero: 2,
  /** a byte of the slot's value */
  spill: 3,
  /** a byte of a dynptr: all of the slot are, and its value tells which */
  dynptr: 4,
} as const;

export type ByteKind = (typeof byteKinds)[keyof typeof byteKinds];

export interface Slot {
  /** A byte kind in each four bits, the lowest address in the lowest. */
  readonly bytes: number;
  /** What was spilled; its low bytes are those of the slot that are `spill`. */
  readonly value: Value;
}

export const slotSize = 8;
/** How many slots a frame can have. */
export const slotLimit = 64;

const allSpilled = 0x33333333;

export const emptySlot: Slot = { bytes: 0, value: uninitialised };

export function byteKind(slot: Slot, byte: number): ByteKind {
  return ((slot.bytes >>> (4 * byte)) & 0xf) as ByteKind;
}

/** All bits of bytes `from` to `to` (exclusive). */
function bytesOf(from: number, to: number): number {
  return (to === slotSize ? -1 : (1 << (4 * to)) - 1) & (-1 << (4 * from));
}

/** The slot with bytes `from` to `to` (exclusive) of one kind. */
export function withBytes(slot: Slot, from: number, to: number, kind: ByteKind): Slot {
  const chosen = bytesOf(from, to);
  return { bytes: (slot.bytes & ~chosen) | (chosen & (0x11111111 * kind)), value: slot.value };
}

/** Whether a value was spilled here, in full or in part. */
export function isSpill(slot: Slot): boolean {
  return byteKind(slot, 0) === byteKinds.spill;
}

/** Whether the slot is half of a dynptr. */
export function isDynptr(slot: Slot): boolean {
  return byteKind(slot, 0) === byteKinds.dynptr;
}

/** How many bytes of the slot are the spilled value's. */
export function spillSize(slot: Slot): number {
  const others = slot.bytes ^ allSpilled;
  return others === 0 ? slotSize : (31 - Math.clz32(others & -others)) >> 2;
}

/** The slot after a value was spilled into its first `size` bytes; the others lose what was spilled before. */
export function spilled(slot: Slot, value: Value, size: number): Slot {
  if (size === slotSize) return { bytes: allSpilled, value };
  return { bytes: withBytes(scrubbed(slot), 0, size, byteKinds.spill).bytes, value };
}

/** The slot with another value in place of what was spilled there. */
export function holding({ bytes }: Slot, value: Value): Slot {
  return { bytes, value };
}

/** The slot without its spilled value: those bytes are some number now. */
export function scrubbed(slot: Slot): Slot {
  if (!isSpill(slot)) return slot;
  return { bytes: withBytes(slot, 0, spillSize(slot), byteKinds.misc).bytes, value: uninitialised };
}

/** The slot as one number, where it is one: a number spilled in full, or bytes that nothing is known of. */
export function slotScalar(slot: Slot): Value | undefined {
  if (spillSize(slot) === slotSize) return isScalar(slot.value) ? slot.value : undefined;
  for (let byte = 0; byte < slotSize; byte++) {
    const kind = byteKind(slot, byte);
    if (kind !== byteKinds.misc && kind !== byteKinds.invalid) return undefined;
  }
  return unknown;
}

export const zeroValue: Value = number(scalar.zero);
