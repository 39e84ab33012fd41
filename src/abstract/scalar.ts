// What is known of a 64-bit number: its bits, and its bounds as an unsigned and as a signed number, of the whole and of
// its low half. Each of the five views says something that the others can't; `reduced` lets each learn from the rest.
//
// A number is in a scalar if it is in all five views. Every function here returns a scalar that holds at least the
// numbers that it should: knowing less is imprecise, knowing too much would be unsound.

import type { Tnum } from './tnum.js';
import * as tnum from './tnum.js';
import * as word from './word.js';
import { Word } from './word.js';

/** A scalar that is being worked out. */
export class Draft {
  bits: Tnum;
  umin: Word;
  umax: Word;
  smin: Word;
  smax: Word;
  /** Bounds of the low 32 bits as an unsigned number, kept as the signed number of the same bits: V8 boxes larger ones. */
  umin32: number;
  umax32: number;
  /** Bounds of the low 32 bits as a signed number. */
  smin32: number;
  smax32: number;

  constructor({ bits, umin, umax, smin, smax, umin32, umax32, smin32, smax32 }: Scalar) {
    this.bits = bits;
    this.umin = umin;
    this.umax = umax;
    this.smin = smin;
    this.smax = smax;
    this.umin32 = umin32;
    this.umax32 = umax32;
    this.smin32 = smin32;
    this.smax32 = smax32;
  }
}

export type Scalar = Readonly<Draft>;

export const umax32 = -1;
export const smin32 = -0x80000000;
export const smax32 = 0x7fffffff;

/** Nothing is known. */
export const unknown: Scalar = new Draft({
  bits: tnum.unknown,
  umin: word.zero,
  umax: word.ones,
  smin: word.signedMin,
  smax: word.signedMax,
  umin32: 0,
  umax32,
  smin32,
  smax32,
});

export function constant(value: Word): Scalar {
  const draft = new Draft(unknown);
  draft.bits = tnum.constant(value);
  setConstant(draft, value);
  return draft;
}

function setConstant(draft: Draft, value: Word): void {
  draft.umin = value;
  draft.umax = value;
  draft.smin = value;
  draft.smax = value;
  draft.umin32 = value.lo;
  draft.umax32 = value.lo;
  draft.smin32 = value.lo;
  draft.smax32 = value.lo;
}

export const zero: Scalar = constant(word.zero);

/** The signed 32-bit constant of an instruction, sign-extended. */
export function constant32(value: number): Scalar {
  return value === 0 ? zero : constant(word.fromSigned32(value));
}

/** Every unsigned number from `min` to `max`. */
export function between(min: Word, max: Word): Scalar {
  const draft = new Draft(unknown);
  draft.umin = min;
  draft.umax = max;
  reduce(draft);
  return draft;
}

/** Every signed number from `min` to `max`. */
export function betweenSigned(min: Word, max: Word): Scalar {
  const draft = new Draft(unknown);
  draft.smin = min;
  draft.smax = max;
  reduce(draft);
  return draft;
}

export function isConstant(a: Scalar): boolean {
  return tnum.isConstant(a.bits);
}

/** The number itself where all its bits are known. */
export function known(a: Scalar): Word | undefined {
  return tnum.isConstant(a.bits) ? a.bits.value : undefined;
}

/** Whether every bit above the low 32 is zero. */
export function fits32(a: Scalar): boolean {
  return a.bits.value.hi === 0 && a.bits.mask.hi === 0;
}

export function contains(a: Scalar, x: Word): boolean {
  if (!tnum.contains(a.bits, x)) return false;
  if (word.below(x, a.umin) || word.below(a.umax, x)) return false;
  if (word.less(x, a.smin) || word.less(a.smax, x)) return false;
  return contains32(a, x.lo);
}

/** As `contains`, of the low half. */
export function contains32(a: Scalar, x: number): boolean {
  if (((x ^ a.bits.value.lo) & ~a.bits.mask.lo) !== 0) return false;
  if (below32(x, a.umin32) || below32(a.umax32, x)) return false;
  return x >= a.smin32 && x <= a.smax32;
}

/** Whether each view of `a` holds that of `b`. */
export function includes(a: Scalar, b: Scalar): boolean {
  return boundsInclude(a, b) && tnum.includes(a.bits, b.bits);
}

/** Whether each range of `a` holds that of `b`. */
function boundsInclude(a: Scalar, b: Scalar): boolean {
  return (
    !word.below(b.umin, a.umin) &&
    !word.below(a.umax, b.umax) &&
    !word.less(b.smin, a.smin) &&
    !word.less(a.smax, b.smax) &&
    !below32(b.umin32, a.umin32) &&
    !below32(a.umax32, b.umax32) &&
    a.smin32 <= b.smin32 &&
    a.smax32 >= b.smax32
  );
}

/** What holds of every number in either. */
export function union(a: Scalar, b: Scalar): Scalar {
  return new Draft({
    bits: tnum.union(a.bits, b.bits),
    umin: word.minUnsigned(a.umin, b.umin),
    umax: word.maxUnsigned(a.umax, b.umax),
    smin: word.minSigned(a.smin, b.smin),
    smax: word.maxSigned(a.smax, b.smax),
    umin32: min32(a.umin32, b.umin32),
    umax32: max32(a.umax32, b.umax32),
    smin32: Math.min(a.smin32, b.smin32),
    smax32: Math.max(a.smax32, b.smax32),
  });
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
    below32(a.umax32, a.umin32) ||
    a.smin32 > a.smax32 ||
    contradictsConstant(a)
  );
}

/** All bits are known, and some bound says another number. */
function contradictsConstant(a: Scalar): boolean {
  if (tnum.isConstant32(a.bits)) {
    const low = a.bits.value.lo;
    const agrees = a.umin32 === low && a.umax32 === low && a.smin32 === low && a.smax32 === low;
    if (!agrees) return true;
  }
  return tnum.isConstant(a.bits) && !isExactly(a, a.bits.value);
}

/** Whether the bounds of the whole say that it is one number. */
function isExactly({ umin, umax, smin, smax }: Scalar, value: Word): boolean {
  return word.equal(umin, value) && word.equal(umax, value) && word.equal(smin, value) && word.equal(smax, value);
}

/** a < b, both unsigned. */
export function below32(a: number, b: number): boolean {
  return a >>> 0 < b >>> 0;
}

export function min32(a: number, b: number): number {
  return b >>> 0 < a >>> 0 ? b : a;
}

export function max32(a: number, b: number): number {
  return a >>> 0 < b >>> 0 ? b : a;
}

/** The same numbers with every view as narrow as the others make it. */
export function reduced(a: Scalar): Scalar {
  const draft = new Draft(a);
  reduce(draft);
  return draft;
}

/**
 * Lets the views learn from one another, in place. Three rounds of deductions are enough in practice: each goes from
 * the bounds of the halves to those of the whole and back. A round that changes nothing is the last.
 */
export function reduce(draft: Draft): void {
  if (tnum.isConstant(draft.bits) && contains(draft, draft.bits.value)) {
    setConstant(draft, draft.bits.value);
    return;
  }
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
function boundByBits64(draft: Draft): void {
  const { value, mask } = draft.bits;
  const highest = word.or(value, mask);
  draft.umin = word.maxUnsigned(draft.umin, value);
  draft.umax = word.minUnsigned(draft.umax, highest);
  // An unknown sign bit is 1 in the least signed number and 0 in the greatest.
  const isSignKnown = mask.hi >= 0;
  draft.smin = word.maxSigned(draft.smin, isSignKnown ? value : new Word(value.lo, value.hi | smin32));
  draft.smax = word.minSigned(draft.smax, isSignKnown ? highest : new Word(highest.lo, highest.hi & smax32));
}

/** As `boundByBits64`, of the low half. */
export function boundByBits32(draft: Draft): void {
  const value = draft.bits.value.lo;
  const mask = draft.bits.mask.lo;
  draft.umin32 = max32(draft.umin32, value);
  draft.umax32 = min32(draft.umax32, value | mask);
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
  narrowSigned32(draft, draft.umin32, draft.umax32);
  narrowUnsigned32(draft, draft.smin32, draft.smax32);
}

function narrowUnsigned32(draft: Draft, min: number, max: number): void {
  if (below32(max, min)) return;
  draft.umin32 = max32(draft.umin32, min);
  draft.umax32 = min32(draft.umax32, max);
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
  const { umin32: least, umax32: greatest } = draft;
  if (below32(draft.umin.lo, least)) draft.umin = new Word(least, draft.umin.hi);
  if (below32(greatest, draft.umax.lo)) draft.umax = new Word(greatest, draft.umax.hi);
  if (below32(draft.smin.lo, least)) draft.smin = new Word(least, draft.smin.hi);
  if (below32(greatest, draft.smax.lo)) draft.smax = new Word(greatest, draft.smax.hi);
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
  const { bits: before, umin, umax, umin32: least, umax32: greatest } = draft;
  // What the bounds leave open, in each half: the bits from their highest difference down.
  const openHigh = fromHighest(umin.hi ^ umax.hi);
  const openLow = (openHigh === 0 ? fromHighest(umin.lo ^ umax.lo) : -1) & fromHighest(least ^ greatest);
  if ((before.mask.hi & ~openHigh) === 0 && (before.mask.lo & ~openLow) === 0) return false;
  const whole = tnum.intersect(before, tnum.range(umin, umax));
  const low = tnum.range(word.fromUnsigned32(least), word.fromUnsigned32(greatest));
  draft.bits = tnum.withLow32(whole, tnum.intersect(tnum.low32(whole), low));
  return !tnum.equal(before, draft.bits);
}

/** The highest bit that is set, and all below it. */
function fromHighest(bits: number): number {
  return bits === 0 ? 0 : -1 >>> Math.clz32(bits);
}

/** Forgets the bounds of the low half. */
export function forget32(draft: Draft): void {
  draft.umin32 = 0;
  draft.umax32 = umax32;
  draft.smin32 = smin32;
  draft.smax32 = smax32;
}

/** What a zero-extending load of as many bytes yields. */
const loads = {
  1: between(word.zero, new Word(0xff, 0)),
  2: between(word.zero, new Word(0xffff, 0)),
  4: between(word.zero, word.ones32),
  8: unknown,
} as const;

export function loaded(bytes: 1 | 2 | 4 | 8): Scalar {
  return loads[bytes];
}
