// Lists of long numbers (addresses of 48 or 128 bits) to decisions, a word after the other: a word is looked at only where
// one of the list, as far as it agrees so far, asks for it. That is what the list asks one by one; since looking may fail,
// the order of the list counts as well.

import { type Case, type Decision, decide } from './decide.js';

/** What one of the list asks of a word: `(word & mask) = equals`, with a mask of leading bits. */
export interface MaskedWord {
  readonly mask: number;
  readonly equals: number;
}

/** One of a list: what it asks of the words, in the order in which they are looked at, at most of all. */
export type Words = readonly MaskedWord[];

export type WordDecision =
  /** Which of the list is the first that agrees; undefined: none. */
  | { readonly kind: 'end'; readonly first: number | undefined }
  | {
      readonly kind: 'look';
      readonly word: number;
      /** The first of the list that asks for the word here. */
      readonly asking: number;
      /** Whether the word has been looked at before, by the one that was asked before the list. */
      readonly seen: boolean;
      /** What to do with `word & mask`. */
      readonly mask: number;
      readonly decision: Decision<WordDecision>;
    };

interface Member {
  readonly index: number;
  readonly words: Words;
}

/** What holds for all decisions of a list. */
interface Context {
  readonly before: Words | undefined;
  readonly chain: number;
}

/**
 * The decision for a list.
 * @param before what was asked before, with no success: the words that it asked for have been seen; undefined: all have been
 * @param chain how many single numbers may be compared one by one
 */
export function decideWords(list: readonly Words[], before: Words | undefined, chain: number): WordDecision {
  const members = list.map((words, index) => ({ index, words }));
  return atWord(members, 0, undefined, true, { before, chain });
}

/** @param follows whether the words so far are those of `before` */
function atWord(
  members: readonly Member[],
  word: number,
  first: number | undefined,
  follows: boolean,
  context: Context,
): WordDecision {
  const agreeing = members.find(({ words }) => words.length <= word)?.index ?? first;
  // One that stands behind another that agrees is not asked any more.
  const asking = agreeing === undefined ? members : members.filter(({ index }) => index < agreeing);
  const [head] = asking;
  if (head === undefined) return { kind: 'end', first: agreeing };
  const mask = sharedMask(asking, word);
  const own = follows ? context.before?.[word] : undefined;
  const cases = intervals(asking, word, mask !== undefined).map((range): Case<WordDecision> => {
    const { low, high } = range;
    const same = own !== undefined && isWithin(range, own, mask);
    return { low, high, target: atWord(range.members, word + 1, agreeing, same, context) };
  });
  const decision = decide(cases, end(agreeing), context.chain);
  const seen = word === 0 || own !== undefined || context.before === undefined;
  return { kind: 'look', word, asking: head.index, seen, mask: mask ?? 0xffffffff, decision };
}

const end = (first: number | undefined): WordDecision => ({ kind: 'end', first });

/** The bits that all ask for, where these are the same. */
function sharedMask(members: readonly Member[], word: number): number | undefined {
  const mask = members[0]?.words[word]?.mask;
  return members.every(({ words }) => words[word]?.mask === mask) ? mask : undefined;
}

function isWithin({ low, high }: Interval, { mask, equals }: MaskedWord, shared: number | undefined): boolean {
  // With single numbers for masked words, only equal masks can be compared.
  if (shared !== undefined) return shared === mask && low === equals;
  return low >= equals && high <= (equals | ~mask) >>> 0;
}

interface Interval {
  readonly low: number;
  readonly high: number;
  /** Those that agree with all of its numbers; the others agree with none. */
  readonly members: readonly Member[];
}

/** The numbers with which some agree, in ascending intervals. */
function intervals(members: readonly Member[], word: number, single: boolean): Interval[] {
  const ranges = members.map((member) => {
    const { mask, equals } = member.words[word]!;
    return { low: equals, high: single ? equals : (equals | ~mask) >>> 0, member };
  });
  ranges.sort((a, b) => a.low - b.low);
  const edges = [...new Set(ranges.flatMap(({ low, high }) => [low, high + 1]))].sort((a, b) => a - b);
  const found: Interval[] = [];
  let open: typeof ranges = [];
  let started = 0;
  for (const [at, low] of edges.entries()) {
    open = open.filter(({ high }) => high >= low);
    for (; started < ranges.length && ranges[started]!.low <= low; started++) open.push(ranges[started]!);
    if (open.length === 0) continue;
    const agreeing = open.map(({ member }) => member).sort((a, b) => a.index - b.index);
    found.push({ low, high: edges[at + 1]! - 1, members: agreeing });
  }
  return found;
}
