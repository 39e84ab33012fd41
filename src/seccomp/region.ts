// Sets of calls: what is known of each word of `seccomp_data`. A region is a product of sets of words, so that it is empty
// exactly where one of them is.

import type { Arch } from './arch.js';
import { type Condition, halves, words } from './condition.js';
import { anyWord, contains, refined, type WordSet, type WordTest, witness } from './wordset.js';

/** By the index of the word; undefined: nothing is known of it. */
export type Region = readonly (WordSet | undefined)[];

export const everything: Region = Array.from({ length: words.count }, () => undefined);

/** A test of one word, and how it came out. */
export interface Fact {
  readonly word: number;
  readonly test: WordTest;
  readonly truth: boolean;
}

export function wordOf(region: Region, word: number): WordSet {
  return region[word] ?? anyWord;
}

/** The part of a region for which all the facts hold; undefined where it is empty. */
export function restricted(region: Region, facts: readonly Fact[]): Region | undefined {
  const result = region.slice();
  for (const { word, test, truth } of facts) {
    const set = refined(wordOf(result, word), test, truth);
    if (set === undefined) return undefined;
    result[word] = set;
  }
  return result;
}

/** The parts of a region for which a condition holds, or doesn't: none overlap, and none is empty. */
export function divided(region: Region, condition: Condition, truth: boolean, arch: Arch): readonly Region[] {
  return waysOf(condition, arch)[truth ? 'yes' : 'no'].flatMap((facts) => {
    const part = restricted(region, facts);
    return part === undefined ? [] : [part];
  });
}

/** How a comparison comes out either way. */
interface Ways {
  readonly arch: Arch;
  readonly yes: readonly (readonly Fact[])[];
  readonly no: readonly (readonly Fact[])[];
}

/** A proof asks for the ways of one condition thousands of times. */
const remembered = new WeakMap<Condition, Ways>();

function waysOf(condition: Condition, arch: Arch): Ways {
  const before = remembered.get(condition);
  if (before?.arch === arch) return before;
  const ways = { arch, yes: alternatives(condition, true, arch), no: alternatives(condition, false, arch) };
  remembered.set(condition, ways);
  return ways;
}

/** The ways in which a comparison of 64 bits comes out so, each as tests of 32 bits. */
function alternatives({ argument, op, value, mask }: Condition, truth: boolean, arch: Arch): Fact[][] {
  const { low, high } = halves(arch, argument);
  const [below, above] = [Number(value & 0xffff_ffffn), Number(value >> 32n)];
  const [maskLow, maskHigh] = [Number(mask & 0xffff_ffffn), Number(mask >> 32n)];
  const lowFact = (name: WordTest['op'], holds: boolean): Fact => ({
    ...{ word: low, test: { mask: maskLow, op: name, k: below } },
    truth: holds,
  });
  const highFact = (name: WordTest['op'], holds: boolean): Fact => ({
    ...{ word: high, test: { mask: maskHigh, op: name, k: above } },
    truth: holds,
  });
  const narrow = arch.bits === 32;
  const equal = (holds: boolean) => {
    if (narrow) return [[lowFact('eq', holds)]];
    if (holds) return [[highFact('eq', true), lowFact('eq', true)]];
    return [[highFact('eq', false)], [highFact('eq', true), lowFact('eq', false)]];
  };
  const ordered = (name: 'gt' | 'ge', holds: boolean) => {
    if (narrow) return [[lowFact(name, holds)]];
    const upper = holds ? highFact('gt', true) : highFact('ge', false);
    return [[upper], [highFact('eq', true), lowFact(name, holds)]];
  };
  switch (op) {
    case 'EQ':
    case 'MASKED_EQ':
      return equal(truth);
    case 'NE':
      return equal(!truth);
    case 'GT':
      return ordered('gt', truth);
    case 'LE':
      return ordered('gt', !truth);
    case 'GE':
      return ordered('ge', truth);
    case 'LT':
      return ordered('ge', !truth);
  }
}

/** Whether it is plain that no call of the region fulfils an equality: much cheaper than to divide the region. */
export function isImpossible(region: Region, { argument, op, value }: Condition, arch: Arch): boolean {
  if (op !== 'EQ') return false;
  const { low, high } = halves(arch, argument);
  if (!contains(wordOf(region, low), Number(value & 0xffff_ffffn))) return true;
  return arch.bits === 64 && !contains(wordOf(region, high), Number(value >> 32n));
}

/** The part of a region for which all of some conditions hold, as pieces that don't overlap. */
export function fulfilling(region: Region, conditions: readonly Condition[], arch: Arch): readonly Region[] {
  return conditions.reduce<readonly Region[]>(
    (pieces, condition) => pieces.flatMap((piece) => divided(piece, condition, true, arch)),
    [region],
  );
}

/** The rest of the region: as pieces, one for each condition that is the first to fail. */
export function failing(region: Region, conditions: readonly Condition[], arch: Arch): readonly Region[] {
  const [first, ...rest] = conditions;
  if (first === undefined) return [];
  const later = divided(region, first, true, arch).flatMap((piece) => failing(piece, rest, arch));
  return [...divided(region, first, false, arch), ...later];
}

/** `struct seccomp_data` of one call of a region that is not empty: the least in every word. */
export function example(region: Region): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.count));
  for (let word = 0; word < words.count; word++) view.setUint32(4 * word, witness(wordOf(region, word)) ?? 0, true);
  return new Uint8Array(view.buffer);
}
