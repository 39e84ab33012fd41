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
const chainLength = 8;

/** The decision for every number: the target of the first case that it is in, else `otherwise`. */
export function decide<T>(cases: readonly Case<T>[], otherwise: T): Decision<T> {
  const ranges = partition(cases, otherwise);
  return between(ranges, 0, ranges.length);
}

/** All numbers in ascending ranges, no two neighbours with the same target. */
export function partition<T>(cases: readonly Case<T>[], otherwise: T): Case<T>[] {
  const ranges: Case<T>[] = [];
  const byLow = cases.map((one, rank) => ({ ...one, rank })).sort((a, b) => a.low - b.low || a.rank - b.rank);
  const edges = [...new Set([0, ...cases.flatMap(({ low, high }) => [low, high + 1])])].sort((a, b) => a - b);
  let open: typeof byLow = [];
  let started = 0;
  edges.forEach((low, at) => {
    if (low > largest) return;
    open = open.filter(({ high }) => high >= low);
    for (; started < byLow.length && byLow[started]!.low <= low; started++) open.push(byLow[started]!);
    const first = open.reduce<(typeof byLow)[number] | undefined>((best, one) => {
      return best === undefined || one.rank < best.rank ? one : best;
    }, undefined);
    append(ranges, {
      low,
      high: (edges[at + 1] ?? largest + 1) - 1,
      target: first === undefined ? otherwise : first.target,
    });
  });
  return ranges;
}

function append<T>(ranges: Case<T>[], range: Case<T>): void {
  const last = ranges.at(-1);
  if (last?.target === range.target) ranges[ranges.length - 1] = { ...last, high: range.high };
  else ranges.push(range);
}

/** The decision for the numbers of the ranges `from` up to but not including `to`. */
function between<T>(ranges: readonly Case<T>[], from: number, to: number): Decision<T> {
  const chain = equalities(ranges, from, to);
  if (chain !== undefined) return chain;
  const middle = (from + to) >>> 1;
  const bound = ranges[middle]!.low - 1;
  return { kind: 'above', bound, yes: between(ranges, middle, to), no: between(ranges, from, middle) };
}

/** One comparison for each single number, where these are few and all others go the same way. */
function equalities<T>(ranges: readonly Case<T>[], from: number, to: number): Decision<T> | undefined {
  if (to - from > 2 * chainLength + 1) return undefined;
  const part = ranges.slice(from, to);
  const wide = part.filter(({ low, high }) => low < high);
  const background = wide[0] ?? part[0]!;
  if (wide.some(({ target }) => target !== background.target)) return undefined;
  const single = part.filter(({ target }) => target !== background.target);
  if (single.length > chainLength) return undefined;
  return single.reduceRight<Decision<T>>(
    (no, { low, target }) => ({ kind: 'equal', value: low, yes: { kind: 'leaf', target }, no }),
    { kind: 'leaf', target: background.target },
  );
}
