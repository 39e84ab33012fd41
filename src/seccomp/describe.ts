// Regions in words: what is known of the halves of an argument, as what is known of the argument.

import type { Arch } from './arch.js';
import { argumentCount, halves, ones64, valueText } from './condition.js';
import { type Region, wordOf } from './region.js';
import { anyWord, type WordSet } from './wordset.js';

/** What is known of an argument. */
export interface ArgumentRange {
  readonly argument: number;
  /** As people read it: `0 to 37`, `5`, `& 0x7e020000 == 0`. */
  readonly text: string;
  /** The bounds, both included, where these are all that is known. */
  readonly bounds: readonly [bigint, bigint] | undefined;
}

/** The arguments of which something is known. */
export function argumentsOf(region: Region, arch: Arch): readonly ArgumentRange[] {
  return Array.from({ length: argumentCount }, (_, argument) => argument).flatMap((argument) => {
    const { low, high } = halves(arch, argument);
    return rangeOf(argument, wordOf(region, low), arch.bits === 64 ? wordOf(region, high) : zero, arch) ?? [];
  });
}

const zero: WordSet = { ...anyWord, high: 0 };
const largest = 0xffff_ffff;

function rangeOf(argument: number, low: WordSet, high: WordSet, { bits }: Arch): ArgumentRange | undefined {
  if (isAny(low) && (bits === 32 || isAny(high))) return undefined;
  const bounds = boundsOf(low, high);
  if (bounds !== undefined) return bounded(argument, bounds);
  const holes = holesOf(low, high);
  if (holes !== undefined) return holes.length > 0 ? withHoles(argument, low, high, holes) : undefined;
  const parts = [...partTexts(low, 0n), ...(bits === 64 ? partTexts(high, 32n) : [])];
  return { argument, text: parts.join(' and '), bounds: undefined };
}

/** The single numbers that are missing from a range whose upper half is one; undefined where more is known. */
function holesOf(low: WordSet, high: WordSet): readonly bigint[] | undefined {
  if (high.low !== high.high || low.bits.mask !== 0 || low.not.some(({ mask }) => mask !== largest)) return undefined;
  return low.not.map(({ value }) => (BigInt(high.low) << 32n) | BigInt(value)).toSorted((a, b) => (a < b ? -1 : 1));
}

function withHoles(argument: number, low: WordSet, high: WordSet, holes: readonly bigint[]): ArgumentRange {
  const base = BigInt(high.low) << 32n;
  const { text } = bounded(argument, [base | BigInt(low.low), base | BigInt(low.high)]);
  return { argument, text: `${text}, but not ${holes.map(valueText).join(', ')}`, bounds: undefined };
}

function isAny({ low, high, bits, not }: WordSet): boolean {
  return low === 0 && high === largest && bits.mask === 0 && not.length === 0;
}

/** The numbers that two halves make, where these are all from one bound to another. */
function boundsOf(low: WordSet, high: WordSet): [bigint, bigint] | undefined {
  const isRange = ({ bits, not, low: from, high: to }: WordSet) => not.length === 0 && (bits.mask === 0 || from === to);
  if (!isRange(low) || !isRange(high)) return undefined;
  if (high.low !== high.high && !isAny(low)) return undefined;
  return [(BigInt(high.low) << 32n) | BigInt(low.low), (BigInt(high.high) << 32n) | BigInt(low.high)];
}

function bounded(argument: number, bounds: readonly [bigint, bigint]): ArgumentRange {
  const [from, to] = bounds;
  const text =
    from === to
      ? valueText(from)
      : to === ones64
        ? `from ${valueText(from)} on`
        : `${valueText(from)} to ${valueText(to)}`;
  return { argument, text, bounds };
}

/** What is known of one half; `shift` is where its bits lie in the argument. */
function partTexts({ low, high, bits, not }: WordSet, shift: bigint): string[] {
  const at = (word: number) => `0x${(BigInt(word) << shift).toString(16)}`;
  const half = `& ${at(largest)}`;
  const texts: string[] = [];
  if (bits.mask !== 0 && low !== high) texts.push(`& ${at(bits.mask)} == ${at(bits.value)}`);
  if (low === high) texts.push(`${half} == ${at(low)}`);
  else if (low > 0 || high < largest) texts.push(`${half} from ${at(low)} to ${at(high)}`);
  for (const { mask, value } of not) texts.push(`& ${at(mask)} != ${at(value)}`);
  return texts;
}

export function isSameRange(a: ArgumentRange, b: ArgumentRange): boolean {
  return a.argument === b.argument && a.text === b.text;
}

/** Two ranges that meet as one, or `any` where that is every number; undefined where they don't meet. */
export function joined(a: ArgumentRange, b: ArgumentRange): ArgumentRange | 'any' | undefined {
  if (a.argument !== b.argument || a.bounds === undefined || b.bounds === undefined) return undefined;
  const [first, second] = a.bounds[0] <= b.bounds[0] ? [a.bounds, b.bounds] : [b.bounds, a.bounds];
  if (first[1] + 1n !== second[0]) return undefined;
  return first[0] === 0n && second[1] === ones64 ? 'any' : bounded(a.argument, [first[0], second[1]]);
}
