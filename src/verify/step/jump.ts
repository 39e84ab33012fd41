// Conditional jumps: which ways can be taken, and what each teaches.

import * as arithmetic from '../../abstract/arithmetic.js';
import { assume, type Comparison, opposite, outcome } from '../../abstract/compare.js';
import type { Scalar } from '../../abstract/scalar.js';
import * as scalar from '../../abstract/scalar.js';
import type { InsnOf, Register } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import { operandValue, readable } from '../registers.js';
import type { State } from '../state.js';
import { isScalar, type Value } from '../value.js';

/** @returns the slot that this path goes on at; another path may wait at the other */
export function stepJump(analysis: Analysis, state: State, insn: InsnOf<'jump'>): number {
  const left = readable(state, insn.dst);
  const right = operandValue(state, insn.src);
  const target = state.pc + 1 + insn.off;
  const known = certain(insn, left, right);
  if (known !== undefined) {
    analysis.seeOutcome(state.pc, known);
    return known ? target : state.pc + 1;
  }
  return branch(analysis, state, insn, left, right);
}

/** Which way is taken by all numbers that are possible, if they agree. */
function certain({ op, width }: InsnOf<'jump'>, left: Value, right: Value): boolean | undefined {
  if (!isScalar(left) || !isScalar(right)) return undefined;
  return outcome(op, width, left.scalar, right.scalar);
}

/** This path falls through; a copy that takes the jump waits. */
function branch(analysis: Analysis, state: State, insn: InsnOf<'jump'>, left: Value, right: Value): number {
  const target = state.pc + 1 + insn.off;
  const other = state.copy();
  other.pc = target;
  if (isScalar(left) && isScalar(right)) {
    const canJump = learn(other, insn, insn.op, left, right);
    const canFall = learn(state, insn, opposite[insn.op], left, right);
    if (canJump) analysis.seeOutcome(state.pc, true);
    if (canFall) analysis.seeOutcome(state.pc, false);
    if (!canFall) {
      // The ranges contradict each other on one way: that way can't be gone.
      learn(state, insn, insn.op, left, right);
      return target;
    }
    if (canJump) analysis.push(other);
    return state.pc + 1;
  }
  analysis.seeOutcome(state.pc, true);
  analysis.seeOutcome(state.pc, false);
  analysis.push(other);
  return state.pc + 1;
}

/** Narrows both operands, and all that is linked to them, by what holds on a way; false if nothing is left. */
function learn(state: State, insn: InsnOf<'jump'>, op: Comparison, left: Value, right: Value): boolean {
  const [a, b] = assume(op, insn.width, left.scalar, right.scalar);
  if (scalar.isContradictory(a) || scalar.isContradictory(b)) return false;
  narrow(state, insn.dst, { ...left, scalar: a });
  if ('reg' in insn.src) narrow(state, insn.src.reg, { ...right, scalar: b });
  return true;
}

/** Sets a register to a narrower value, and with it every number that is linked to it. */
function narrow(state: State, register: Register, value: Value): void {
  state.setRegister(register, value);
  if (value.id === 0) return;
  for (const frame of state.frames) {
    for (let other = 0; other < 10; other++) {
      const linked = frame.registers[other]!;
      if (isScalar(linked) && linked.id === value.id) frame.registers[other] = withRange(linked, value);
    }
    frame.slots.forEach((slot, index) => {
      if (!isScalar(slot.value) || slot.value.id !== value.id) return;
      frame.setSlot(index, { ...slot, value: withRange(slot.value, value) });
    });
  }
}

/** A linked number is the learnt one, moved by the difference of their distances. */
function withRange(linked: Value, learnt: Value): Value {
  const distance = (linked.delta ?? 0) - (learnt.delta ?? 0);
  if (distance === 0) return { ...linked, scalar: learnt.scalar };
  return { ...linked, scalar: moved(learnt.scalar, distance) };
}

function moved(known: Scalar, distance: number): Scalar {
  return arithmetic.add(known, scalar.constant32(distance));
}
