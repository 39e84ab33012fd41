// Sets of whole numbers as ascending ranges that don't touch.

import type { NumberSource, Order } from './ast.js';

export type Range = readonly [low: bigint, high: bigint];
export type Ranges = readonly Range[];

/** The numbers that a source can hold. */
export function domain({ size, signed }: Pick<NumberSource, 'size' | 'signed'>): Range {
  const bits = BigInt(size * 8);
  return signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

/** The numbers of a domain that stand in an order to a value. */
export function inOrder([least, most]: Range, order: Order, value: bigint): Ranges {
  switch (order) {
    case '==':
      return nonEmpty([value, value]);
    case '!=':
      return complement([[value, value]], [least, most]);
    case '<':
      return nonEmpty([least, value - 1n]);
    case '<=':
      return nonEmpty([least, value]);
    case '>':
      return nonEmpty([value + 1n, most]);
    case '>=':
      return nonEmpty([value, most]);
  }
}

function nonEmpty(range: Range): Ranges {
  return range[0] <= range[1] ? [range] : [];
}

export function complement(ranges: Ranges, [least, most]: Range): Ranges {
  const rest: Range[] = [];
  let at = least;
  for (const [low, high] of ranges) {
    if (low > at) rest.push([at, low - 1n]);
    at = high + 1n;
  }
  if (at <= most) rest.push([at, most]);
  return rest;
}

export function union(ranges: Ranges): Ranges {
  const joined: (readonly [bigint, bigint])[] = [];
  for (const range of ranges.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const last = joined.at(-1);
    if (last === undefined || range[0] > last[1] + 1n) joined.push(range);
    else if (range[1] > last[1]) joined[joined.length - 1] = [last[0], range[1]];
  }
  return joined;
}

export function intersection(a: Ranges, b: Ranges, whole: Range): Ranges {
  return complement(union([...complement(a, whole), ...complement(b, whole)]), whole);
}

/** The part of the ranges that lies in a domain. */
export function within(ranges: Ranges, [least, most]: Range): Ranges {
  return ranges.flatMap(([low, high]) => nonEmpty([low < least ? least : low, high > most ? most : high]));
}
