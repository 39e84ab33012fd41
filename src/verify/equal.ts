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
  return new Comparison(likeness).states(old, now);
}

/** One comparison of two states, which learns as it goes on which ids of the one stand for which of the other. */
class Comparison {
  readonly #likeness: Likeness;
  readonly #ids = new Map<number, number>();
  /** Ids of the present state that stand for one of the stored. */
  readonly #taken = new Set<number>();
  /** Ids that stand for none: each below the last. */
  #fresh = 0;

  constructor(likeness: Likeness) {
    this.#likeness = likeness;
  }

  states(old: State, now: State): boolean {
    if (old.frames.length !== now.frames.length || old.references.length !== now.references.length) return false;
    if (!old.references.every(({ id }, index) => this.#id(id, now.references[index]!.id))) return false;
    return old.frames.every((frame, index) => this.#frames(frame, now.frames[index]!));
  }

  #frames(old: Frame, now: Frame): boolean {
    if (old.callSite !== now.callSite) return false;
    for (let register = 0; register < 11; register++) {
      const isPrecise = (old.preciseRegisters & (1 << register)) !== 0;
      if (!this.#values(old.registers[register]!, now.registers[register]!, isPrecise)) return false;
    }
    const count = Math.max(old.slots.length, this.#likeness === 'covers' ? 0 : now.slots.length);
    for (let index = 0; index < count; index++) {
      if (this.#likeness === 'covers' && !old.read.has(index)) continue;
      if (!this.#slots(old.slot(index), now.slot(index), old.preciseSlots.has(index))) return false;
    }
    return true;
  }

  #values(old: Value, now: Value, isPrecise: boolean): boolean {
    if (this.#likeness === 'same') return this.#isSame(old, now);
    // Nothing was read from it on any way that was explored.
    if (old.kind === 'uninitialised') return true;
    if (old.kind !== now.kind) return false;
    if (isScalar(old)) return this.#numbers(old, now, isPrecise);
    if (isPacketPointer(old)) return this.#packetPointers(old, now);
    return old.kind === 'map-value' || old.kind === 'map-key' || old.kind === 'memory'
      ? haveOneShape(old, now) && scalar.includes(old.scalar, now.scalar) && this.#idsOf(old, now)
      : this.#isSame(old, now);
  }

  #numbers(old: Value, now: Value, isPrecise: boolean): boolean {
    if (!isPrecise && this.#likeness === 'covers') return true;
    if ((old.delta === undefined) !== (now.delta === undefined) || old.delta !== now.delta) return false;
    return scalar.includes(old.scalar, now.scalar) && this.#numberId(old.id, now.id);
  }

  /** More bytes known to be there are as good. */
  #packetPointers(old: Value, now: Value): boolean {
    const isEnd = old.extent < 0 || now.extent < 0;
    if (isEnd ? old.extent !== now.extent : old.extent > now.extent) return false;
    return (
      haveOneShape({ ...old, extent: now.extent }, now) &&
      this.#idsOf(old, now) &&
      scalar.includes(old.scalar, now.scalar)
    );
  }

  #isSame(old: Value, now: Value): boolean {
    return (
      haveOneShape(old, now) && old.delta === now.delta && scalar.equal(old.scalar, now.scalar) && this.#idsOf(old, now)
    );
  }

  #idsOf(old: Value, now: Value): boolean {
    return this.#id(old.id, now.id) && this.#id(old.reference, now.reference);
  }

  /** What was equal in the stored state must be equal in the present one, and what was not must not. */
  #id(old: number, now: number): boolean {
    if (old === 0 || now === 0) return old === now;
    const seen = this.#ids.get(old);
    if (seen !== undefined) return seen === now;
    if (this.#taken.has(now)) return false;
    this.#ids.set(old, now);
    this.#taken.add(now);
    return true;
  }

  /**
   * Numbers that were linked in the stored state must be linked now. Those that weren't may be, and a number that was
   * linked to none of those that are compared needs no link now.
   */
  #numberId(old: number, now: number): boolean {
    return old === 0 || this.#id(old, now === 0 ? --this.#fresh : now);
  }

  #slots(old: Slot, now: Slot, isPrecise: boolean): boolean {
    if (this.#likeness !== 'covers' && old.bytes !== now.bytes) return false;
    const [oldNumber, nowNumber] = [slotScalar(old), slotScalar(now)];
    if (oldNumber !== undefined && nowNumber !== undefined) return this.#values(oldNumber, nowNumber, isPrecise);
    for (let byte = 0; byte < slotSize; byte++) {
      if (!matchBytes(byteKind(old, byte), byteKind(now, byte))) return false;
    }
    // More bytes may have been spilled than in the stored state: what is read of them there is some number.
    return !isSpill(old) || this.#values(old.value, now.value, isPrecise);
  }
}

function haveOneShape(old: Value, now: Value): boolean {
  return (
    old.kind === now.kind &&
    old.nullable === now.nullable &&
    old.readOnly === now.readOnly &&
    old.offset === now.offset &&
    old.extent === now.extent &&
    old.map === now.map &&
    old.mapId === now.mapId &&
    old.frame === now.frame
  );
}

/** What is safe with an unknown byte is safe with every other; uninitialised bytes may be read. */
function matchBytes(old: number, now: number): boolean {
  return old === now || old === byteKinds.invalid || old === byteKinds.misc;
}
