// What an arithmetic operation makes of two scalars: for all a in A and b in B, (a op b) is in op(A, B).
//
// Each operation works on the whole and on the low half in turn, and `finished` joins what was learnt. Where a bound could
// wrap it is forgotten, since a wrapped range is none. An operation of 32 bits is the one of 64 with all but the low half
// of its result forgotten: shifts and negation excepted, the low half depends on low halves alone.

import * as scalar from './scalar.js';
import { Draft, type Scalar } from './scalar.js';
import * as tnum from './tnum.js';
import * as word from './word.js';
import { Word } from './word.js';

/** The largest unsigned number of 32 bits. */
const largest32 = 0xffffffff;

/** How many bits an operation works on; one of 32 zero-extends its result. */
export type Width = 32 | 64;

/** The low half, zero-extended: what every operation of 32 bits leaves in its destination. */
export function lowHalf(a: Scalar): Scalar {
  if (fitsIn(a, 4)) return a;
  return scalar.isConstant(a) ? scalar.constant(new Word(a.bits.value.lo, 0)) : finished(new Draft(a), 32);
}

function finished(draft: Draft, width: Width): Scalar {
  if (width === 32) {
    draft.bits = tnum.low32(draft.bits);
    assignFrom32(draft);
  }
  scalar.reduce(draft);
  return draft;
}

/** The bounds of the whole are those of its low half, which has been zero-extended. */
function assignFrom32(draft: Draft): void {
  draft.umin = word.fromUnsigned32(draft.umin32);
  draft.umax = word.fromUnsigned32(draft.umax32);
  const positive = draft.smin32 >= 0 && draft.smin32 <= draft.smax32;
  draft.smin = positive ? word.fromUnsigned32(draft.smin32) : word.zero;
  draft.smax = positive ? word.fromUnsigned32(draft.smax32) : word.ones32;
}

export function add(width: Width, a: Scalar, b: Scalar): Scalar {
  const draft = new Draft(a);
  draft.bits = tnum.add(a.bits, b.bits);
  addBounds32(draft, a, b);
  addBounds64(draft, a, b);
  return finished(draft, width);
}

/** Unsigned bounds hold if neither end wraps, and if both do: the range is moved as a whole. */
function addBounds64(draft: Draft, a: Scalar, b: Scalar): void {
  const signedWraps = word.addOverflows(a.smin, b.smin) || word.addOverflows(a.smax, b.smax);
  draft.smin = signedWraps ? word.signedMin : word.add(a.smin, b.smin);
  draft.smax = signedWraps ? word.signedMax : word.add(a.smax, b.smax);
  const split = !word.addCarries(a.umin, b.umin) && word.addCarries(a.umax, b.umax);
  draft.umin = split ? word.zero : word.add(a.umin, b.umin);
  draft.umax = split ? word.ones : word.add(a.umax, b.umax);
}

function addBounds32(draft: Draft, a: Scalar, b: Scalar): void {
  setSigned32(draft, a.smin32 + b.smin32, a.smax32 + b.smax32);
  setUnsigned32(draft, (a.umin32 >>> 0) + (b.umin32 >>> 0), (a.umax32 >>> 0) + (b.umax32 >>> 0));
}

export function sub(width: Width, a: Scalar, b: Scalar): Scalar {
  const draft = new Draft(a);
  draft.bits = tnum.sub(a.bits, b.bits);
  subBounds32(draft, a, b);
  subBounds64(draft, a, b);
  return finished(draft, width);
}

function subBounds64(draft: Draft, a: Scalar, b: Scalar): void {
  const signedWraps = word.subOverflows(a.smin, b.smax) || word.subOverflows(a.smax, b.smin);
  draft.smin = signedWraps ? word.signedMin : word.sub(a.smin, b.smax);
  draft.smax = signedWraps ? word.signedMax : word.sub(a.smax, b.smin);
  const split = word.below(a.umin, b.umax) && !word.below(a.umax, b.umin);
  draft.umin = split ? word.zero : word.sub(a.umin, b.umax);
  draft.umax = split ? word.ones : word.sub(a.umax, b.umin);
}

function subBounds32(draft: Draft, a: Scalar, b: Scalar): void {
  setSigned32(draft, a.smin32 - b.smax32, a.smax32 - b.smin32);
  setUnsigned32(draft, (a.umin32 >>> 0) - (b.umax32 >>> 0), (a.umax32 >>> 0) - (b.umin32 >>> 0));
}

/** Exact sums of doubles: signed bounds hold if neither end leaves the range. */
function setSigned32(draft: Draft, min: number, max: number): void {
  const wraps = min < scalar.smin32 || max > scalar.smax32;
  draft.smin32 = wraps ? scalar.smin32 : min;
  draft.smax32 = wraps ? scalar.smax32 : max;
}

/** Unsigned bounds hold if both ends wrap equally often. */
function setUnsigned32(draft: Draft, min: number, max: number): void {
  const split = Math.floor(min / 2 ** 32) !== Math.floor(max / 2 ** 32);
  draft.umin32 = split ? 0 : min | 0;
  draft.umax32 = split ? scalar.umax32 : max | 0;
}

export function negate(width: Width, a: Scalar): Scalar {
  return sub(width, scalar.zero, a);
}

export function multiply(width: Width, a: Scalar, b: Scalar): Scalar {
  const draft = new Draft(a);
  draft.bits = tnum.multiply(a.bits, b.bits);
  multiplyBounds32(draft, a, b);
  multiplyBounds64(draft, a, b);
  return finished(draft, width);
}

/** The extremes of a product over two ranges are products of their ends. */
function multiplyBounds64(draft: Draft, a: Scalar, b: Scalar): void {
  const carries = word.multiplyCarries(a.umax, b.umax);
  draft.umin = carries ? word.zero : word.multiply(a.umin, b.umin);
  draft.umax = carries ? word.ones : word.multiply(a.umax, b.umax);
  const corners = [
    [a.smin, b.smin],
    [a.smin, b.smax],
    [a.smax, b.smin],
    [a.smax, b.smax],
  ] as const;
  const overflows = corners.some(([x, y]) => word.multiplyOverflows(x, y));
  const products = corners.map(([x, y]) => word.multiply(x, y));
  draft.smin = overflows ? word.signedMin : products.reduce(word.minSigned);
  draft.smax = overflows ? word.signedMax : products.reduce(word.maxSigned);
}

/** A product of doubles may be rounded, but not across the bounds of 32 bits that it is compared to. */
function multiplyBounds32(draft: Draft, a: Scalar, b: Scalar): void {
  const carries = (a.umax32 >>> 0) * (b.umax32 >>> 0) > largest32;
  draft.umin32 = carries ? 0 : Math.imul(a.umin32, b.umin32);
  draft.umax32 = carries ? scalar.umax32 : Math.imul(a.umax32, b.umax32);
  const corners = [a.smin32 * b.smin32, a.smin32 * b.smax32, a.smax32 * b.smin32, a.smax32 * b.smax32];
  // Adding 0 makes a -0 of the product the 0 that it is.
  setSigned32(draft, Math.min(...corners) + 0, Math.max(...corners) + 0);
}

export function and(width: Width, a: Scalar, b: Scalar): Scalar {
  const bits = tnum.and(a.bits, b.bits);
  if (tnum.isConstant(bits)) return constantOf(width, bits);
  // `and` can only clear bits, so that the result is at most the smaller maximum.
  const draft = new Draft(a);
  draft.bits = bits;
  draft.umin = bits.value;
  draft.umax = word.minUnsigned(a.umax, b.umax);
  draft.umin32 = bits.value.lo;
  draft.umax32 = scalar.min32(a.umax32, b.umax32);
  return signedFromUnsigned(draft, width);
}

export function or(width: Width, a: Scalar, b: Scalar): Scalar {
  const bits = tnum.or(a.bits, b.bits);
  if (tnum.isConstant(bits)) return constantOf(width, bits);
  // `or` can only set bits, so that the result is at least the larger minimum.
  const draft = new Draft(a);
  draft.bits = bits;
  draft.umin = word.maxUnsigned(a.umin, b.umin);
  draft.umax = word.or(bits.value, bits.mask);
  draft.umin32 = scalar.max32(a.umin32, b.umin32);
  draft.umax32 = draft.umax.lo;
  return signedFromUnsigned(draft, width);
}

export function xor(width: Width, a: Scalar, b: Scalar): Scalar {
  const bits = tnum.xor(a.bits, b.bits);
  if (tnum.isConstant(bits)) return constantOf(width, bits);
  const draft = new Draft(a);
  draft.bits = bits;
  draft.umin = bits.value;
  draft.umax = word.or(bits.value, bits.mask);
  draft.umin32 = draft.umin.lo;
  draft.umax32 = draft.umax.lo;
  return signedFromUnsigned(draft, width);
}

/** The unsigned bounds are the signed ones too where they don't cross the sign bit; else nothing is known of those. */
function signedFromUnsigned(draft: Draft, width: Width): Scalar {
  const crosses = word.less(draft.umax, draft.umin);
  draft.smin = crosses ? word.signedMin : draft.umin;
  draft.smax = crosses ? word.signedMax : draft.umax;
  const crosses32 = draft.umin32 > draft.umax32;
  draft.smin32 = crosses32 ? scalar.smin32 : draft.umin32;
  draft.smax32 = crosses32 ? scalar.smax32 : draft.umax32;
  return finished(draft, width);
}

function constantOf(width: Width, { value }: tnum.Tnum): Scalar {
  return scalar.constant(width === 64 ? value : new Word(value.lo, 0));
}

/** a << n, for n in 0..63. */
export function shiftLeft(a: Scalar, n: number): Scalar {
  const draft = new Draft(a);
  draft.bits = tnum.shiftLeft(a.bits, n);
  // Sign extension is written as << 32 and s>> 32: the signed low half moves up unharmed.
  draft.smin = n === 32 ? new Word(0, a.smin32) : word.signedMin;
  draft.smax = n === 32 ? new Word(0, a.smax32) : word.signedMax;
  const loses = word.bitLength(a.umax) + n > 64;
  draft.umin = loses ? word.zero : word.shiftLeft(a.umin, n);
  draft.umax = loses ? word.ones : word.shiftLeft(a.umax, n);
  shiftLeftBounds32(draft, a, n);
  scalar.reduce(draft);
  return draft;
}

/** a << n on the low half, for n in 0..31. */
export function shiftLeft32(a: Scalar, n: number): Scalar {
  const draft = new Draft(a);
  draft.bits = tnum.low32(tnum.shiftLeft(tnum.low32(a.bits), n));
  shiftLeftBounds32(draft, a, n);
  return fromLowHalf(draft);
}

function shiftLeftBounds32(draft: Draft, a: Scalar, n: number): void {
  scalar.forget32(draft);
  if (n > 31 || (a.umax32 >>> 0) * 2 ** n > largest32) return;
  draft.umin32 = a.umin32 << n;
  draft.umax32 = a.umax32 << n;
}

/** a >> n, unsigned, for n in 0..63. */
export function shiftRight(a: Scalar, n: number): Scalar {
  const draft = new Draft(scalar.unknown);
  draft.bits = tnum.shiftRight(a.bits, n);
  draft.umin = word.shiftRight(a.umin, n);
  draft.umax = word.shiftRight(a.umax, n);
  scalar.reduce(draft);
  return draft;
}

/** a >> n on the low half, unsigned, for n in 0..31. */
export function shiftRight32(a: Scalar, n: number): Scalar {
  const draft = new Draft(scalar.unknown);
  draft.bits = tnum.shiftRight(tnum.low32(a.bits), n);
  draft.umin32 = (a.umin32 >>> n) | 0;
  draft.umax32 = (a.umax32 >>> n) | 0;
  return fromLowHalf(draft);
}

/** a >> n with its sign, for n in 0..63. */
export function shiftRightSigned(a: Scalar, n: number): Scalar {
  const draft = new Draft(scalar.unknown);
  draft.bits = tnum.shiftRightSigned(a.bits, n);
  draft.smin = word.shiftRightSigned(a.smin, n);
  draft.smax = word.shiftRightSigned(a.smax, n);
  scalar.reduce(draft);
  return draft;
}

/** a >> n on the low half with its sign, for n in 0..31. */
export function shiftRightSigned32(a: Scalar, n: number): Scalar {
  const draft = new Draft(scalar.unknown);
  draft.bits = tnum.shiftRightSigned32(a.bits, n);
  draft.smin32 = a.smin32 >> n;
  draft.smax32 = a.smax32 >> n;
  return fromLowHalf(draft);
}

/** An operation of 32 bits has worked out bits and bounds of the low half: the rest follows. */
function fromLowHalf(draft: Draft): Scalar {
  scalar.boundByBits32(draft);
  assignFrom32(draft);
  scalar.reduce(draft);
  return draft;
}

/** The low `bytes` bytes, zero-extended: what a narrower store and load make of a number. */
export function truncate(a: Scalar, bytes: 1 | 2 | 4 | 8): Scalar {
  if (bytes === 8 || fitsIn(a, bytes)) return a;
  if (bytes === 4) return lowHalf(a);
  const kept = new Word((1 << (8 * bytes)) - 1, 0);
  const draft = new Draft(scalar.unknown);
  draft.bits = tnum.truncate(a.bits, bytes);
  // The bounds hold where they agree above what is cut off.
  const cut = word.not(kept);
  const same = word.equal(word.and(a.umin, cut), word.and(a.umax, cut));
  draft.umin = same ? word.and(a.umin, kept) : word.zero;
  draft.umax = same ? word.and(a.umax, kept) : kept;
  scalar.reduce(draft);
  return draft;
}

/** Whether every bit above the low `bytes` bytes is zero. */
function fitsIn({ bits: { value, mask } }: Scalar, bytes: 1 | 2 | 4): boolean {
  if ((value.hi | mask.hi) !== 0) return false;
  return bytes === 4 || (value.lo | mask.lo) >>> (8 * bytes) === 0;
}

/** The low `bytes` bytes, sign-extended to 64 bits. */
export function signExtend(a: Scalar, bytes: 1 | 2 | 4): Scalar {
  const shift = 64 - 8 * bytes;
  const low = truncate(a, bytes);
  const bits = tnum.shiftRightSigned(tnum.shiftLeft(low.bits, shift), shift);
  const half = word.shiftLeft(word.one, 8 * bytes - 1);
  // A range that stays on one side of the sign bit is moved as a whole.
  const draft = new Draft(word.below(low.umax, half) ? low : scalar.unknown);
  draft.bits = bits;
  if (word.below(low.umax, half)) return finished(draft, 64);
  const whole = word.shiftLeft(half, 1);
  const negative = !word.below(low.umin, half);
  draft.smin = negative ? word.sub(low.umin, whole) : word.negate(half);
  draft.smax = negative ? word.sub(low.umax, whole) : word.sub(half, word.one);
  return finished(draft, 64);
}

/** The low 16, 32 or 64 bits with their bytes in the opposite order, zero-extended: of their bounds nothing is left. */
export function reverseBytes(a: Scalar, bits: 16 | 32 | 64): Scalar {
  return scalar.reduced({ ...scalar.unknown, bits: tnum.reverseBytes(a.bits, bits) });
}
