// Whether a stored state covers the present one: whatever may happen from here was explored from there.

import * as scalar from '../abstract/scalar.js';
import { byteKind, byteKinds, isSpill, type Slot, slotScalar, slotSize } from './slot.js';
import type { Frame, State } from './state.js';
import type { Value } from './value.js';

/** Which ids of the stored state stand for which of the present one. */
type Ids = Map<number, number>;

/** How much alike two states must be: what is the case in the one is in the other, or the same. */
export type Likeness = 'covers' | 'same';

export function matches(old: State, now: State, likeness: Likeness): boolean {
  if (old.frames.length !== now.frames.length) return false;
  const ids: Ids = new Map();
  return old.frames.every((frame, index) => matchFrames(frame, now.frames[index]!, ids, likeness));
}

function matchFrames(old: Frame, now: Frame, ids: Ids, likeness: Likeness): boolean {
  if (old.callSite !== now.callSite) return false;
  for (let register = 0; register < 11; register++) {
    if (!matchValues(old.registers[register]!, now.registers[register]!, ids, likeness)) return false;
  }
  const count = Math.max(old.slots.length, likeness === 'same' ? now.slots.length : 0);
  for (let index = 0; index < count; index++) {
    if (!matchSlots(old.slot(index), now.slot(index), ids, likeness)) return false;
  }
  return true;
}

function matchValues(old: Value, now: Value, ids: Ids, likeness: Likeness): boolean {
  // Nothing was read from it on any way that was explored.
  if (old.kind === 'uninitialised') return likeness === 'covers' || now.kind === 'uninitialised';
  if (old === now && old.id === 0 && old.reference === 0) return true;
  const alike =
    old.kind === now.kind &&
    old.nullable === now.nullable &&
    old.readOnly === now.readOnly &&
    old.offset === now.offset &&
    old.delta === now.delta &&
    old.map === now.map &&
    old.mapId === now.mapId &&
    old.frame === now.frame;
  if (!alike || !matchIds(ids, old.id, now.id) || !matchIds(ids, old.reference, now.reference)) return false;
  if (old.extent !== now.extent) return false;
  return likeness === 'same' ? scalar.equal(old.scalar, now.scalar) : scalar.includes(old.scalar, now.scalar);
}

/** What was equal in the stored state must be equal in the present one. */
function matchIds(ids: Ids, old: number, now: number): boolean {
  if (old === 0) return true;
  const seen = ids.get(old);
  if (seen !== undefined) return seen === now;
  ids.set(old, now);
  return now !== 0;
}

function matchSlots(old: Slot, now: Slot, ids: Ids, likeness: Likeness): boolean {
  if (likeness === 'same' && old.bytes !== now.bytes) return false;
  const [oldNumber, nowNumber] = [slotScalar(old), slotScalar(now)];
  if (oldNumber !== undefined && nowNumber !== undefined) return matchValues(oldNumber, nowNumber, ids, likeness);
  for (let byte = 0; byte < slotSize; byte++) {
    if (!matchBytes(byteKind(old, byte), byteKind(now, byte))) return false;
  }
  return !isSpill(old) || matchValues(old.value, now.value, ids, likeness);
}

/** What is safe with an unknown byte is safe with every other; uninitialised bytes may be read. */
function matchBytes(old: number, now: number): boolean {
  return old === now || old === byteKinds.invalid || old === byteKinds.misc;
}
