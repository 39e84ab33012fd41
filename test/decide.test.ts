import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Case, type Decision, decide, partition } from '../src/decide/decide.js';

const largest = 0xffffffff;

/** What a decision says of a number, and after how many comparisons. */
function follow<T>(decision: Decision<T>, k: number): { target: T; steps: number } {
  let at = decision;
  let steps = 0;
  for (; at.kind !== 'leaf'; steps++) at = (at.kind === 'equal' ? k === at.value : k > at.bound) ? at.yes : at.no;
  return { target: at.target, steps };
}

function size<T>(decision: Decision<T>): number {
  return decision.kind === 'leaf' ? 0 : 1 + size(decision.yes) + size(decision.no);
}

const firstCase = (cases: readonly Case<string>[], k: number) => {
  return cases.find(({ low, high }) => low <= k && k <= high)?.target ?? 'none';
};

const edge = fc.oneof(fc.nat(20), fc.constantFrom(largest, largest - 1, 0x80000000), fc.nat(largest));
const someCase = fc.tuple(edge, edge, fc.constantFrom('a', 'b', 'c')).map(([x, y, target]): Case<string> => {
  return { low: Math.min(x, y), high: Math.max(x, y), target };
});

describe('a decision', () => {
  it('gives each number the target of the first case that it is in', () => {
    const law = (cases: readonly Case<string>[], numbers: readonly number[], chain: number) => {
      const decision = decide(cases, 'none', chain);
      const near = cases
        .flatMap(({ low, high }) => [low, high, low - 1, high + 1])
        .filter((k) => k >= 0 && k <= largest);
      for (const k of [0, largest, ...near, ...numbers]) expect(follow(decision, k).target).toBe(firstCase(cases, k));
    };
    const cases = fc.array(someCase, { maxLength: 12 });
    fc.assert(fc.property(cases, fc.array(edge), fc.constantFrom(1, 2, 8, 64), law), { seed: 1, numRuns: 400 });
  });

  it('of many single numbers is about as long as they are many, and logarithmically deep', () => {
    const cases = Array.from({ length: 10_000 }, (_, at) => ({ low: at * 7, high: at * 7, target: true }));
    const decision = decide(cases, false);
    expect(size(decision)).toBeLessThan(11_300);
    for (const k of [0, 1, 35_000, 69_993, 69_994, largest]) {
      expect(follow(decision, k)).toMatchObject({ target: k % 7 === 0 && k < 70_000 });
      expect(follow(decision, k).steps).toBeLessThan(22);
    }
  });

  it('with longer chains is shorter', () => {
    const cases = Array.from({ length: 1000 }, (_, at) => ({ low: at * 3, high: at * 3, target: true }));
    expect(size(decide(cases, false, 128))).toBeLessThan(1010);
  });

  it('of nothing, and of everything, takes no comparison', () => {
    expect(decide([], 'none')).toEqual({ kind: 'leaf', target: 'none' });
    expect(decide([{ low: 0, high: largest, target: 'all' }], 'none')).toEqual({ kind: 'leaf', target: 'all' });
  });

  it('of a range takes one comparison for each of its ends', () => {
    expect(size(decide([{ low: 5, high: 9, target: true }], false))).toBe(2);
    expect(size(decide([{ low: 0, high: 9, target: true }], false))).toBe(1);
    expect(size(decide([{ low: 5, high: largest, target: true }], false))).toBe(1);
  });
});

describe('a partition', () => {
  it('joins neighbours that go the same way', () => {
    const cases = [
      { low: 3, high: 3, target: 'a' },
      { low: 4, high: 7, target: 'a' },
      { low: 8, high: 8, target: 'none' },
    ];
    expect(partition(cases, 'none')).toEqual([
      { low: 0, high: 2, target: 'none' },
      { low: 3, high: 7, target: 'a' },
      { low: 8, high: largest, target: 'none' },
    ]);
  });
});
