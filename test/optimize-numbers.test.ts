// Sets of numbers, over a small world: every pair of sets of the numbers from 0 to 5, at both ends of the 32 bits.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as numbers from '../src/optimize/numbers.js';
import { contains, tableOf } from '../src/optimize/table.js';

const world = 6;
const subsets = Array.from({ length: 2 ** world }, (_, bits) => bits);

/** The set of those numbers whose bit is set, counted from a place. */
function setOf(bits: number, place: number): numbers.Numbers {
  let set = numbers.none;
  for (let i = 0; i < world; i++) if ((bits >> i) & 1) set = numbers.union(set, [place + i, place + i]);
  return set;
}

function bitsOf(set: numbers.Numbers, place: number): number {
  return Array.from({ length: world }, (_, i) => (numbers.has(set, place + i) ? 1 << i : 0)).reduce((a, b) => a | b);
}

describe.each([
  ['the start', 0],
  ['the end', 2 ** 32 - world],
])('sets of numbers at %s', (_, place) => {
  it('are joined and cut as sets are', () => {
    for (const a of subsets) {
      const one = setOf(a, place);
      expect(bitsOf(one, place)).toBe(a);
      expect(bitsOf(numbers.complement(one), place)).toBe(~a & (2 ** world - 1));
      expect(numbers.complement(numbers.complement(one))).toEqual(one);
      for (const b of subsets) {
        const other = setOf(b, place);
        expect(numbers.union(one, other)).toEqual(setOf(a | b, place));
        expect(numbers.intersection(one, other)).toEqual(setOf(a & b, place));
        expect(numbers.includes(one, other)).toBe((a | b) === a);
      }
    }
  });

  it('are the sum of their prefixes', () => {
    for (const bits of subsets) {
      const blocks = numbers.prefixes(setOf(bits, place), world)!;
      const found = Array.from({ length: world }, (_, i) => {
        return blocks.some(({ mask, value }) => ((place + i) & mask) >>> 0 === value) ? 1 << i : 0;
      });
      expect(found.reduce((a, b) => a | b)).toBe(bits);
    }
  });
});

describe('a table', () => {
  it('has the numbers that it was made of, and no others', () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 0, max: 300 }));
    fc.assert(
      fc.property(fc.uniqueArray(number, { minLength: 1, maxLength: 400 }), fc.array(number), (keys, others) => {
        const table = tableOf(keys);
        const known = new Set(keys);
        for (const each of [...keys, ...others, 0, 0xffff_ffff]) expect(contains(table, each)).toBe(known.has(each));
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('of ten thousand numbers has not much more than twice as many slots', () => {
    const table = tableOf(Array.from({ length: 10_000 }, (_, i) => (i * 2_654_435_761) >>> 0));
    expect(table.slots.length).toBeLessThanOrEqual(2 ** 15);
  });
});
