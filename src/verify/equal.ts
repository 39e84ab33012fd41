// Whether a stored state covers the present one: whatever may happen from here was explored from there.
//
// Most of the verifier's time goes by here, and most comparisons fail: see `isToldApart`.

import * as scalar from '../abstract/scalar.js';
import { Ids } from './ids.js';
import { byteKind, byteKinds, isDynptr, isSpill, type Slot, slotScalar, slotSize } from './slot.js';
import type { Frame, State } from './state.js';
import { isPacketPointer, type Value } from './value.js';

/**
 * How much alike two states must be.
 *   covers  what is relied on in the stored state, and what is read of its stack, holds in the present one
 *   within  all that is known in the stored state holds in the present one
 *   same    exactly the same is known
 */
export type Likeness = 'covers' | 'within' | 'same';

/** r10 is the same in every state. */
const registerCount = 10;

/** Those of the comparison that is being made: there is one at a time. */
const ids = new Ids();

export function matches(old: State, now: State, likeness: Likeness): boolean {
  if (likeness === 'covers' && isToldApart(old, now)) return false;
  if (old.frames.length !== now.frames.length || old.references.length !== now.references.length) return false;
  ids.clear();
  for (let index = 0; index < old.references.length; index++) {
    if (!ids.match(old.references[index]!.id, now.references[index]!.id)) return false;
  }
  for (let index = old.frames.length - 1; index >= 0; index--) {
    const [before, after] = [old.frames[index]!, now.frames[index]!];
    if (before.callSite !== after.callSite || before.rounds > after.rounds) return false;
    const place = likeness === 'covers' ? uncovered(before, after) : different(before, after, likeness);
    if (place === undefined) continue;
    old.doubtFrame = index;
    old.doubtPlace = place;
    old.doubtful = undefined;
    return false;
  }
  return true;
}

/**
 * What told the last state apart from a stored one is likely to tell the next apart as well, so that it is looked at
 * first. Often the very same value stands there again, since paths share them: then nothing of the stored state need be
 * fetched from memory. A place that doesn't match while nothing is known of ids doesn't match when more is known.
 */
function isToldApart(old: State, now: State): boolean {
  if (old.doubtFrame < 0 || old.doubtFrame >= now.frames.length) return false;
  const frame = now.frames[old.doubtFrame]!;
  const found = standsAt(frame, old.doubtPlace);
  if (found === old.doubtful) return true;
  ids.clear();
  if (coversPlace(old.frames[old.doubtFrame]!, frame, old.doubtPlace)) return false;
  old.doubtful = found;
  return true;
}

function standsAt(frame: Frame, place: Place): Value | Slot {
  return place < registerCount ? frame.registers[place]! : frame.slot(place - registerCount);
}

/** A register, or, counted on behind the registers, a slot. */
type Place = number;

/** The first place that isn't covered. */
function uncovered(old: Frame, now: Frame): Place | undefined {
  for (let register = 0; register < registerCount; register++) {
    if (!coversPlace(old, now, register)) return register;
  }
  for (let slot = old.read.next(0); slot >= 0; slot = old.read.next(slot + 1)) {
    if (!coversPlace(old, now, registerCount + slot)) return registerCount + slot;
  }
  return undefined;
}

function coversPlace(old: Frame, now: Frame, place: Place): boolean {
  if (place < registerCount) {
    const isPrecise = old.mayRelyOnAll || (old.preciseRegisters & (1 << place)) !== 0;
    return coversValue(old.registers[place]!, now.registers[place]!, isPrecise);
  }
  const slot = place - registerCount;
  return coversSlot(old.slot(slot), now.slot(slot), old.mayRelyOnAll || old.preciseSlots.has(slot));
}

/** The first place at which more or less is known. */
function different(old: Frame, now: Frame, likeness: 'within' | 'same'): Place | undefined {
  const matchValues = likeness === 'within' ? isWithin : isSame;
  for (let register = 0; register < registerCount; register++) {
    if (!matchValues(old.registers[register]!, now.registers[register]!)) return register;
  }
  const count = Math.max(old.slots.length, now.slots.length);
  for (let index = 0; index < count; index++) {
    const [before, after] = [old.slot(index), now.slot(index)];
    if (before.bytes !== after.bytes) return registerCount + index;
    if (isSpill(before) && !matchValues(before.value, after.value)) return registerCount + index;
    if (isDynptr(before) && !isSame(before.value, after.value)) return registerCount + index;
  }
  return undefined;
}

/** @param isPrecise the number was relied on; one that wasn't is covered by any other */
function coversValue(old: Value, now: Value, isPrecise: boolean): boolean {
  // What holds nothing was read on no way that was explored.
  if (old.kind === 'uninitialised') return true;
  if (old.kind !== now.kind) return false;
  if (old.kind === 'scalar') return !isPrecise || coversNumber(old, now);
  if (old !== now) return coversAddress(old, now);
  return (old.id | old.reference) === 0 || matchIds(old, now);
}

function coversNumber(old: Value, now: Value): boolean {
  if (old.delta !== now.delta) return false;
  if (old.scalar !== now.scalar && !scalar.includes(old.scalar, now.scalar)) return false;
  return ids.matchNumbers(old.id, now.id);
}

function coversAddress(old: Value, now: Value): boolean {
  if (isPacketPointer(old)) return coversPacketPointer(old, now);
  if (old.kind !== 'map-value' && old.kind !== 'map-key' && old.kind !== 'memory') return isSame(old, now);
  return haveOneShape(old, now) && old.extent === now.extent && coversOffset(old, now);
}

/** More bytes known to be there are as good. */
function coversPacketPointer(old: Value, now: Value): boolean {
  const isEnd = old.extent < 0 || now.extent < 0;
  if (isEnd ? old.extent !== now.extent : old.extent > now.extent) return false;
  return haveOneShape(old, now) && coversOffset(old, now);
}

function coversOffset(old: Value, now: Value): boolean {
  return scalar.includes(old.scalar, now.scalar) && matchIds(old, now);
}

function isWithin(old: Value, now: Value): boolean {
  return coversValue(old, now, true);
}

function isSame(old: Value, now: Value): boolean {
  if (old !== now) {
    if (!haveOneShape(old, now) || old.extent !== now.extent || old.delta !== now.delta) return false;
    if (!scalar.equal(old.scalar, now.scalar)) return false;
  }
  return matchIds(old, now);
}

function haveOneShape(old: Value, now: Value): boolean {
  return (
    old.kind === now.kind &&
    old.nullable === now.nullable &&
    old.offset === now.offset &&
    old.map === now.map &&
    old.mapId === now.mapId &&
    old.frame === now.frame
  );
}

function matchIds(old: Value, now: Value): boolean {
  return ids.match(old.id, now.id) && ids.match(old.reference, now.reference);
}

function coversSlot(old: Slot, now: Slot, isPrecise: boolean): boolean {
  if (old.bytes === now.bytes) {
    if (isDynptr(old)) return isSame(old.value, now.value);
    return !isSpill(old) || coversValue(old.value, now.value, isPrecise);
  }
  const [oldNumber, nowNumber] = [slotScalar(old), slotScalar(now)];
  if (oldNumber !== undefined && nowNumber !== undefined) return coversValue(oldNumber, nowNumber, isPrecise);
  for (let byte = 0; byte < slotSize; byte++) {
    if (!coversByte(byteKind(old, byte), byteKind(now, byte))) return false;
  }
  // More bytes may have been spilled than in the stored state: what is read of them there is some number.
  return !isSpill(old) || coversValue(old.value, now.value, isPrecise);
}

/** What is safe with an unknown byte is safe with every other; uninitialised bytes may be read. */
function coversByte(old: number, now: number): boolean {
  return old === now || old === byteKinds.invalid || old === byteKinds.misc;
}
