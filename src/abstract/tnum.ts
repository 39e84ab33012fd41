// Tristate numbers: what is known of a 64-bit number bit by bit. A bit that is set in `mask` may be 0 or 1; every other
// bit is that of `value`. A bit is never set in both.
//
// The operations are those of S. Sharma et al., "Sound, Precise, and Fast Abstract Interpretation with Tristate
// Numbers" (arXiv 2105.05398), which Linux's verifier uses as well. `x in t` means (x & ~mask) == value.

import * as word from './word.js';
import { Word } from './word.js';

export interface Tnum {
  readonly value: Word;
  readonly mask: Word;
}

/** Nothing is known. */
export const unknown: Tnum = { value: word.zero, mask: word.ones };

export function constant(value: Word): Tnum {
  return { value, mask: word.zero };
}

export function isConstant(a: Tnum): boolean {
  return word.isZero(a.mask);
}

/** Whether the low 32 bits are all known. */
export function isConstant32(a: Tnum): boolean {
  return a.mask.lo === 0;
}

export function equal(a: Tnum, b: Tnum): boolean {
  return word.equal(a.value, b.value) && word.equal(a.mask, b.mask);
}

/** Whether the number `x` is one of those that `a` stands for. */
export function contains(a: Tnum, x: Word): boolean {
  return word.equal(word.and(x, word.not(a.mask)), a.value);
}

/** Whether every number that `b` stands for is one of `a`'s: b's unknown bits are unknown in a, and the rest agree. */
export function includes(a: Tnum, b: Tnum): boolean {
  if (!word.isZero(word.and(b.mask, word.not(a.mask)))) return false;
  return contains(a, b.value);
}

/** Whether some number is in both: no bit is known in both and different. */
export function overlaps(a: Tnum, b: Tnum): boolean {
  const known = word.not(word.or(a.mask, b.mask));
  return word.isZero(word.and(word.xor(a.value, b.value), known));
}

/** As `overlaps`, of the low 32 bits. */
export function overlaps32(a: Tnum, b: Tnum): boolean {
  return ((a.value.lo ^ b.value.lo) & ~(a.mask.lo | b.mask.lo)) === 0;
}

/** The least tnum that holds all of the unsigned range [min, max]: the bits above their highest difference are known. */
export function range(min: Word, max: Word): Tnum {
  const bits = word.bitLength(word.xor(min, max));
  if (bits > 63) return unknown;
  const mask = lowBits(bits);
  return { value: word.and(min, word.not(mask)), mask };
}

/** A word whose low `bits` (0..63) bits are set. */
function lowBits(bits: number): Word {
  return word.sub(word.shiftLeft(word.one, bits), word.one);
}

/** What is known when both are: where they contradict each other, some number satisfying `a` or `b` per bit. */
export function intersect(a: Tnum, b: Tnum): Tnum {
  const mask = word.and(a.mask, b.mask);
  return { value: word.and(word.or(a.value, b.value), word.not(mask)), mask };
}

/** What holds of every number in either. */
export function union(a: Tnum, b: Tnum): Tnum {
  const mask = word.or(word.or(a.mask, b.mask), word.xor(a.value, b.value));
  return { value: word.and(a.value, word.not(mask)), mask };
}

/** The carries of the sum of all unknown bits, against the sum of none, show which bits of the result can vary. */
export function add(a: Tnum, b: Tnum): Tnum {
  const value = word.add(a.value, b.value);
  const highest = word.add(value, word.add(a.mask, b.mask));
  return blurred(value, word.xor(highest, value), a.mask, b.mask);
}

/** As `add`: the borrows of the largest and of the least difference show which bits can vary. */
export function sub(a: Tnum, b: Tnum): Tnum {
  const value = word.sub(a.value, b.value);
  const highest = word.add(value, a.mask);
  const lowest = word.sub(value, b.mask);
  return blurred(value, word.xor(highest, lowest), a.mask, b.mask);
}

function blurred(value: Word, varying: Word, maskA: Word, maskB: Word): Tnum {
  const mask = word.or(varying, word.or(maskA, maskB));
  return { value: word.and(value, word.not(mask)), mask };
}

export function negate(a: Tnum): Tnum {
  return sub(constant(word.zero), a);
}

/** A result bit can be 1 where both may be; it is known to be 1 where both are. */
export function and(a: Tnum, b: Tnum): Tnum {
  const value = word.and(a.value, b.value);
  const possible = word.and(word.or(a.value, a.mask), word.or(b.value, b.mask));
  return { value, mask: word.and(possible, word.not(value)) };
}

/** A result bit is known to be 1 where either is, and unknown where neither is known to be 1 and one may be. */
export function or(a: Tnum, b: Tnum): Tnum {
  const value = word.or(a.value, b.value);
  return { value, mask: word.and(word.or(a.mask, b.mask), word.not(value)) };
}

export function xor(a: Tnum, b: Tnum): Tnum {
  const mask = word.or(a.mask, b.mask);
  return { value: word.and(word.xor(a.value, b.value), word.not(mask)), mask };
}

/** a << n; the zeros that come in are known. */
export function shiftLeft(a: Tnum, n: number): Tnum {
  return { value: word.shiftLeft(a.value, n), mask: word.shiftLeft(a.mask, n) };
}

export function shiftRight(a: Tnum, n: number): Tnum {
  return { value: word.shiftRight(a.value, n), mask: word.shiftRight(a.mask, n) };
}

/** An unknown sign bit fills what comes in with unknown bits, a known one with itself. */
export function shiftRightSigned(a: Tnum, n: number): Tnum {
  return { value: word.shiftRightSigned(a.value, n), mask: word.shiftRightSigned(a.mask, n) };
}

/** As `shiftRightSigned`, on the low 32 bits; the upper half of the result is zero. */
export function shiftRightSigned32(a: Tnum, n: number): Tnum {
  return { value: word.fromUnsigned32(a.value.lo >> n), mask: word.fromUnsigned32(a.mask.lo >> n) };
}

/**
 * Long multiplication: b is shifted up for each bit of a. A bit of a that is known to be 1 adds b; an unknown one adds
 * either nothing or b, that is, the union of both sums.
 */
export function multiply(a: Tnum, b: Tnum): Tnum {
  let sum = constant(word.zero);
  let [left, right] = [a, b];
  while (!word.isZero(word.or(left.value, left.mask))) {
    if ((left.value.lo & 1) !== 0) sum = add(sum, right);
    else if ((left.mask.lo & 1) !== 0) sum = union(sum, add(sum, right));
    left = shiftRight(left, 1);
    right = shiftLeft(right, 1);
  }
  return sum;
}

/** The low 32 bits, zero-extended. */
export function low32(a: Tnum): Tnum {
  return { value: word.and(a.value, word.ones32), mask: word.and(a.mask, word.ones32) };
}

/** The upper 32 bits of `a` above the low 32 bits of `b`. */
export function withLow32(a: Tnum, b: Tnum): Tnum {
  return { value: new Word(b.value.lo, a.value.hi), mask: new Word(b.mask.lo, a.mask.hi) };
}

/** The low `bytes` bytes, zero-extended. */
export function truncate(a: Tnum, bytes: 1 | 2 | 4): Tnum {
  const mask = lowBits(bytes * 8);
  return { value: word.and(a.value, mask), mask: word.and(a.mask, mask) };
}

/** Whether every number is a multiple of `alignment`, a power of two. */
export function isAligned(a: Tnum, alignment: number): boolean {
  return ((a.value.lo | a.mask.lo) & (alignment - 1)) === 0;
}

/** The low 16, 32 or 64 bits with their bytes in the opposite order, zero-extended. */
export function reverseBytes(a: Tnum, bits: 16 | 32 | 64): Tnum {
  return shiftRight({ value: word.reverseBytes(a.value), mask: word.reverseBytes(a.mask) }, 64 - bits);
}
