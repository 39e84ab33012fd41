// What is known of a 64-bit number: its bits, and its bounds as an unsigned and as a signed number, of the whole and of
// its low half. Each of the five views says something that the others can't; `reduced` lets each learn from the rest.
//
// A number is in a scalar if it is in all five views. Every function here returns a scalar that holds at least the
// numbers that it should: knowing less is imprecise, knowing too much would be unsound.

import type { Tnum } from './tnum.js';
import * as tnum from './tnum.js';
import * as word from './word.js';
import { Word } from './word.js';

export interface Scalar {
  readonly bits: Tnum;
  readonly umin: Word;
  readonly umax: Word;
  readonly smin: Word;
  readonly smax: Word;
  /** Bounds of the low 32 bits as an unsigned number, 0 to 2^32-1. */
  readonly umin32: number;
  readonly umax32: number;
  /** Bounds of the low 32 bits as a signed number. */
  readonly smin32: number;
  readonly smax32: number;
}

/** A scalar that is being worked out. */
export type Draft = { -readonly [Field in keyof Scalar]: Scalar[Field] };

export const umax32 = 0xffffffff;
export const smin32 = -0x80000000;
export const smax32 = 0x7fffffff;

/** Nothing is known. */
export const unknown: Scalar = {
  bits: tnum.unknown,
  umin: word.zero,
  umax: word.ones,
  smin: word.signedMin,
  smax: word.signedMax,
  umin32: 0,
  umax32,
  smin32,
  smax32,
};

export function constant(value: Word): Scalar {
  return {
    bits: tnum.constant(value),
    umin: value,
    umax: value,
    smin: value,
    smax: value,
    umin32: value.lo >>> 0,
    umax32: value.lo >>> 0,
    smin32: value.lo,
    smax32: value.lo,
  };
}

export const zero: Scalar = constant(word.zero);

/** The signed 32-bit constant of an instruction, sign-extended. */
export function constant32(value: number): Scalar {
  return value === 0 ? zero : constant(word.fromSigned32(value));
}

/** Every unsigned number from `min` to `max`. */
export function between(min: Word, max: Word): Scalar {
  return reduced({ ...unknown, umin: min, umax: max });
}

/** Every signed number from `min` to `max`. */
export function betweenSigned(min: Word, max: Word): Scalar {
  return reduced({ ...unknown, smin: min, smax: max });
}

/** What a zero-extending load of `bytes` bytes yields. */
export function loaded(bytes: 1 | 2 | 4 | 8): Scalar {
  return bytes === 8 ? unknown : between(word.zero, new Word(bytes === 4 ? -1 : (1 << (8 * bytes)) - 1, 0));
}

export function isConstant(a: Scalar): boolean {
  return tnum.isConstant(a.bits);
}

/** The number itself where all its bits are known. */
export function known(a: Scalar): Word | undefined {
  return tnum.isConstant(a.bits) ? a.bits.value : undefined;
}

/** The low half, zero-extended, where all its bits are known. */
export function known32({ bits }: Scalar): Word | undefined {
  return tnum.isConstant32(bits) ? new Word(bits.value.lo, 0) : undefined;
}

/** Whether every bit above the low 32 is zero. */
export function fits32(a: Scalar): boolean {
  return a.bits.value.hi === 0 && a.bits.mask.hi === 0;
}

export function contains(a: Scalar, x: Word): boolean {
  if (!tnum.contains(a.bits, x)) return false;
  if (word.below(x, a.umin) || word.below(a.umax, x)) return false;
  if (word.less(x, a.smin) || word.less(a.smax, x)) return false;
  const low = x.lo >>> 0;
  return low >= a.umin32 && low <= a.umax32 && x.lo >= a.smin32 && x.lo <= a.smax32;
}

/** Whether each view of `a` holds that of `b`. */
export function includes(a: Scalar, b: Scalar): boolean {
  return boundsInclude(a, b) && tnum.includes(a.bits, b.bits);
}

/** Whether each range of `a` holds that of `b`. */
export function boundsInclude(a: Scalar, b: Scalar): boolean {
  return (
    !word.below(b.umin, a.umin) &&
    !word.below(a.umax, b.umax) &&
    !word.less(b.smin, a.smin) &&
    !word.less(a.smax, b.smax) &&
    a.umin32 <= b.umin32 &&
    a.umax32 >= b.umax32 &&
    a.smin32 <= b.smin32 &&
    a.smax32 >= b.smax32
  );
}

/** What holds of every number in either. */
export function union(a: Scalar, b: Scalar): Scalar {
  return {
    bits: tnum.union(a.bits, b.bits),
    umin: word.minUnsigned(a.umin, b.umin),
    umax: word.maxUnsigned(a.umax, b.umax),
    smin: word.minSigned(a.smin, b.smin),
    smax: word.maxSigned(a.smax, b.smax),
    umin32: Math.min(a.umin32, b.umin32),
    umax32: Math.max(a.umax32, b.umax32),
    smin32: Math.min(a.smin32, b.smin32),
    smax32: Math.max(a.smax32, b.smax32),
  };
}

export function equal(a: Scalar, b: Scalar): boolean {
  if (a === b) return true;
  return (
    tnum.equal(a.bits, b.bits) &&
    word.equal(a.umin, b.umin) &&
    word.equal(a.umax, b.umax) &&
    word.equal(a.smin, b.smin) &&
    word.equal(a.smax, b.smax) &&
    a.umin32 === b.umin32 &&
    a.umax32 === b.umax32 &&
    a.smin32 === b.smin32 &&
    a.smax32 === b.smax32
  );
}

/** Whether some view is empty: no number can be meant, because the path that led here can't be taken. */
export function isContradictory(a: Scalar): boolean {
  return (
    word.below(a.umax, a.umin) ||
    word.less(a.smax, a.smin) ||
    a.umin32 > a.umax32 ||
    a.smin32 > a.smax32 ||
    contradictsConstant(a)
  );
}

/** All bits are known, and some bound says another number. */
function contradictsConstant(a: Scalar): boolean {
  if (tnum.isConstant32(a.bits)) {
    const low = a.bits.value.lo;
    const agrees = a.umin32 === low >>> 0 && a.umax32 === low >>> 0 && a.smin32 === low && a.smax32 === low;
    if (!agrees) return true;
  }
  if (!tnum.isConstant(a.bits)) return false;
  const { value } = a.bits;
  return ![a.umin, a.umax, a.smin, a.smax].every((bound) => word.equal(bound, value));
}

/** The same numbers with every view as narrow as the others make it. */
export function reduced(a: Scalar): Scalar {
  const draft: Draft = { ...a };
  reduce(draft);
  return draft;
}

/**
 * Lets the views learn from one another, in place. Three rounds of deductions are enough in practice: each goes from
 * the bounds of the halves to those of the whole and back. A round that changes nothing is the last.
 */
export function reduce(draft: Draft): void {
  boundByBits32(draft);
  boundByBits64(draft);
  for (let round = 0; round < 3; round++) {
    const { umin, umax, smin, smax, umin32, umax32, smin32, smax32 } = draft;
    deduce32(draft);
    deduce64(draft);
    deduceMixed(draft);
    const whole = draft.umin === umin && draft.umax === umax && draft.smin === smin && draft.smax === smax;
    const low =
      draft.umin32 === umin32 && draft.umax32 === umax32 && draft.smin32 === smin32 && draft.smax32 === smax32;
    if (whole && low) break;
  }
  if (!tnum.isConstant(draft.bits) && knowBitsByBounds(draft)) {
    boundByBits32(draft);
    boundByBits64(draft);
  }
}

/** The bounds of the whole can't be wider than the least and the greatest number of the bits. */
export function boundByBits64(draft: Draft): void {
  const { value, mask } = draft.bits;
  const highest = word.or(value, mask);
  draft.umin = word.maxUnsigned(draft.umin, value);
  draft.umax = word.minUnsigned(draft.umax, highest);
  // An unknown sign bit is 1 in the least signed number and 0 in the greatest.
  draft.smin = word.maxSigned(draft.smin, new Word(value.lo, value.hi | (mask.hi & smin32)));
  draft.smax = word.minSigned(draft.smax, new Word(highest.lo, value.hi | (mask.hi & smax32)));
}

/** As `boundByBits64`, of the low half. */
export function boundByBits32(draft: Draft): void {
  const value = draft.bits.value.lo;
  const mask = draft.bits.mask.lo;
  draft.umin32 = Math.max(draft.umin32, value >>> 0);
  draft.umax32 = Math.min(draft.umax32, (value | mask) >>> 0);
  draft.smin32 = Math.max(draft.smin32, value | (mask & smin32));
  draft.smax32 = Math.min(draft.smax32, value | (mask & smax32));
}

/** What the bounds of the whole say about its low half, and the two signs of the half about each other. */
function deduce32(draft: Draft): void {
  const { umin, umax, smin, smax } = draft;
  // Numbers with one upper half are ordered by their lower.
  if (umin.hi === umax.hi) {
    narrowUnsigned32(draft, umin.lo, umax.lo);
    narrowSigned32(draft, umin.lo, umax.lo);
  }
  if (smin.hi === smax.hi) {
    narrowUnsigned32(draft, smin.lo, smax.lo);
    narrowSigned32(draft, smin.lo, smax.lo);
  }
  // A range that goes over into the next upper half passes, in its lower half, from negative through -1 and 0 on.
  if (((umin.hi + 1) | 0) === umax.hi && umin.lo < 0 && umax.lo >= 0) narrowSigned32(draft, umin.lo, umax.lo);
  if (((smin.hi + 1) | 0) === smax.hi && smin.lo < 0 && smax.lo >= 0) narrowSigned32(draft, smin.lo, smax.lo);
  // A range that doesn't cross the sign bit is the same for both readers.
  narrowSigned32(draft, draft.umin32 | 0, draft.umax32 | 0);
  narrowUnsigned32(draft, draft.smin32, draft.smax32);
}

function narrowUnsigned32(draft: Draft, min: number, max: number): void {
  if (min >>> 0 > max >>> 0) return;
  draft.umin32 = Math.max(draft.umin32, min >>> 0);
  draft.umax32 = Math.min(draft.umax32, max >>> 0);
}

function narrowSigned32(draft: Draft, min: number, max: number): void {
  if (min > max) return;
  draft.smin32 = Math.max(draft.smin32, min);
  draft.smax32 = Math.min(draft.smax32, max);
}

/** What the unsigned and the signed bounds of the whole say about each other. */
function deduce64(draft: Draft): void {
  if (!word.less(draft.umax, draft.umin)) {
    draft.smin = word.maxSigned(draft.smin, draft.umin);
    draft.smax = word.minSigned(draft.smax, draft.umax);
  }
  if (!word.below(draft.smax, draft.smin)) {
    draft.umin = word.maxUnsigned(draft.umin, draft.smin);
    draft.umax = word.minUnsigned(draft.umax, draft.smax);
  } else if (word.below(draft.umax, draft.smin)) {
    // The signed range is two pieces to the unsigned reader: 0 to smax, and smin to the end. Only the first is left.
    draft.smin = draft.umin;
    draft.umax = word.minUnsigned(draft.umax, draft.smax);
  } else if (word.below(draft.smax, draft.umin)) {
    draft.smax = draft.umax;
    draft.umin = word.maxUnsigned(draft.umin, draft.smin);
  }
}

/** What the bounds of the low half say about those of the whole. */
function deduceMixed(draft: Draft): void {
  // The least number can't have a lower half below the least lower half, whatever its upper half is.
  if (draft.umin.lo >>> 0 < draft.umin32) draft.umin = new Word(draft.umin32, draft.umin.hi);
  if (draft.umax.lo >>> 0 > draft.umax32) draft.umax = new Word(draft.umax32, draft.umax.hi);
  if (draft.smin.lo >>> 0 < draft.umin32) draft.smin = new Word(draft.umin32, draft.smin.hi);
  if (draft.smax.lo >>> 0 > draft.umax32) draft.smax = new Word(draft.umax32, draft.smax.hi);
  // A number that fits in 32 signed bits equals its lower half.
  if (!isSigned32(draft.smin) || !isSigned32(draft.smax)) return;
  if (draft.smin.lo < draft.smin32) draft.smin = word.fromSigned32(draft.smin32);
  if (draft.smax.lo > draft.smax32) draft.smax = word.fromSigned32(draft.smax32);
}

function isSigned32(a: Word): boolean {
  return a.hi === a.lo >> 31;
}

/**
 * The bits above the highest difference of the bounds are known.
 * @returns whether that is more than was known of them
 */
function knowBitsByBounds(draft: Draft): boolean {
  const before = draft.bits;
  const whole = tnum.intersect(before, tnum.range(draft.umin, draft.umax));
  const low = tnum.range(word.fromUnsigned32(draft.umin32), word.fromUnsigned32(draft.umax32));
  draft.bits = tnum.withLow32(whole, tnum.intersect(tnum.low32(whole), low));
  return !tnum.equal(before, draft.bits);
}

/** Forgets the bounds of the whole. */
export function forget64(draft: Draft): void {
  draft.umin = word.zero;
  draft.umax = word.ones;
  draft.smin = word.signedMin;
  draft.smax = word.signedMax;
}

/** Forgets the bounds of the low half. */
export function forget32(draft: Draft): void {
  draft.umin32 = 0;
  draft.umax32 = umax32;
  draft.smin32 = smin32;
  draft.smax32 = smax32;
}
