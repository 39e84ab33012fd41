// Arithmetic: numbers by the transfer functions of abstract/, pointers by pointer.ts.

import * as arithmetic from '../../abstract/arithmetic.js';
import type { Scalar } from '../../abstract/scalar.js';
import * as scalar from '../../abstract/scalar.js';
import * as word from '../../abstract/word.js';
import type { InsnOf, Width } from '../../ebpf/insn.js';
import type { AluName } from '../../ebpf/rows.js';
import { type Analysis, isDivision } from '../analysis.js';
import { relyOn, relyOnBoth } from '../precision.js';
import { refuse } from '../refusal.js';
import { linkable, operandValue, readable, write, writeNumber } from '../registers.js';
import type { State } from '../state.js';
import { isPointer, isScalar, linkedBy, number, unknown, unlinked, type Value, withScalar } from '../value.js';
import { movePointer } from './pointer.js';

export function stepAlu(analysis: Analysis, state: State, insn: InsnOf<'alu'>): void {
  const { op } = insn;
  write(state, insn.dst, op === 'mov' ? movedValue(analysis, state, insn) : result(analysis, state, insn, op));
}

/** Every operation but a plain move. */
type Calculation = Exclude<AluName, 'mov'>;

function result(analysis: Analysis, state: State, insn: InsnOf<'alu'>, op: Calculation): Value {
  const right = operandValue(analysis, state, insn.src);
  const left = readable(state, insn.dst);
  checkConstant(insn);
  if (isPointer(left) || isPointer(right)) return pointerResult(analysis, state, insn, left, right);
  if (isDivision(op)) noteDivisor(analysis, state, insn, right);
  return keepLink(insn, left, right, number(calculated(op, insn.width, left.scalar, right.scalar)));
}

/** That a divisor isn't 0 is a fact, which must hold on the paths that are covered by this one too. */
function noteDivisor(analysis: Analysis, state: State, { width, src }: InsnOf<'alu'>, divisor: Value): void {
  if (!('reg' in src)) return;
  if (scalar.contains(moved(divisor.scalar, width), word.zero)) analysis.seeZeroDivisor(state.pc);
  else relyOn(analysis, state, src.reg);
}

/** Linux refuses what the instruction set would define: a division by a constant 0, a shift beyond the width. */
function checkConstant({ op, width, src }: InsnOf<'alu'>): void {
  if ('reg' in src) return;
  if (isDivision(op) && src.imm === 0) refuse('a division by the constant 0');
  if (isShift(op) && (src.imm < 0 || src.imm >= width)) refuse(`a shift of ${width} bits by the constant ${src.imm}`);
}

function isShift(op: AluName): boolean {
  return op === 'lsh' || op === 'rsh' || op === 'arsh';
}

function pointerResult(analysis: Analysis, state: State, insn: InsnOf<'alu'>, left: Value, right: Value): Value {
  const { op, width, dst, src } = insn;
  if (isPointer(left) && isPointer(right)) {
    // The distance of two addresses is a number like any other.
    if (op === 'sub') return unknown;
    refuse(`r${dst} ${insn.op} of two addresses makes no sense`);
  }
  relyOnBoth(analysis, state, dst, 'reg' in src ? src.reg : dst);
  if (width === 32) {
    if (op === 'sub') return unknown;
    refuse(`r${dst}: half of an address is no address: arithmetic of 32 bits on ${left.kind}`);
  }
  return movePointer(analysis, { op, dst }, left, right);
}

/** A number that a constant was added to or taken from keeps its link: what is learnt of the one is learnt of the other. */
function keepLink({ op, width, src }: InsnOf<'alu'>, left: Value, right: Value, result: Value): Value {
  const isMoved = (op === 'add' || op === 'sub') && width === 64 && left.id !== 0 && left.delta === undefined;
  if (!isMoved) return result;
  const constant = scalar.known(right.scalar);
  if (constant === undefined || ('reg' in src && right.id === left.id)) return result;
  const distance = op === 'add' ? word.toNumber(constant) : -word.toNumber(constant);
  return distance === (distance | 0) ? linkedBy(result, left.id, distance) : result;
}

/**
 * What an operation makes of two numbers. Of a division, and of a shift by an amount that isn't certain, Linux knows nothing,
 * nor that one of 32 bits clears the upper half: what needs that is refused there, and so here.
 */
export function calculated(op: Calculation, width: Width, a: Scalar, b: Scalar): Scalar {
  switch (op) {
    case 'add':
      return arithmetic.add(width, a, b);
    case 'sub':
      return arithmetic.sub(width, a, b);
    case 'mul':
      return arithmetic.multiply(width, a, b);
    case 'and':
      return arithmetic.and(width, a, b);
    case 'or':
      return arithmetic.or(width, a, b);
    case 'xor':
      return arithmetic.xor(width, a, b);
    case 'lsh':
    case 'rsh':
    case 'arsh':
      return shifted(op, width, a, shiftAmount(b, width));
    case 'div':
    case 'sdiv':
    case 'mod':
    case 'smod':
      return scalar.unknown;
  }
}

type Shift = 'lsh' | 'rsh' | 'arsh';

const shifts = {
  lsh: { 64: arithmetic.shiftLeft, 32: arithmetic.shiftLeft32 },
  rsh: { 64: arithmetic.shiftRight, 32: arithmetic.shiftRight32 },
  arsh: { 64: arithmetic.shiftRightSigned, 32: arithmetic.shiftRightSigned32 },
} as const;

function shifted(op: Shift, width: Width, a: Scalar, amount: number | undefined): Scalar {
  return amount === undefined ? scalar.unknown : shifts[op][width](a, amount);
}

/** The amount of a shift, where it is known and within the width; only then is anything known of the result. */
function shiftAmount(b: Scalar, width: Width): number | undefined {
  const known = scalar.known(b);
  return known !== undefined && known.hi === 0 && known.lo >= 0 && known.lo < width ? known.lo : undefined;
}

function movedValue(analysis: Analysis, state: State, { src, width }: InsnOf<'alu'>): Value {
  if (!('reg' in src)) {
    const constant = analysis.constant(state.pc, src.imm);
    return width === 64 || src.imm >= 0 ? constant : number(moved(constant.scalar, width));
  }
  const value = readable(state, src.reg);
  if (width === 64) return linkable(analysis, state, src.reg);
  // Half of an address is a number of which nothing is known.
  if (!isScalar(value)) return number(moved(scalar.unknown, 32));
  return scalar.fits32(value.scalar) ? linkable(analysis, state, src.reg) : number(moved(value.scalar, 32));
}

function moved(value: Scalar, width: Width): Scalar {
  return width === 64 ? value : arithmetic.lowHalf(value);
}

export function stepMoveSigned(analysis: Analysis, state: State, insn: InsnOf<'movsx'>): void {
  const { src, dst, bits, width } = insn;
  const value = readable(state, src);
  if (!isScalar(value)) {
    // Part of an address is a number of which nothing is known.
    writeNumber(state, dst, moved(scalar.unknown, width));
    return;
  }
  const bytes = (bits / 8) as 1 | 2 | 4;
  const extended = arithmetic.signExtend(value.scalar, bytes);
  // A number that is positive and fits is unchanged, so that the link to it holds.
  const same = word.below(value.scalar.umax, word.shiftLeft(word.one, bits - 1));
  const kept = same ? linkable(analysis, state, src) : unlinked(value);
  write(state, dst, withScalar(kept, moved(extended, width)));
}

/** What becomes of an address that way is some number, as Linux has it. */
export function stepNegate(_: Analysis, state: State, { dst, width }: InsnOf<'neg'>): void {
  const value = readable(state, dst);
  writeNumber(state, dst, isPointer(value) ? moved(scalar.unknown, width) : arithmetic.negate(width, value.scalar));
}

export function stepSwap(_: Analysis, state: State, { dst, order, bits }: InsnOf<'swap'>): void {
  const value = readable(state, dst);
  const known = isPointer(value) ? scalar.unknown : value.scalar;
  writeNumber(state, dst, order === 'le' ? lowBits(known, bits) : arithmetic.reverseBytes(known, bits));
}

/** The machine's own byte order: the rest is cut off. */
function lowBits(known: Scalar, bits: 16 | 32 | 64): Scalar {
  return arithmetic.truncate(known, bits === 16 ? 2 : bits === 32 ? 4 : 8);
}
