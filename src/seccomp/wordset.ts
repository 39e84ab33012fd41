// What is known of one 32-bit word along a path: a range, bits, and what it is not. Unlike most abstract values this one is
// exact: a set is empty if and only if `witness` finds no number in it, so that a proof neither misses a case nor invents one.

import { assert } from '../base/error.js';

/** A test that a classic program makes: `(word & mask) op k`. */
export interface WordTest {
  readonly mask: number;
  readonly op: 'eq' | 'gt' | 'ge' | 'set';
  readonly k: number;
}

/** `(x & mask) == value` */
interface Bits {
  readonly mask: number;
  readonly value: number;
}

export interface WordSet {
  readonly low: number;
  readonly high: number;
  readonly bits: Bits;
  /** None of these holds. */
  readonly not: readonly Bits[];
}

const largest = 0xffff_ffff;

export const anyWord: WordSet = { low: 0, high: largest, bits: { mask: 0, value: 0 }, not: [] };

/** The words of the set for which a test comes out so; undefined where there is none. */
export function refined(set: WordSet, { mask, op, k }: WordTest, truth: boolean): WordSet | undefined {
  switch (op) {
    case 'eq':
      return truth ? withBits(set, mask, k) : withoutBits(set, mask, k);
    case 'set': // (x & mask & k) != 0
      return truth ? withoutBits(set, mask & k, 0) : withBits(set, mask & k, 0);
    case 'gt':
    case 'ge':
      return mask === -1 || mask === largest
        ? within(set, op === 'gt' ? k + 1 : k, truth)
        : masked(set, mask, op, k, truth);
  }
}

/** Whether `refined` can tell how a test comes out: a mask leaves an order only where nothing of the order is needed. */
export function isTellable({ mask, op, k }: WordTest): boolean {
  if (op === 'eq' || op === 'set' || mask >>> 0 === largest) return true;
  const least = op === 'gt' ? k + 1 : k;
  return least <= 1 || least > mask >>> 0;
}

/** Nothing of the order is needed: all are as large, or none is, or those that are not 0. */
function masked(set: WordSet, mask: number, op: 'gt' | 'ge', k: number, truth: boolean): WordSet | undefined {
  const least = op === 'gt' ? k + 1 : k;
  if (least === 0) return truth ? set : undefined;
  if (least > mask >>> 0) return truth ? undefined : set;
  assert(least === 1, 'who asks for an order of masked words has asked isTellable');
  return refined(set, { mask, op: 'set', k: largest }, truth);
}

/** The words from `least` on, or those before. */
function within(set: WordSet, least: number, truth: boolean): WordSet | undefined {
  return checked(truth ? { ...set, low: Math.max(set.low, least) } : { ...set, high: Math.min(set.high, least - 1) });
}

function withBits(set: WordSet, mask: number, value: number): WordSet | undefined {
  if ((value & ~mask) !== 0) return undefined;
  const { bits } = set;
  if (((bits.value ^ value) & bits.mask & mask) !== 0) return undefined;
  const both = { mask: (bits.mask | mask) >>> 0, value: (bits.value | value) >>> 0 };
  if (both.mask !== largest) return checked({ ...set, bits: both });
  const { value: only } = both;
  const inside = only >= set.low && only <= set.high && !set.not.some((bad) => matches(bad, only));
  return inside ? { low: only, high: only, bits: both, not: [] } : undefined;
}

function withoutBits(set: WordSet, mask: number, value: number): WordSet | undefined {
  if ((value & ~mask) !== 0) return set;
  const { bits, low, high } = set;
  if (((bits.value ^ value) & bits.mask & mask) !== 0) return set;
  const unknown = (mask & ~bits.mask) >>> 0;
  if (unknown === 0) return undefined;
  if ((unknown & (unknown - 1)) === 0) return withBits(set, unknown, (~value & unknown) >>> 0);
  if (mask >>> 0 === largest) {
    if (value < low || value > high) return set;
    if (value === low) return checked({ ...set, low: low + 1 });
    if (value === high) return checked({ ...set, high: high - 1 });
  }
  return checked({ ...set, not: [...set.not, { mask: mask >>> 0, value: value >>> 0 }] });
}

function checked(set: WordSet): WordSet | undefined {
  return witness(set) === undefined ? undefined : set;
}

function matches({ mask, value }: Bits, x: number): boolean {
  return (x & mask) >>> 0 === value;
}

/** Whether a number is in the set. */
export function contains(set: WordSet, x: number): boolean {
  return x >= set.low && x <= set.high && matches(set.bits, x) && !set.not.some((bad) => matches(bad, x));
}

/** The least number of the set, or undefined where it is empty. */
export function witness({ low, high, bits, not }: WordSet): number | undefined {
  for (let from = low; ; ) {
    const least = leastWith(bits, from);
    if (least === undefined || least > high) return undefined;
    const bad = not.find((each) => matches(each, least));
    if (bad === undefined) return least;
    if (bad.mask !== largest) return afterClass({ low: least, high, bits, not }, bad);
    from = least + 1;
  }
}

/**
 * The least number of a set whose least number of range and bits is in a class that it is not in: one of the bits that the
 * class knows, and the set doesn't, is the other way. Each way the set knows a bit more, so that this ends.
 */
function afterClass(set: WordSet, bad: Bits): number | undefined {
  const unknown = (bad.mask & ~set.bits.mask) >>> 0;
  let best: number | undefined;
  let { bits } = set;
  for (let bit = 1; bit !== 0; bit = (bit << 1) >>> 0) {
    if ((unknown & bit) === 0) continue;
    const other = { mask: (bits.mask | bit) >>> 0, value: (bits.value | (~bad.value & bit)) >>> 0 };
    const found = witness({ ...set, bits: other });
    if (found !== undefined && (best === undefined || found < best)) best = found;
    bits = { mask: (bits.mask | bit) >>> 0, value: (bits.value | (bad.value & bit)) >>> 0 };
  }
  return best;
}

/** The least number from `low` on that has the bits. */
function leastWith({ mask, value }: Bits, low: number): number | undefined {
  if (low > largest) return undefined;
  if ((low & mask) >>> 0 === value) return low;
  // The highest bit that is wrong decides: above it `low` stays, or is made larger at the lowest place that allows it.
  const wrong = ((low & mask) ^ value) >>> 0;
  const top = 31 - Math.clz32(wrong);
  const below = top === 0 ? 0 : ((1 << top) - 1) >>> 0;
  const isRaised = ((value >>> top) & 1) === 1;
  if (isRaised) return ((low & ~below) | (1 << top) | (value & below)) >>> 0;
  const from = lowestRaise(mask, low, top);
  if (from === undefined) return undefined;
  const under = ((1 << from) - 1) >>> 0;
  return ((low & ~under) | (1 << from) | (value & under)) >>> 0;
}

/** The lowest bit above `top` that is free and 0 in `low`. */
function lowestRaise(mask: number, low: number, top: number): number | undefined {
  for (let bit = top + 1; bit < 32; bit++) if (((mask >>> bit) & 1) === 0 && ((low >>> bit) & 1) === 0) return bit;
  return undefined;
}
