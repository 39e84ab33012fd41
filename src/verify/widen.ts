// Loops whose end isn't proved: after a round, numbers that differ from the round before are taken for any number, so that
// the states of the rounds soon become one.

import * as scalar from '../abstract/scalar.js';
import { holding, isSpill } from './slot.js';
import type { Frame, State } from './state.js';
import { changed, isPacketPointer, isPointer, isScalar, unknown, type Value } from './value.js';

/** Forgets each number that differs between two rounds. */
export function widen(before: State, now: State): void {
  widenWhere(before, now, () => true, withoutNumber);
}

/** Forgets each number that differs between two rounds, unless it was relied on. */
export function widenImprecise(before: State, now: State): void {
  widenWhere(before, now, (isPrecise) => !isPrecise, withoutNumber);
}

/** Forgets where each address leads that is another than before: one that moves from round to round never comes to rest. */
export function widenAddresses(before: State, now: State): void {
  widenWhere(before, now, () => true, withoutOffset);
}

type Widening = (before: Value, now: Value) => Value;

function widenWhere(before: State, now: State, mayForget: (isPrecise: boolean) => boolean, widened: Widening): void {
  before.frames.forEach((frame, index) => {
    widenFrame(frame, now.frames[index]!, mayForget, widened);
  });
}

function widenFrame(before: Frame, now: Frame, mayForget: (isPrecise: boolean) => boolean, widened: Widening): void {
  before.registers.forEach((old, register) => {
    const isPrecise = (before.preciseRegisters & (1 << register)) !== 0;
    if (mayForget(isPrecise)) now.registers[register] = widened(old, now.registers[register]!);
  });
  before.slots.forEach((old, index) => {
    const slot = now.slot(index);
    if (!isSpill(old) || !isSpill(slot) || !mayForget(before.preciseSlots.has(index))) return;
    const value = widened(old.value, slot.value);
    if (value !== slot.value) now.setSlot(index, holding(slot, value));
  });
}

function withoutNumber(before: Value, now: Value): Value {
  const differs = isScalar(before) && isScalar(now) && !scalar.equal(before.scalar, now.scalar);
  return differs ? unknown : now;
}

/** Nothing can be done with it then but to compare it. */
function withoutOffset(before: Value, now: Value): Value {
  if (!isPointer(now) || before.kind !== now.kind) return now;
  const isSame = before.offset === now.offset && scalar.equal(before.scalar, now.scalar);
  return isSame ? now : changed(now, { scalar: scalar.unknown, extent: isPacketPointer(now) ? 0 : now.extent });
}
