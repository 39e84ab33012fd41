// Lists of numbers and ranges to balanced decisions: the answer for a number takes a logarithmic number of comparisons,
// and the whole a linear number of them. Numbers are unsigned and have 32 bits.

/** What is to be done with the numbers from `low` to `high`. Of cases that overlap the first one counts. */
export interface Case<T> {
  readonly low: number;
  readonly high: number;
  readonly target: T;
}

export type Decision<T> =
  | { readonly kind: 'leaf'; readonly target: T }
  | { readonly kind: 'equal'; readonly value: number; readonly yes: Decision<T>; readonly no: Decision<T> }
  | { readonly kind: 'above'; readonly bound: number; readonly yes: Decision<T>; readonly no: Decision<T> };

const largest = 0xffffffff;

/** So many single numbers are compared one by one before halving them pays. */
export const shortChain = 8;

/**
 * The decision for every number: the target of the first case that it is in, else `otherwise`.
 * @param chain how many single numbers may be compared one by one: more make a shorter decision that takes longer
 */
export function decide<T>(cases: readonly Case<T>[], otherwise: T, chain = shortChain): Decision<T> {
  const ranges = partition(cases, otherwise);
  return between(ranges, 0, ranges.length, chain);
}

/** All numbers in ascending ranges, no two neighbours with the same target. */
export function partition<T>(cases: readonly Case<T>[], otherwise: T): Case<T>[] {
  const sorted = cases.toSorted((a, b) => a.low - b.low);
  const overlapping = sorted.some(({ low }, at) => at > 0 && low <= sorted[at - 1]!.high);
  const ranges: Case<T>[] = [];
  let at = 0;
  for (const { low, high, target } of overlapping ? flattened(cases) : sorted) {
    if (low > at) append(ranges, { low: at, high: low - 1, target: otherwise });
    append(ranges, { low, high, target });
    at = high + 1;
  }
  if (at <= largest) append(ranges, { low: at, high: largest, target: otherwise });
  return ranges;
}

/** The same cases in ascending order, where they overlap only the first of them. */
function flattened<T>(cases: readonly Case<T>[]): Case<T>[] {
  const byLow = cases.map((one, rank) => ({ ...one, rank })).sort((a, b) => a.low - b.low);
  const edges = [...new Set(cases.flatMap(({ low, high }) => [low, high + 1]))].sort((a, b) => a - b);
  const parts: Case<T>[] = [];
  let open: typeof byLow = [];
  let started = 0;
  for (const [at, low] of edges.entries()) {
    open = open.filter(({ high }) => high >= low);
    for (; started < byLow.length && byLow[started]!.low <= low; started++) open.push(byLow[started]!);
    if (open.length === 0) continue;
    const { target } = open.reduce((best, one) => (one.rank < best.rank ? one : best));
    parts.push({ low, high: edges[at + 1]! - 1, target });
  }
  return parts;
}

function append<T>(ranges: Case<T>[], range: Case<T>): void {
  const last = ranges.at(-1);
  if (last?.target !== range.target) ranges.push(range);
  else ranges[ranges.length - 1] = { low: last.low, high: range.high, target: last.target };
}

/** The decision for the numbers of the ranges `from` up to but not including `to`. */
function between<T>(ranges: readonly Case<T>[], from: number, to: number, chain: number): Decision<T> {
  const equal = equalities(ranges, from, to, chain);
  if (equal !== undefined) return equal;
  const middle = middleOf(from, to, chain);
  const bound = ranges[middle]!.low - 1;
  return { kind: 'above', bound, yes: between(ranges, middle, to, chain), no: between(ranges, from, middle, chain) };
}

/** Where to divide, so that the parts are made of full chains: a single number and what lies before it are two ranges. */
function middleOf(from: number, to: number, chain: number): number {
  const chains = Math.ceil((to - from) / (2 * chain));
  return chains > 1 ? from + 2 * chain * (chains >>> 1) : (from + to) >>> 1;
}

/** One comparison for each single number, where these are few and all others go the same way. */
function equalities<T>(ranges: readonly Case<T>[], from: number, to: number, chain: number): Decision<T> | undefined {
  if (to - from > 2 * chain + 1) return undefined;
  const part = ranges.slice(from, to);
  const wide = part.filter(({ low, high }) => low < high);
  const background = wide[0] ?? part[0]!;
  if (wide.some(({ target }) => target !== background.target)) return undefined;
  const single = part.filter(({ target }) => target !== background.target);
  if (single.length > chain) return undefined;
  return single.reduceRight<Decision<T>>(
    (no, { low, target }) => ({ kind: 'equal', value: low, yes: { kind: 'leaf', target }, no }),
    { kind: 'leaf', target: background.target },
  );
}
