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

/** All that is known is made here, so that it has one shape; a copy by a spread takes V8 several times as long. */
function knowledge(
  least: number,
  most: number,
  mask: number,
  bits: number,
  excluded: readonly Exclusion[],
  among: readonly number[] | undefined,
): Knowledge {
  return { least, most, mask, bits, excluded, among };
}

const nothingExcluded: readonly Exclusion[] = [];

export function unrestricted(value: Value): Knowledge {
  if (value.kind === 'constant') return exactly(value.k);
  const mask = ~allOnes(value.maximum) >>> 0;
  return knowledge(0, value.maximum, mask, 0, nothingExcluded, undefined);
}

const exactly = (k: number): Knowledge => knowledge(k, k, 0xffffffff, k, nothingExcluded, [k]);

/** The answer to a test, if what is known gives it. */
export function answer(known: Knowledge, test: Question): boolean | undefined {
  if (test.kind === 'above') {
    if (known.least > test.bound) return true;
    return known.most <= test.bound ? false : undefined;
  }
  return answerToMatch(known, test.mask, test.equals);
}

function answerToMatch(known: Knowledge, mask: number, equals: number): boolean | undefined {
  if ((equals & ~mask) !== 0) return false;
  if ((known.mask & mask) >>> 0 === mask) return (known.bits & mask) >>> 0 === equals;
  if (((known.bits ^ equals) & known.mask & mask) !== 0) return false;
  if (mask === 0xffffffff && (equals < known.least || equals > known.most)) return false;
  for (const other of known.excluded) {
    // What differs in fewer bits differs in more: the test asks for all bits of the other, with its values.
    if ((other.mask & ~mask) === 0 && (equals & other.mask) >>> 0 === other.equals) return false;
  }
  return undefined;
}

/** What is known when the test has been answered. */
export function learned(known: Knowledge, test: Question, holds: boolean): Knowledge {
  if (test.kind === 'above') {
    const least = holds ? Math.max(known.least, test.bound + 1) : known.least;
    const most = holds ? known.most : Math.min(known.most, test.bound);
    if (least === most) return exactly(least);
    return narrowed(knowledge(least, most, known.mask, known.bits, known.excluded, known.among), test, holds);
  }
  const { mask, equals } = test;
  if (holds) return narrowed(withBits(known, mask, equals), test, holds);
  // A single bit that is not one thing is the other.
  if ((mask & (mask - 1)) === 0 && mask !== 0) {
    return narrowed(withBits(known, mask, (equals ^ mask) >>> 0), test, holds);
  }
  return narrowed(excluding(known, mask, equals), test, holds);
}

/** Of the possible values those that answer the test so. */
function narrowed(known: Knowledge, test: Question, holds: boolean): Knowledge {
  if (known.among === undefined) return known;
  const among = known.among.filter((value) => holdsFor(test, value) === holds);
  const [only] = among;
  if (among.length === 1 && only !== undefined) return exactly(only);
  return knowledge(known.least, known.most, known.mask, known.bits, known.excluded, among);
}

/** The answer to a test of the value `k`. */
export function holdsFor(test: Question, k: number): boolean {
  return test.kind === 'above' ? k > test.bound : (k & test.mask) >>> 0 === test.equals;
}

function withBits({ least, most, mask, bits, excluded, among }: Knowledge, more: number, equals: number): Knowledge {
  const all = (mask | more) >>> 0;
  const known = ((bits & ~more) | (equals & more)) >>> 0;
  return all === 0xffffffff ? exactly(known) : knowledge(least, most, all, known, excluded, among);
}

/** One masked value less; the oldest of too many is forgotten. */
function excluding({ least, most, mask, bits, excluded, among }: Knowledge, of: number, equals: number): Knowledge {
  const longer = excluded.length < exclusionLimit ? excluded.slice() : excluded.slice(1);
  longer.push({ mask: of, equals });
  return knowledge(least, most, mask, bits, longer, among);
}

/** What is known where two ways meet. */
export function shared(a: Knowledge, b: Knowledge): Knowledge {
  if (a === b) return a;
  const mask = (a.mask & b.mask & ~(a.bits ^ b.bits)) >>> 0;
  const among = a.among === undefined || b.among === undefined ? undefined : union(a.among, b.among);
  const [least, most] = [Math.min(a.least, b.least), Math.max(a.most, b.most)];
  return knowledge(least, most, mask, (a.bits & mask) >>> 0, excludedByBoth(a, b), among);
}

function union(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const all = [...new Set([...a, ...b])];
  return all.length > amongLimit ? undefined : all;
}

/** What either excludes, as far as the other does too. */
function excludedByBoth(a: Knowledge, b: Knowledge): Knowledge['excluded'] {
  if (a.excluded === b.excluded) return a.excluded;
  const both: Exclusion[] = [];
  addExcluded(both, b, a.excluded);
  addExcluded(both, a, b.excluded);
  return both.length > exclusionLimit ? both.slice(-exclusionLimit) : both;
}

/** Adds those of the others that `known` excludes too, each once. */
function addExcluded(both: Exclusion[], known: Knowledge, others: readonly Exclusion[]): void {
  for (const one of others) {
    if (answerToMatch(known, one.mask, one.equals) === false && !isAmong(both, one)) both.push(one);
  }
}

function isAmong(list: readonly Exclusion[], { mask, equals }: Exclusion): boolean {
  for (const one of list) if (one.mask === mask && one.equals === equals) return true;
  return false;
}
