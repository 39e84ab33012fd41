// Whether a stored state covers the present one: whatever may happen from here was explored from there.

import * as scalar from '../abstract/scalar.js';
import { byteKind, byteKinds, isSpill, type Slot, slotScalar, slotSize } from './slot.js';
import type { Frame, State } from './state.js';
import { isPacketPointer, isScalar, type Value } from './value.js';

/**
 * How much alike two states must be.
 *   covers  what is relied on in the stored state, and what is read of its stack, holds in the present one
 *   within  all that is known in the stored state holds in the present one
 *   same    exactly the same is known
 */
export type Likeness = 'covers' | 'within' | 'same';

export function matches(old: State, now: State, likeness: Likeness): boolean {
  if (old.frames.length !== now.frames.length || old.references.length !== now.references.length) return false;
  const ids = new Ids();
  for (let index = 0; index < old.references.length; index++) {
    if (!ids.match(old.references[index]!.id, now.references[index]!.id)) return false;
  }
  for (let index = old.frames.length - 1; index >= 0; index--) {
    if (!matchFrames(old.frames[index]!, now.frames[index]!, ids, likeness)) return false;
  }
  return true;
}

/** Which ids of the stored state stand for which of the present one: learnt as the comparison goes on. */
class Ids {
  readonly #old: number[] = [];
  readonly #now: number[] = [];
  /** Ids that stand for none: each below the last. */
  #fresh = 0;

  /** What was equal in the stored state must be equal in the present one, and what was not must not. */
  match(old: number, now: number): boolean {
    if (old === 0 || now === 0) return old === now;
    for (let index = 0; index < this.#old.length; index++) {
      if (this.#old[index] === old) return this.#now[index] === now;
      if (this.#now[index] === now) return false;
    }
    this.#old.push(old);
    this.#now.push(now);
    return true;
  }

  /**
   * Numbers that were linked in the stored state must be linked now. Those that weren't may be, and a number that was
   * linked to none of those that are compared needs no link now.
   */
  matchNumbers(old: number, now: number): boolean {
    return old === 0 || this.match(old, now === 0 ? --this.#fresh : now);
  }
}

function matchFrames(old: Frame, now: Frame, ids: Ids, likeness: Likeness): boolean {
  if (old.callSite !== now.callSite) return false;
  for (let register = 0; register < 11; register++) {
    const isPrecise = (old.preciseRegisters & (1 << register)) !== 0;
    if (!matchValues(old.registers[register]!, now.registers[register]!, isPrecise, ids, likeness)) return false;
  }
  return likeness === 'covers' ? matchReadSlots(old, now, ids) : matchAllSlots(old, now, ids, likeness);
}

function matchReadSlots(old: Frame, now: Frame, ids: Ids): boolean {
  for (let index = 0; index < old.slots.length; index++) {
    if (!old.read.has(index)) continue;
    if (!matchSlots(old.slot(index), now.slot(index), old.preciseSlots.has(index), ids, 'covers')) return false;
  }
  return true;
}

function matchAllSlots(old: Frame, now: Frame, ids: Ids, likeness: Likeness): boolean {
  const count = Math.max(old.slots.length, now.slots.length);
  for (let index = 0; index < count; index++) {
    if (old.slot(index).bytes !== now.slot(index).bytes) return false;
    if (!matchSlots(old.slot(index), now.slot(index), true, ids, likeness)) return false;
  }
  return true;
}

function matchValues(old: Value, now: Value, isPrecise: boolean, ids: Ids, likeness: Likeness): boolean {
  if (likeness === 'same') return areSame(old, now, ids);
  // Nothing was read from it on any way that was explored.
  if (old.kind === 'uninitialised') return true;
  if (old.kind !== now.kind) return false;
  if (isScalar(old)) return (!isPrecise && likeness === 'covers') || matchNumbers(old, now, ids);
  if (old === now) return matchIds(old, now, ids);
  if (isPacketPointer(old)) return matchPacketPointers(old, now, ids);
  return old.kind === 'map-value' || old.kind === 'map-key' || old.kind === 'memory'
    ? haveOneShape(old, now) && old.extent === now.extent && covers(old, now, ids)
    : areSame(old, now, ids);
}

function matchNumbers(old: Value, now: Value, ids: Ids): boolean {
  return old.delta === now.delta && scalar.includes(old.scalar, now.scalar) && ids.matchNumbers(old.id, now.id);
}

/** More bytes known to be there are as good. */
function matchPacketPointers(old: Value, now: Value, ids: Ids): boolean {
  const isEnd = old.extent < 0 || now.extent < 0;
  if (isEnd ? old.extent !== now.extent : old.extent > now.extent) return false;
  return haveOneShape(old, now) && covers(old, now, ids);
}

function covers(old: Value, now: Value, ids: Ids): boolean {
  return scalar.includes(old.scalar, now.scalar) && matchIds(old, now, ids);
}

function areSame(old: Value, now: Value, ids: Ids): boolean {
  if (old !== now) {
    if (!haveOneShape(old, now) || old.extent !== now.extent || old.delta !== now.delta) return false;
    if (!scalar.equal(old.scalar, now.scalar)) return false;
  }
  return matchIds(old, now, ids);
}

function haveOneShape(old: Value, now: Value): boolean {
  return (
    old.kind === now.kind &&
    old.nullable === now.nullable &&
    old.readOnly === now.readOnly &&
    old.offset === now.offset &&
    old.map === now.map &&
    old.mapId === now.mapId &&
    old.frame === now.frame
  );
}

function matchIds(old: Value, now: Value, ids: Ids): boolean {
  return ids.match(old.id, now.id) && ids.match(old.reference, now.reference);
}

function matchSlots(old: Slot, now: Slot, isPrecise: boolean, ids: Ids, likeness: Likeness): boolean {
  if (old.bytes === now.bytes) return !isSpill(old) || matchValues(old.value, now.value, isPrecise, ids, likeness);
  const [oldNumber, nowNumber] = [slotScalar(old), slotScalar(now)];
  if (oldNumber !== undefined && nowNumber !== undefined) {
    return matchValues(oldNumber, nowNumber, isPrecise, ids, likeness);
  }
  for (let byte = 0; byte < slotSize; byte++) {
    if (!matchBytes(byteKind(old, byte), byteKind(now, byte))) return false;
  }
  // More bytes may have been spilled than in the stored state: what is read of them there is some number.
  return !isSpill(old) || matchValues(old.value, now.value, isPrecise, ids, likeness);
}

/** What is safe with an unknown byte is safe with every other; uninitialised bytes may be read. */
function matchBytes(old: number, now: number): boolean {
  return old === now || old === byteKinds.invalid || old === byteKinds.misc;
}
