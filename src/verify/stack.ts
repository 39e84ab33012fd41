// Reads and writes of the stack: 64 slots of 8 bytes a frame, each with what was spilled into it.
//
// Uninitialised bytes may be read, as Linux allows where the program is privileged: they are some number.

import * as arithmetic from '../abstract/arithmetic.js';
import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import type { Analysis } from './analysis.js';
import { checkNoDynptr, destroyDynptr } from './dynptr.js';
import { type Place, placeOfSlot } from './history.js';
import { refuse } from './refusal.js';
import type { Access } from './region.js';
import { withLink } from './registers.js';
import {
  type ByteKind,
  byteKind,
  byteKinds,
  holding,
  isSpill,
  type Slot,
  scrubbed,
  slotSize,
  spilled,
  spillSize,
  withBytes,
  zeroValue,
} from './slot.js';
import type { Frame, State } from './state.js';
import { isScalar, unknown, unlinked, type Value, withScalar } from './value.js';

/** Bytes of the stack of one frame. */
export const stackSize = 512;

/** Where an access begins at the least and at the most: below the frame pointer, so that both are negative. */
interface Extent {
  readonly min: number;
  readonly max: number;
}

/** The offsets of an access, all of which lie inside the frame. */
export function stackExtent({ name, address, off, size }: Access): Extent {
  const start = address.offset + off;
  if (address.scalar === scalar.zero && start >= -stackSize && start < 0 && start + size <= 0)
    return { min: start, max: start };
  const min = start + word.toNumber(address.scalar.smin);
  const max = start + word.toNumber(address.scalar.smax);
  const bounded = Math.abs(min) < 2 ** 29 && Math.abs(max) < 2 ** 29;
  if (!bounded) refuse(`the offset of ${name} into the stack has no bounds; compare it with constants first`);
  // No bytes at all can be asked for, but not at the frame pointer itself.
  if (min < -stackSize || min >= 0 || max + size > 0) {
    const where = min === max ? `at offset ${min}` : `between offsets ${min} and ${max}`;
    refuse(`${name} accesses ${size} bytes of the stack ${where}, outside of its ${stackSize} bytes`);
  }
  return { min, max };
}

function slotOf(offset: number): number {
  return (-offset - 1) >> 3;
}

/** Which byte of its slot an offset is; 0 is the lowest address. */
function byteOf(offset: number): number {
  return offset & 7;
}

/**
 * A store of `size` bytes of a value at a constant offset.
 * @returns whether the bytes are known to be 0 now without being a spilled number: then the number stored is relied on
 */
export function storeStack(state: State, frame: Frame, offset: number, size: number, stored: Value): boolean {
  const index = slotOf(offset);
  // A dynptr that a function was called with can't be kept: what is stored is some number.
  const value = stored.kind === 'dynptr' ? unknown : stored;
  destroyDynptr(state, frame, index);
  const slot = frame.slot(index);
  if (size === slotSize) frame.markWritten(index);
  if (!isScalar(value) || byteOf(offset) === 0) {
    checkSpill(state, frame, offset, size, value);
    frame.setSlot(index, spilled(slot, fits(value, size) ? value : unlinked(value), size));
    state.noteSlot(placeOfSlot(state.frames.indexOf(frame), index));
    return false;
  }
  const isZero = isKnownZero(value);
  const kind = isZero ? byteKinds.zero : byteKinds.misc;
  frame.setSlot(index, withBytes(scrubbed(slot), byteOf(offset), byteOf(offset) + size, kind));
  return isZero;
}

/** An address is stored whole, and none of this stack where it would outlive it. */
function checkSpill(state: State, frame: Frame, offset: number, size: number, value: Value): void {
  if (isScalar(value)) return;
  if (size !== slotSize || byteOf(offset) !== 0) refuse('part of an address is stored in the stack');
  if (value.kind === 'stack' && frame !== state.frame) refuse("a stack address is stored in the caller's stack");
}

/** Whether a number survives being cut to `size` bytes; if it doesn't, what is read back is not equal to it. */
export function fits(value: Value, size: number): boolean {
  return size === slotSize || word.bitLength(word.or(value.scalar.bits.value, value.scalar.bits.mask)) <= 8 * size;
}

function isKnownZero(value: Value): boolean {
  const known = scalar.known(value.scalar);
  return known !== undefined && word.isZero(known);
}

/**
 * A store somewhere between two offsets: all that stands there may be overwritten, in part or not.
 * @returns as `storeStack`
 */
export function storeStackVarying(
  state: State,
  frame: Frame,
  { min, max }: Extent,
  size: number,
  value: Value,
): boolean {
  for (let slot = slotOf(max + size - 1); slot <= slotOf(min); slot++) destroyDynptr(state, frame, slot);
  if (!isKnownZero(value)) {
    clobberStack(frame, min, max + size);
    return false;
  }
  let reliesOnZero = false;
  for (let offset = min; offset < max + size; offset++) {
    const slot = frame.slot(slotOf(offset));
    const kind = isZeroByte(slot, byteOf(offset)) ? byteKinds.zero : byteKinds.misc;
    if (kind === byteKinds.zero) reliesOnZero = true;
    if (kind === byteKinds.zero && byteKind(slot, byteOf(offset)) === byteKinds.spill) continue;
    frame.setSlot(slotOf(offset), withBytes(scrubbed(slot), byteOf(offset), byteOf(offset) + 1, kind));
  }
  return reliesOnZero;
}

/** Whether a byte is known to be 0, as a zero or as part of a spilled zero. */
function isZeroByte(slot: Slot, byte: number): boolean {
  const kind = byteKind(slot, byte);
  return kind === byteKinds.zero || (kind === byteKinds.spill && isScalar(slot.value) && isKnownZero(slot.value));
}

/**
 * What a load of `size` bytes at a constant offset yields, before it is extended. The number that was spilled there gets
 * an id, so that it and its copy in a register are known to be equal.
 */
export function fillFromStack(analysis: Analysis, state: State, frame: Frame, offset: number, size: number): Value {
  const value = loadStack(frame, offset, size);
  const index = slotOf(offset);
  const slot = frame.slot(index);
  frame.markRead(index);
  if (isSpill(slot) && value !== unknown) state.noteSlot(placeOfSlot(state.frames.indexOf(frame), index));
  // What is cut off by a narrower load isn't learnt of with it.
  if (value !== slot.value || !fits(value, size)) return value;
  const linked = withLink(analysis, value);
  if (linked !== value) frame.setSlot(index, holding(slot, linked));
  return linked;
}

/** What stands at a constant offset, before it is extended. */
export function loadStack(frame: Frame, offset: number, size: number): Value {
  const slot = frame.slot(slotOf(offset));
  const byte = byteOf(offset);
  if (isSpill(slot)) return spilledValue(slot, byte, size);
  checkNoDynptr(slot);
  return areAll(slot, byte, size, byteKinds.zero) ? zeroValue : unknown;
}

/** Whether what stands at an offset, if it was spilled, was spilled there in this size. */
export function hasSpillOf(frame: Frame, offset: number, size: number): boolean {
  const slot = frame.slot(slotOf(offset));
  return !isSpill(slot) || (byteOf(offset) === 0 ? spillSize(slot) === size : byteOf(offset) >= spillSize(slot));
}

function areAll(slot: Slot, from: number, size: number, kind: ByteKind): boolean {
  for (let byte = from; byte < from + size; byte++) if (byteKind(slot, byte) !== kind) return false;
  return true;
}

/** What a load from a slot yields in which a value was spilled. */
function spilledValue(slot: Slot, byte: number, size: number): Value {
  const whole = spillSize(slot);
  if (size === slotSize && whole === slotSize) return slot.value;
  if (!isScalar(slot.value)) refuse('part of an address is loaded from the stack');
  if (byte === 0 && size <= whole) return fits(slot.value, size) ? slot.value : unlinked(slot.value);
  const isZero = byte + size <= whole ? isKnownZero(slot.value) : areAll(slot, byte, size, byteKinds.zero);
  return isZero ? zeroValue : unknown;
}

/** A load somewhere between two offsets: some number, also where bytes of an address are among them; 0 where all are. */
export function loadStackVarying(frame: Frame, { min, max }: Extent, size: number): Value {
  readStack(frame, min, max + size);
  for (let offset = min; offset < max + size; offset++) {
    if (byteKind(frame.slot(slotOf(offset)), byteOf(offset)) !== byteKinds.zero) return unknown;
  }
  return zeroValue;
}

/** Bytes of the stack are written: they are some numbers now. */
export function clobberStack(frame: Frame, from: number, to: number): void {
  for (let offset = from; offset < to; offset += slotSize - byteOf(offset)) {
    const slot = frame.slot(slotOf(offset));
    checkNoDynptr(slot);
    const end = Math.min(byteOf(offset) + to - offset, slotSize);
    const clobbered = withBytes(scrubbed(slot), byteOf(offset), end, byteKinds.misc);
    if (clobbered.bytes !== slot.bytes) frame.setSlot(slotOf(offset), clobbered);
  }
}

/** A helper reads bytes of the stack. */
export function readStack(frame: Frame, from: number, to: number): void {
  for (let offset = from; offset < to; offset++) {
    checkNoDynptr(frame.slot(slotOf(offset)));
    frame.markRead(slotOf(offset));
  }
}

/** Where the bytes at an offset stand. */
export function slotAt(frame: number, offset: number): Place {
  return placeOfSlot(frame, slotOf(offset));
}

/** The value with only its low `size` bytes, zero- or sign-extended: what a narrow load leaves in a register. */
export function extended(value: Value, size: 1 | 2 | 4 | 8, signed: boolean): Value {
  if (!isScalar(value) || size === 8) return value;
  if (signed) return withScalar(unlinked(value), arithmetic.signExtend(value.scalar, size));
  if (fits(value, size)) return value;
  return withScalar(value, arithmetic.truncate(value.scalar, size));
}
