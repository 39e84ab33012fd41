// Tristate numbers against all the numbers that they stand for: four bits exhaustively, 64 at random. Pairs of what is known of
// five and six bits: scripts/transfer.mjs.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tnum } from '../src/abstract/tnum.js';
import * as tnum from '../src/abstract/tnum.js';
import type { Word } from '../src/abstract/word.js';
import * as word from '../src/abstract/word.js';
import { placeNames, tnums } from './small-world.js';

type Abstract = (a: Tnum, b: Tnum) => Tnum;
type Concrete = (a: Word, b: Word) => Word;

const operations: readonly (readonly [string, Abstract, Concrete])[] = [
  ['add', tnum.add, word.add],
  ['sub', tnum.sub, word.sub],
  ['multiply', tnum.multiply, word.multiply],
  ['and', tnum.and, word.and],
  ['or', tnum.or, word.or],
  ['xor', tnum.xor, word.xor],
];

const shifts = [
  ['shiftLeft', tnum.shiftLeft, word.shiftLeft],
  ['shiftRight', tnum.shiftRight, word.shiftRight],
  ['shiftRightSigned', tnum.shiftRightSigned, word.shiftRightSigned],
] as const;

/** Whether the bits of `value` and `mask` don't contradict each other. */
function isWellFormed({ value, mask }: Tnum): boolean {
  return word.isZero(word.and(value, mask));
}

describe.each(placeNames)('four bits, %s', (place) => {
  const world = tnums(place, 4);

  it.each(operations)('%s holds every result', (_, abstract, concrete) => {
    for (const a of world) {
      for (const b of world) {
        const result = abstract(a.known, b.known);
        if (!isWellFormed(result)) expect.fail('a bit is known and unknown');
        for (const x of a.numbers) {
          for (const y of b.numbers) if (!tnum.contains(result, concrete(x, y))) expect.fail(`${x} ${y}`);
        }
      }
    }
  });

  it('includes, overlaps and equality mean what they say of the numbers', () => {
    for (const a of world) {
      for (const b of world) {
        const isIn = (x: Word) => tnum.contains(a.known, x);
        if (tnum.includes(a.known, b.known) !== b.numbers.every(isIn)) expect.fail('includes');
        if (tnum.overlaps(a.known, b.known) !== b.numbers.some(isIn)) expect.fail('overlaps');
      }
    }
  });

  it('union holds both, intersect what is in both', () => {
    for (const a of world) {
      for (const b of world) {
        const [both, either] = [tnum.intersect(a.known, b.known), tnum.union(a.known, b.known)];
        if (![...a.numbers, ...b.numbers].every((x) => tnum.contains(either, x))) expect.fail('union');
        const common = a.numbers.filter((x) => tnum.contains(b.known, x));
        if (!common.every((x) => tnum.contains(both, x))) expect.fail('intersect');
      }
    }
  });
});

describe.each(placeNames)('six bits, %s', (place) => {
  const world = tnums(place, 6);

  it.each(shifts)('%s holds every result', (_, abstract, concrete) => {
    for (const a of world) {
      for (const n of [0, 1, 2, 5, 6, 31, 32, 33, 58, 63]) {
        const result = abstract(a.known, n);
        for (const x of a.numbers) if (!tnum.contains(result, concrete(x, n))) expect.fail(`${x} by ${n}`);
      }
    }
  });
});

describe('64 bits', () => {
  const number = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
  const known = fc.record({ x: number, mask: number }).map(({ x, mask }) => ({
    x: word.fromBigInt(x),
    known: { value: word.fromBigInt(x & ~mask), mask: word.fromBigInt(mask) },
  }));

  it.each(operations)('%s holds the result', (_, abstract, concrete) => {
    fc.assert(
      fc.property(known, known, (a, b) => tnum.contains(abstract(a.known, b.known), concrete(a.x, b.x))),
      { seed: 1, numRuns: 3000 },
    );
  });

  it('range is the narrowest that holds both ends', () => {
    expect(tnum.range(word.fromNumber(0x10), word.fromNumber(0x17))).toEqual({
      value: word.fromNumber(0x10),
      mask: word.fromNumber(7),
    });
    expect(tnum.range(word.zero, word.ones)).toEqual(tnum.unknown);
    expect(tnum.range(word.one, word.one)).toEqual(tnum.constant(word.one));
  });
});
