// Conditional jumps over scalars: whether a comparison can only come out one way, and what each outcome teaches.

import * as scalar from './scalar.js';
import { Draft, type Scalar } from './scalar.js';
import * as tnum from './tnum.js';
import type { Word } from './word.js';
import * as word from './word.js';

/** The conditions of the jumps, and `clear`, the opposite of `set` (no bit in common). */
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le' | 'sgt' | 'sge' | 'slt' | 'sle' | 'set' | 'clear';

/** The condition that holds where this one doesn't. */
export const opposite = {
  eq: 'ne',
  ne: 'eq',
  gt: 'le',
  le: 'gt',
  ge: 'lt',
  lt: 'ge',
  sgt: 'sle',
  sle: 'sgt',
  sge: 'slt',
  slt: 'sge',
  set: 'clear',
  clear: 'set',
} as const satisfies Record<Comparison, Comparison>;

/** The condition with its operands exchanged. */
export const exchanged = {
  eq: 'eq',
  ne: 'ne',
  gt: 'lt',
  lt: 'gt',
  ge: 'le',
  le: 'ge',
  sgt: 'slt',
  slt: 'sgt',
  sge: 'sle',
  sle: 'sge',
  set: 'set',
  clear: 'clear',
} as const satisfies Record<Comparison, Comparison>;

/** Whether `a op b` holds for all their numbers (true), for none (false), or for some (undefined). */
export function outcome(op: Comparison, width: 32 | 64, a: Scalar, b: Scalar): boolean | undefined {
  switch (op) {
    case 'eq':
      return equality(width, a, b);
    case 'set':
      return commonBits(width, a, b);
    case 'lt':
      return width === 64
        ? ordered(word.below, a.umin, a.umax, b.umin, b.umax)
        : before(a.umin32 >>> 0, a.umax32 >>> 0, b.umin32 >>> 0, b.umax32 >>> 0);
    case 'slt':
      return width === 64
        ? ordered(word.less, a.smin, a.smax, b.smin, b.smax)
        : before(a.smin32, a.smax32, b.smin32, b.smax32);
    case 'gt':
      return outcome('lt', width, b, a);
    case 'sgt':
      return outcome('slt', width, b, a);
    case 'ne':
    case 'ge':
    case 'le':
    case 'sge':
    case 'sle':
    case 'clear': {
      const other = outcome(opposite[op], width, a, b);
      return other === undefined ? undefined : !other;
    }
  }
}

type Less = (a: Word, b: Word) => boolean;

function ordered(lower: Less, amin: Word, amax: Word, bmin: Word, bmax: Word): boolean | undefined {
  if (lower(amax, bmin)) return true;
  return lower(amin, bmax) ? undefined : false;
}

function before(amin: number, amax: number, bmin: number, bmax: number): boolean | undefined {
  if (amax < bmin) return true;
  return amin < bmax ? undefined : false;
}

function equality(width: 32 | 64, a: Scalar, b: Scalar): boolean | undefined {
  const [x, y] = [a.bits, b.bits];
  if (width === 32 && tnum.isConstant32(x) && tnum.isConstant32(y)) return x.value.lo === y.value.lo;
  if (width === 64 && tnum.isConstant(x) && tnum.isConstant(y)) return word.equal(x.value, y.value);
  // Equal numbers have equal halves, so that the views of the low half decide both widths.
  if (!tnum.overlaps32(x, y) || apart32(a, b)) return false;
  return width === 64 && (!tnum.overlaps(x, y) || apart64(a, b)) ? false : undefined;
}

function apart64(a: Scalar, b: Scalar): boolean {
  return (
    word.below(a.umax, b.umin) || word.below(b.umax, a.umin) || word.less(a.smax, b.smin) || word.less(b.smax, a.smin)
  );
}

function apart32(a: Scalar, b: Scalar): boolean {
  return (
    scalar.below32(a.umax32, b.umin32) ||
    scalar.below32(b.umax32, a.umin32) ||
    a.smax32 < b.smin32 ||
    b.smax32 < a.smin32
  );
}

function commonBits(width: 32 | 64, a: Scalar, b: Scalar): boolean | undefined {
  const both = tnum.and(a.bits, b.bits);
  const { value, mask } = width === 64 ? both : tnum.low32(both);
  if (!word.isZero(value)) return true;
  return word.isZero(mask) ? false : undefined;
}

/** Both operands, knowing that `a op b` holds; a contradictory one shows that it can't. */
export function assume(op: Comparison, width: 32 | 64, a: Scalar, b: Scalar): [Scalar, Scalar] {
  switch (op) {
    case 'gt':
    case 'ge':
    case 'sgt':
    case 'sge': {
      const [right, left] = assume(exchanged[op], width, b, a);
      return [left, right];
    }
    case 'ne':
      return [apartFrom(width, a, b), apartFrom(width, b, a)];
    case 'set':
      return [withBit(width, a, b), withBit(width, b, a)];
    case 'clear':
      return [withoutBits(width, a, b), withoutBits(width, b, a)];
    case 'eq':
      return width === 64 ? same64(a, b) : same32(a, b);
    case 'lt':
    case 'le':
    case 'slt':
    case 'sle':
      return width === 64 ? before64(op, a, b) : before32(op, a, b);
  }
}

/** Both are the number that is in both. */
function same64(a: Scalar, b: Scalar): [Scalar, Scalar] {
  if (tnum.isConstant(b.bits) && scalar.contains(a, b.bits.value)) return [b, b];
  const both = new Draft(a);
  both.bits = tnum.intersect(a.bits, b.bits);
  both.umin = word.maxUnsigned(a.umin, b.umin);
  both.umax = word.minUnsigned(a.umax, b.umax);
  both.smin = word.maxSigned(a.smin, b.smin);
  both.smax = word.minSigned(a.smax, b.smax);
  narrow32(both, b);
  scalar.reduce(both);
  return [both, both];
}

function same32(a: Scalar, b: Scalar): [Scalar, Scalar] {
  return [withLowHalf(a, b), withLowHalf(b, a)];
}

/** The low half of `a` is in `b` too. */
function withLowHalf(a: Scalar, b: Scalar): Scalar {
  if (tnum.isConstant(a.bits) && scalar.contains32(b, a.bits.value.lo)) return a;
  const draft = new Draft(a);
  draft.bits = tnum.withLow32(a.bits, tnum.intersect(a.bits, b.bits));
  narrow32(draft, b);
  scalar.reduce(draft);
  return draft;
}

/** The low half is in both. */
function narrow32(draft: Draft, other: Scalar): void {
  draft.umin32 = scalar.max32(draft.umin32, other.umin32);
  draft.umax32 = scalar.min32(draft.umax32, other.umax32);
  draft.smin32 = Math.max(draft.smin32, other.smin32);
  draft.smax32 = Math.min(draft.smax32, other.smax32);
}

/** Not equal to a constant: helps where that is an end of a range. */
function apartFrom(width: 32 | 64, a: Scalar, b: Scalar): Scalar {
  if (!isAnEnd(width, a, b)) return a;
  const draft = new Draft(a);
  if (width === 64) {
    const { value } = b.bits;
    if (word.equal(a.umin, value)) draft.umin = word.add(value, word.one);
    if (word.equal(a.umax, value)) draft.umax = word.sub(value, word.one);
    if (word.equal(a.smin, value)) draft.smin = word.add(value, word.one);
    if (word.equal(a.smax, value)) draft.smax = word.sub(value, word.one);
  } else {
    const value = b.bits.value.lo;
    if (a.umin32 === value) draft.umin32 = (value + 1) | 0;
    if (a.umax32 === value) draft.umax32 = (value - 1) | 0;
    if (a.smin32 === value) draft.smin32 += 1;
    if (a.smax32 === value) draft.smax32 -= 1;
  }
  scalar.reduce(draft);
  return draft;
}

/** Whether `b` is one number, at which a range of `a` ends. */
function isAnEnd(
  width: 32 | 64,
  { umin, umax, smin, smax, umin32, umax32, smin32, smax32 }: Scalar,
  b: Scalar,
): boolean {
  const { value } = b.bits;
  if (width === 32) {
    const { lo } = value;
    return tnum.isConstant32(b.bits) && (lo === umin32 || lo === umax32 || lo === smin32 || lo === smax32);
  }
  if (!tnum.isConstant(b.bits)) return false;
  return word.equal(value, umin) || word.equal(value, umax) || word.equal(value, smin) || word.equal(value, smax);
}

/** A bit in common with a constant: helps where the constant has one bit. */
function withBit(width: 32 | 64, a: Scalar, b: Scalar): Scalar {
  const bit = maskOf(width, b);
  if (bit === undefined || !isPowerOfTwo(bit)) return a;
  return withBits(a, tnum.or(a.bits, tnum.constant(bit)));
}

/** No bit in common with a constant: all its bits are 0. */
function withoutBits(width: 32 | 64, a: Scalar, b: Scalar): Scalar {
  const mask = maskOf(width, b);
  if (mask === undefined) return a;
  return withBits(a, tnum.and(a.bits, tnum.constant(word.not(mask))));
}

function withBits(a: Scalar, bits: tnum.Tnum): Scalar {
  const draft = new Draft(a);
  draft.bits = bits;
  scalar.reduce(draft);
  return draft;
}

function maskOf(width: 32 | 64, b: Scalar): Word | undefined {
  const bits = width === 64 ? b.bits : tnum.low32(b.bits);
  return tnum.isConstant(bits) ? bits.value : undefined;
}

function isPowerOfTwo(a: Word): boolean {
  return !word.isZero(a) && word.isZero(word.and(a, word.sub(a, word.one)));
}

/** a < b or a <= b: a's maximum is at most b's, and b's minimum at least a's; a strict order takes one off each. */
function before64(op: 'lt' | 'le' | 'slt' | 'sle', a: Scalar, b: Scalar): [Scalar, Scalar] {
  const [left, right] = [new Draft(a), new Draft(b)];
  const step = op === 'lt' || op === 'slt' ? word.one : word.zero;
  if (op === 'lt' || op === 'le') {
    left.umax = word.minUnsigned(a.umax, word.sub(b.umax, step));
    right.umin = word.maxUnsigned(b.umin, word.add(a.umin, step));
  } else {
    left.smax = word.minSigned(a.smax, word.sub(b.smax, step));
    right.smin = word.maxSigned(b.smin, word.add(a.smin, step));
  }
  const isLeftNew = left.umax !== a.umax || left.smax !== a.smax;
  const isRightNew = right.umin !== b.umin || right.smin !== b.smin;
  return [isLeftNew ? reducedInPlace(left) : a, isRightNew ? reducedInPlace(right) : b];
}

function before32(op: 'lt' | 'le' | 'slt' | 'sle', a: Scalar, b: Scalar): [Scalar, Scalar] {
  const step = op === 'lt' || op === 'slt' ? 1 : 0;
  if (op === 'lt' || op === 'le') {
    const most = scalar.min32(a.umax32, (b.umax32 - step) | 0);
    const least = scalar.max32(b.umin32, (a.umin32 + step) | 0);
    return [withUnsigned32(a, a.umin32, most), withUnsigned32(b, least, b.umax32)];
  }
  const most = Math.min(a.smax32, b.smax32 - step);
  const least = Math.max(b.smin32, a.smin32 + step);
  return [withSigned32(a, a.smin32, most), withSigned32(b, least, b.smax32)];
}

/** The same object where nothing is new: mostly one side is a constant. */
function withUnsigned32(a: Scalar, least: number, most: number): Scalar {
  if (least === a.umin32 && most === a.umax32) return a;
  const draft = new Draft(a);
  draft.umin32 = least;
  draft.umax32 = most;
  return reducedInPlace(draft);
}

function withSigned32(a: Scalar, least: number, most: number): Scalar {
  if (least === a.smin32 && most === a.smax32) return a;
  const draft = new Draft(a);
  draft.smin32 = least;
  draft.smax32 = most;
  return reducedInPlace(draft);
}

function reducedInPlace(draft: Draft): Scalar {
  scalar.reduce(draft);
  return draft;
}
