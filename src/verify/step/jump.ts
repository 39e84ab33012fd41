// Conditional jumps: which ways can be taken, and what each teaches.

import * as arithmetic from '../../abstract/arithmetic.js';
import { assume, type Comparison, opposite, outcome } from '../../abstract/compare.js';
import type { Scalar } from '../../abstract/scalar.js';
import * as scalar from '../../abstract/scalar.js';
import * as word from '../../abstract/word.js';
import type { InsnOf, Register } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import { type Place, placeOfRegister, placeOfSlot } from '../history.js';
import { assumeNotNull, assumeNull, isNeverNull } from '../null.js';
import { applyFinding, packetComparison, packetOutcome } from '../packet.js';
import { relyOnBoth } from '../precision.js';
import { operandValue, readable } from '../registers.js';
import { holding, isSpill, type Slot } from '../slot.js';
import type { State } from '../state.js';
import { isNull, isPointer, isScalar, unlinked, type Value, withScalar } from '../value.js';

/** @returns the slot that this path goes on at; another path may wait at the other */
export function stepJump(analysis: Analysis, state: State, insn: InsnOf<'jump'>): number {
  const left = readable(state, insn.dst);
  const right = operandValue(analysis, state, insn.src);
  const known = certain(insn, left, right);
  if (known === undefined) return branch(analysis, state, insn);
  relyOnOperands(analysis, state, insn);
  analysis.seeOutcome(state.pc, known);
  return known ? state.pc + 1 + insn.off : state.pc + 1;
}

function relyOnOperands(analysis: Analysis, state: State, { dst, src }: InsnOf<'jump'>): void {
  relyOnBoth(analysis, state, dst, 'reg' in src ? src.reg : dst);
}

/** Which way is taken by all values that are possible, if they agree. */
function certain({ op, width }: InsnOf<'jump'>, left: Value, right: Value): boolean | undefined {
  if (isScalar(left) && isScalar(right)) return outcome(op, width, left.scalar, right.scalar);
  if (isPointer(left) && isPointer(right)) return width === 64 ? packetOutcome(op, left, right) : undefined;
  const [pointer, compared] = isPointer(left) ? [left, right] : [right, left];
  if (!isNeverNull(pointer) || !isNull(compared)) return undefined;
  if (op === 'eq') return false;
  return op === 'ne' ? true : undefined;
}

/** This path falls through; a copy that takes the jump waits. */
function branch(analysis: Analysis, state: State, insn: InsnOf<'jump'>): number {
  noteLinks(state, readable(state, insn.dst), operandValue(analysis, state, insn.src));
  const [left, right] = [readable(state, insn.dst), operandValue(analysis, state, insn.src)];
  const taken = state.copy();
  taken.from = state.pc;
  taken.pc = state.pc + 1 + insn.off;
  if (isScalar(left) && isScalar(right)) return branchOnNumbers(analysis, { taken, fallen: state }, insn, left, right);
  if (insn.width === 64) learnOfAddresses(insn, { taken, fallen: state }, left, right);
  analysis.seeOutcome(state.pc, true);
  analysis.seeOutcome(state.pc, false);
  analysis.push(taken);
  return state.pc + 1;
}

/** Of how many linked numbers a comparison teaches something; Linux's figure. */
const linkedLimit = 6;

/**
 * What is learnt of a number here is learnt of all that are linked to it: precision has to know. Those beyond the limit lose
 * their link, and where both operands have the same id all of it are counted twice, as in Linux.
 */
function noteLinks(state: State, left: Value, right: Value): void {
  if ((left.id | right.id) === 0) return;
  const places: Place[] = [];
  for (const { id } of [right, left].filter(isScalar)) {
    if (id !== 0) collectLinked(state, id, places);
  }
  if (places.length > 1) state.noteLinked(places);
}

function collectLinked(state: State, id: number, places: Place[]): void {
  for (let index = state.frames.length - 1; index >= 0; index--) {
    const frame = state.frames[index]!;
    for (let register = 0; register < 10; register++) {
      const value = frame.registers[register]!;
      if (!isLinked(value, id)) continue;
      if (places.length < linkedLimit) places.push(placeOfRegister(index, register));
      else frame.registers[register] = unlinked(value);
    }
    for (let number = 0; number < frame.slots.length; number++) {
      const slot = frame.slot(number);
      if (!isLinkedSlot(slot, id)) continue;
      if (places.length < linkedLimit) places.push(placeOfSlot(index, number));
      else frame.setSlot(number, holding(slot, unlinked(slot.value)));
    }
  }
}

function isLinked(value: Value, id: number): boolean {
  return value.id === id && isScalar(value);
}

function isLinkedSlot(slot: Slot, id: number): boolean {
  return isSpill(slot) && isLinked(slot.value, id);
}

/** The two ways on from a conditional jump. */
interface Ways {
  readonly taken: State;
  readonly fallen: State;
}

function branchOnNumbers(
  analysis: Analysis,
  { taken, fallen }: Ways,
  insn: InsnOf<'jump'>,
  left: Value,
  right: Value,
): number {
  const { pc } = fallen;
  if (isOfUse(analysis, insn, pc + 1 + insn.off, left, right)) learn(taken, insn, insn.op, left, right);
  if (isOfUse(analysis, insn, pc + 1, left, right)) learn(fallen, insn, opposite[insn.op], left, right);
  analysis.seeOutcome(pc, true);
  analysis.seeOutcome(pc, false);
  analysis.push(taken);
  return pc + 1;
}

/**
 * Whether what a comparison teaches matters on the way that goes on at `to`: nothing is forgotten that is in a register which will be
 * read, or linked to other numbers, or that somebody wants to see.
 */
function isOfUse(analysis: Analysis, { dst, src }: InsnOf<'jump'>, to: number, left: Value, right: Value): boolean {
  if ((left.id | right.id) !== 0 || analysis.isWatched) return true;
  const used = (1 << dst) | ('reg' in src ? 1 << src.reg : 0);
  return (analysis.live[to]! & used) !== 0;
}

/** Comparisons with 0, of an address that may be null with one that isn't, and with the packet's end. */
function learnOfAddresses({ op, src }: InsnOf<'jump'>, { taken, fallen }: Ways, left: Value, right: Value): void {
  const [equal, different] = op === 'eq' ? [taken, fallen] : [fallen, taken];
  const isEquality = op === 'eq' || op === 'ne';
  if (isEquality && left.nullable && 'imm' in src && src.imm === 0) {
    assumeNull(equal, left);
    assumeNotNull(different, left);
  } else if (isEquality && isPointer(left) && isPointer(right) && left.nullable !== right.nullable) {
    equalToNotNull(equal, left.nullable ? left : right);
  } else {
    const found = packetComparison(op, left, right);
    if (found !== undefined) applyFinding(found, taken, fallen);
  }
}

/** What equals an address that isn't null isn't null either; kernel structures may be null without being marked. */
function equalToNotNull(equal: State, pointer: Value): void {
  if (pointer.kind !== 'kernel-sock' && pointer.kind !== 'typed') assumeNotNull(equal, pointer);
}

/** Narrows both operands, and all that is linked to them, by what holds on a way. */
function learn(state: State, insn: InsnOf<'jump'>, op: Comparison, left: Value, right: Value): void {
  const [a, b] = assume(op, insn.width, left.scalar, right.scalar);
  if (a !== left.scalar) narrow(state, insn.dst, left, consistent(a));
  if ('reg' in insn.src && b !== right.scalar) narrow(state, insn.src.reg, right, consistent(b));
}

/** Where bounds and bits contradict each other nobody goes; Linux walks on there, and forgets the bounds. */
function consistent(known: Scalar): Scalar {
  return scalar.isContradictory(known) ? scalar.reduced({ ...scalar.unknown, bits: known.bits }) : known;
}

/** Narrows the number in a register, and with it every number that is linked to it. */
function narrow(state: State, register: Register, before: Value, known: Scalar): void {
  const value = withScalar(before, known);
  state.setRegister(register, value);
  if (value.id === 0) return;
  for (const frame of state.frames) {
    for (let other = 0; other < 10; other++) {
      const linked = frame.registers[other]!;
      if (isLinked(linked, value.id)) frame.registers[other] = linked === before ? value : withRange(linked, value);
    }
    for (let index = 0; index < frame.slots.length; index++) {
      const slot = frame.slot(index);
      if (isLinkedSlot(slot, value.id))
        frame.setSlot(index, holding(slot, slot.value === before ? value : withRange(slot.value, value)));
    }
  }
}

/** A linked number is the learnt one, moved by the difference of their distances. */
function withRange(linked: Value, learnt: Value): Value {
  if (linked === learnt) return learnt;
  const distance = (linked.delta ?? 0) - (learnt.delta ?? 0);
  if (distance === 0) return withScalar(linked, learnt.scalar);
  return withScalar(linked, moved(learnt.scalar, distance));
}

function moved(known: Scalar, distance: number): Scalar {
  return arithmetic.add(64, known, scalar.constant(word.fromNumber(distance)));
}
