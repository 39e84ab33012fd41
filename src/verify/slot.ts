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

/** The slot with bytes `from` to `to` (exclusive) of one kind. */
export function withBytes(slot: Slot, from: number, to: number, kind: ByteKind): Slot {
  let { bytes } = slot;
  for (let byte = from; byte < to; byte++) {
    bytes = (bytes & ~(0xf << (4 * byte))) | (kind << (4 * byte));
  }
  return { ...slot, bytes };
}

/** Whether a value was spilled here, in full or in part. */
export function isSpill(slot: Slot): boolean {
  return byteKind(slot, 0) === byteKinds.spill;
}

/** How many bytes of the slot are the spilled value's. */
export function spillSize(slot: Slot): number {
  let size = 0;
  while (size < slotSize && byteKind(slot, size) === byteKinds.spill) size++;
  return size;
}

/** The slot after a value was spilled into its first `size` bytes; the others lose what was spilled before. */
export function spilled(slot: Slot, value: Value, size: number): Slot {
  if (size === slotSize) return { bytes: allSpilled, value };
  return { bytes: withBytes(scrubbed(slot), 0, size, byteKinds.spill).bytes, value };
}

/** The slot without its spilled value: those bytes are some number now. */
export function scrubbed(slot: Slot): Slot {
  if (!isSpill(slot)) return slot;
  let result: Slot = { ...slot, value: uninitialised };
  for (let byte = 0; byte < slotSize; byte++) {
    if (byteKind(slot, byte) === byteKinds.spill) result = withBytes(result, byte, byte + 1, byteKinds.misc);
  }
  return result;
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
