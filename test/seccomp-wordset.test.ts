// Sets of words are exact: a small world, exhaustively.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyWord, contains, refined, type WordSet, type WordTest, witness } from '../src/seccomp/wordset.js';

const ones = 0xffff_ffff;
/** Words of five bits in the middle of a word, so that edges are met on both sides. */
const places = [0, 13, 27];
const world = (place: number) => Array.from({ length: 32 }, (_, x) => (x << place) >>> 0);

function holds({ mask, op, k }: WordTest, word: number): boolean {
  const a = (word & mask) >>> 0;
  if (op === 'eq') return a === k;
  if (op === 'set') return (a & k) !== 0;
  return op === 'gt' ? a > k : a >= k;
}

const test = (place: number): fc.Arbitrary<WordTest> =>
  fc
    .record({
      mask: fc.oneof(fc.constant(31), fc.integer({ min: 0, max: 31 })),
      op: fc.constantFrom('eq', 'gt', 'ge', 'set'),
      k: fc.integer({ min: 0, max: 31 }),
    })
    .map(({ mask, op, k }) => {
      const isWhole = mask === 31 || op === 'gt' || op === 'ge';
      return { mask: isWhole ? ones : (mask << place) >>> 0, op, k: (k << place) >>> 0 } as const;
    });

describe('a set of words', () => {
  it.each(places)('holds the words for which every test came out so (bits from %i on)', (place) => {
    const facts = fc.array(fc.tuple(test(place), fc.boolean()), { maxLength: 12 });
    // all other bits are known to be 0, so that the world is small
    const others = { mask: ~(31 << place) >>> 0, op: 'eq', k: 0 } as const;
    fc.assert(
      fc.property(facts, (all) => {
        let set: WordSet | undefined = refined(anyWord, others, true);
        for (const [fact, truth] of all) set = set && refined(set, fact, truth);
        const expected = world(place).filter((word) => all.every(([fact, truth]) => holds(fact, word) === truth));
        const found = set === undefined ? [] : world(place).filter((word) => contains(set, word));
        expect(found).toEqual(expected);
        expect(set && witness(set)).toBe(expected[0]);
      }),
      { seed: 9, numRuns: 3000 },
    );
  });

  it('is empty where masks leave nothing, and is told so at once', () => {
    let set: WordSet | undefined = anyWord;
    for (let value = 0; value < 256; value++) set = set && refined(set, { mask: 0xff, op: 'eq', k: value }, false);
    expect(set).toBeUndefined();
  });

  it('finds its least word', () => {
    const above = refined(anyWord, { mask: ones, op: 'gt', k: 0x1234_5678 }, true)!;
    expect(witness(above)).toBe(0x1234_5679);
    expect(witness(refined(above, { mask: 0xf000_0000, op: 'eq', k: 0xf000_0000 }, true)!)).toBe(0xf000_0000);
    expect(witness(refined(above, { mask: 0xff, op: 'eq', k: 0 }, true)!)).toBe(0x1234_5700);
    expect(refined(above, { mask: 0xf000_0000, op: 'eq', k: 0 }, true)).toBeUndefined();
  });
});
