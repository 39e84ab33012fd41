// What is known of one value: bounds, bits, and masked values that it does not have. Each test that has been answered
// adds to it, and may answer a later one.

import type { Test } from '../condition.js';
import { allOnes, type Value } from '../value.js';

/** A test of one value with constants. */
export type Simple = Extract<Test, { readonly kind: 'match' | 'above' }>;

/** What such a test asks, of whatever value. */
type Question =
  | { readonly kind: 'match'; readonly mask: number; readonly equals: number }
  | { readonly kind: 'above'; readonly bound: number };

export interface Knowledge {
  readonly least: number;
  readonly most: number;
  /** The bits that are known, and what they are. */
  readonly mask: number;
  readonly bits: number;
  /** `(value & mask) = equals` is known to be false. */
  readonly excluded: readonly Exclusion[];
  /** The only values that are possible, where they are few. */
  readonly among: readonly number[] | undefined;
}

interface Exclusion {
  readonly mask: number;
  readonly equals: number;
}

const exclusionLimit = 16;
const amongLimit = 16;

export function unrestricted(value: Value): Knowledge {
  if (value.kind === 'constant') return exactly(value.k);
  const mask = ~allOnes(value.maximum) >>> 0;
  return { least: 0, most: value.maximum, mask, bits: 0, excluded: [], among: undefined };
}

const exactly = (k: number): Knowledge => ({ least: k, most: k, mask: 0xffffffff, bits: k, excluded: [], among: [k] });

/** The answer to a test, if what is known gives it. */
export function answer(known: Knowledge, test: Question): boolean | undefined {
  if (test.kind === 'above') {
    if (known.least > test.bound) return true;
    return known.most <= test.bound ? false : undefined;
  }
  const { mask, equals } = test;
  if ((equals & ~mask) !== 0) return false;
  if ((known.mask & mask) >>> 0 === mask) return (known.bits & mask) >>> 0 === equals;
  if (((known.bits ^ equals) & known.mask & mask) !== 0) return false;
  if (mask === 0xffffffff && (equals < known.least || equals > known.most)) return false;
  const ruledOut = known.excluded.some((other) => {
    // What differs in fewer bits differs in more: the test asks for all bits of the other, with its values.
    return (other.mask & ~mask) === 0 && (equals & other.mask) >>> 0 === other.equals;
  });
  return ruledOut ? false : undefined;
}

/** What is known when the test has been answered. */
export function learned(known: Knowledge, test: Question, holds: boolean): Knowledge {
  if (test.kind === 'above') {
    const least = holds ? Math.max(known.least, test.bound + 1) : known.least;
    const most = holds ? known.most : Math.min(known.most, test.bound);
    return least === most ? exactly(least) : narrowed({ ...known, least, most }, test, holds);
  }
  const { mask, equals } = test;
  if (holds) return narrowed(withBits(known, mask, equals), test, holds);
  // A single bit that is not one thing is the other.
  if ((mask & (mask - 1)) === 0 && mask !== 0) {
    return narrowed(withBits(known, mask, (equals ^ mask) >>> 0), test, holds);
  }
  const excluded = [...known.excluded, { mask, equals }].slice(-exclusionLimit);
  return narrowed({ ...known, excluded }, test, holds);
}

/** Of the possible values those that answer the test so. */
function narrowed(known: Knowledge, test: Question, holds: boolean): Knowledge {
  if (known.among === undefined) return known;
  const among = known.among.filter((value) => holdsFor(test, value) === holds);
  const [only] = among;
  return among.length === 1 && only !== undefined ? exactly(only) : { ...known, among };
}

/** The answer to a test of the value `k`. */
export function holdsFor(test: Question, k: number): boolean {
  return test.kind === 'above' ? k > test.bound : (k & test.mask) >>> 0 === test.equals;
}

function withBits(known: Knowledge, mask: number, equals: number): Knowledge {
  const all = (known.mask | mask) >>> 0;
  const bits = ((known.bits & ~mask) | (equals & mask)) >>> 0;
  if (all === 0xffffffff) return exactly(bits);
  return { ...known, mask: all, bits };
}

/** What is known where two ways meet. */
export function shared(a: Knowledge, b: Knowledge): Knowledge {
  if (a === b) return a;
  const mask = (a.mask & b.mask & ~(a.bits ^ b.bits)) >>> 0;
  return {
    least: Math.min(a.least, b.least),
    most: Math.max(a.most, b.most),
    mask,
    bits: (a.bits & mask) >>> 0,
    excluded: excludedByBoth(a, b),
    among: a.among === undefined || b.among === undefined ? undefined : union(a.among, b.among),
  };
}

function union(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const all = [...new Set([...a, ...b])];
  return all.length > amongLimit ? undefined : all;
}

/** What either excludes, as far as the other does too. */
function excludedByBoth(a: Knowledge, b: Knowledge): Knowledge['excluded'] {
  if (a.excluded === b.excluded) return a.excluded;
  const both: Exclusion[] = [];
  const add = (known: Knowledge, others: readonly Exclusion[]) => {
    for (const one of others) {
      const { mask, equals } = one;
      if (answer(known, { kind: 'match', mask, equals }) !== false) continue;
      if (!both.some((other) => other.mask === mask && other.equals === equals)) both.push(one);
    }
  };
  add(b, a.excluded);
  add(a, b.excluded);
  return both.length > exclusionLimit ? both.slice(-exclusionLimit) : both;
}
