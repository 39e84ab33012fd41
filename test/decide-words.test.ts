import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../src/decide/decide.js';
import { decideWords, type MaskedWord, type WordDecision, type Words } from '../src/decide/words.js';

const every = 0xffffffff;

function follow<T>(decision: Decision<T>, k: number): T {
  let at = decision;
  while (at.kind !== 'leaf') at = (at.kind === 'equal' ? k === at.value : k > at.bound) ? at.yes : at.no;
  return at.target;
}

interface Outcome {
  readonly first: number | undefined;
  /** The words that were looked at. */
  readonly looked: readonly number[];
}

/** What a decision says of a number of several words. */
function decided(decision: WordDecision, number: readonly number[]): Outcome {
  const looked: number[] = [];
  let at = decision;
  while (at.kind === 'look') {
    looked.push(at.word);
    at = follow(at.decision, (number[at.word]! & at.mask) >>> 0);
  }
  return { first: at.first, looked };
}

/** The same, one by one. */
function asked(list: readonly Words[], number: readonly number[]): Outcome {
  const looked = new Set<number>();
  const agrees = (words: Words) => {
    return words.every(({ mask, equals }, word) => {
      looked.add(word);
      return (number[word]! & mask) >>> 0 === equals;
    });
  };
  const first = list.findIndex(agrees);
  return { first: first < 0 ? undefined : first, looked: [...looked].sort() };
}

const word = fc.constantFrom(0, 1, 0x80000000, every);
const number = fc.tuple(word, word, word);
const prefix = fc.tuple(number, fc.constantFrom(0, 1, 31, 32, 33, 64, 65, 96)).map(([words, length]): Words => {
  const masks = [0, 32, 64].map((before) => {
    const bits = Math.min(32, Math.max(0, length - before));
    return bits === 0 ? 0 : (every << (32 - bits)) >>> 0;
  });
  return masks
    .map((mask, at): MaskedWord => ({ mask, equals: (words[at]! & mask) >>> 0 }))
    .filter(({ mask }) => mask !== 0);
});

describe('the decision for a list of long numbers', () => {
  it('finds the first that agrees, and looks at the words that the list looks at one by one', () => {
    const law = (list: readonly Words[], numbers: readonly (readonly number[])[], chain: number) => {
      const decision = decideWords(list, undefined, chain);
      for (const one of numbers) expect(decided(decision, one)).toEqual(asked(list, one));
    };
    const lists = fc.array(prefix, { maxLength: 10 });
    fc.assert(fc.property(lists, fc.array(number, { minLength: 8 }), fc.constantFrom(1, 8), law), {
      seed: 1,
      numRuns: 500,
    });
  });

  it('knows which words were looked at before', () => {
    const law = (before: Words, list: readonly Words[], one: readonly number[]) => {
      let at = decideWords(list, before, 8);
      const seen = new Set([0, ...asked([before], one).looked]);
      while (at.kind === 'look') {
        if (at.seen) expect(seen).toContain(at.word);
        at = follow(at.decision, (one[at.word]! & at.mask) >>> 0);
      }
    };
    fc.assert(fc.property(prefix, fc.array(prefix, { maxLength: 10 }), number, law), { seed: 2, numRuns: 1000 });
  });

  it('of 1,000 numbers with the same beginning compares that once', () => {
    const list = Array.from({ length: 1000 }, (_, at): Words => {
      return [7, at * 3].map((equals) => ({ mask: every, equals }));
    });
    const decision = decideWords(list, undefined, 8);
    expect(decision).toMatchObject({ kind: 'look', word: 0, decision: { kind: 'equal', value: 7 } });
    expect(decided(decision, [7, 2997]).first).toBe(999);
    expect(decided(decision, [8, 2997])).toEqual({ first: undefined, looked: [0] });
  });
});
