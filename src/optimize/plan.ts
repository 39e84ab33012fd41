// How a set of numbers is best asked for: as one comparison, a few, or a table. The choice depends on the set alone.

import { complement, intersection, type Numbers, type Prefix, prefixes, range } from './numbers.js';

export type Plan =
  /** number & mask == value */
  | { readonly kind: 'equal'; readonly prefix: Prefix }
  /** first <= number; `signed`: as signed numbers */
  | { readonly kind: 'from'; readonly first: number; readonly signed: boolean }
  /** number <= last */
  | { readonly kind: 'to'; readonly last: number }
  /** first <= number <= last */
  | { readonly kind: 'between'; readonly first: number; readonly last: number }
  /** number & mask is in the table */
  | { readonly kind: 'table'; readonly mask: number; readonly keys: readonly number[] }
  | { readonly kind: 'any'; readonly plans: readonly Plan[] }
  | { readonly kind: 'not'; readonly plan: Plan }
  /** too many ranges: it is halved first */
  | { readonly kind: 'halves'; readonly middle: number };

/** The most tables that one value is looked for in: one for each length of prefix. */
const mostTables = 4;
const mostKeys = 2 ** 17;

export interface PlanOptions {
  /** Whether long lists may become tables. */
  readonly tables: boolean;
  /** More comparisons than this of one value and a table is cheaper. */
  readonly fewTests: number;
}

/**
 * @param most the largest number that is asked about. No larger one is compared with: of bits that a number doesn't have, a comparison
 * would say of all numbers what holds for none.
 */
export function planFor(numbers: Numbers, most: number, options: PlanOptions): Plan {
  const asked = range(0, most);
  const inside = intersection(numbers, asked);
  const outside = intersection(complement(numbers), asked);
  return (
    oneRange(inside, most) ??
    negated(oneRange(outside, most)) ??
    list(inside, outside, most, options) ?? { kind: 'halves', middle: numbers[(numbers.length >>> 2) * 2]! }
  );
}

/** What one comparison can say. */
function oneRange(numbers: Numbers, most: number): Plan | undefined {
  if (numbers.length !== 2) return undefined;
  const [first, last] = [numbers[0]!, numbers[1]!];
  const [prefix] = prefixes(numbers, 1) ?? [];
  if (prefix !== undefined) return { kind: 'equal', prefix };
  if (last === most) return { kind: 'from', first, signed: false };
  if (first === 0) return { kind: 'to', last };
  if (last === 0x7fff_ffff) return { kind: 'from', first, signed: true };
  return { kind: 'between', first, last };
}

function negated(plan: Plan | undefined): Plan | undefined {
  return plan && { kind: 'not', plan };
}

/** A few comparisons, or tables. */
function list(inside: Numbers, outside: Numbers, most: number, { tables, fewTests }: PlanOptions): Plan | undefined {
  const few = fewRanges(inside, most, fewTests) ?? negated(fewRanges(outside, most, fewTests));
  if (few !== undefined || !tables) return few;
  return tablesOf(inside, fewTests) ?? negated(tablesOf(outside, fewTests));
}

function fewRanges(numbers: Numbers, most: number, fewTests: number): Plan | undefined {
  const blocks = prefixes(numbers, fewTests);
  if (blocks !== undefined) return { kind: 'any', plans: blocks.map((prefix) => ({ kind: 'equal', prefix })) };
  if (numbers.length > 2 * fewTests) return undefined;
  const plans: Plan[] = [];
  for (let i = 0; i < numbers.length; i += 2) plans.push(oneRange(numbers.slice(i, i + 2), most)!);
  return { kind: 'any', plans };
}

/** A table for each length of prefix of which there are many. */
function tablesOf(numbers: Numbers, fewTests: number): Plan | undefined {
  const blocks = prefixes(numbers, mostKeys);
  if (blocks === undefined) return undefined;
  const groups = new Map<number, number[]>();
  for (const { mask, value } of blocks) {
    const group = groups.get(mask);
    if (group === undefined) groups.set(mask, [value]);
    else group.push(value);
  }
  if (groups.size > mostTables) return undefined;
  const plans = [...groups].flatMap(([mask, keys]): Plan[] => {
    if (keys.length > fewTests) return [{ kind: 'table', mask, keys }];
    return keys.map((value) => ({ kind: 'equal', prefix: { mask, value } }));
  });
  return plans.length === 1 ? plans[0] : { kind: 'any', plans };
}

/** About how many of the processor's operations a plan takes, the load of the value aside. */
export function costOf(plan: Plan): number {
  switch (plan.kind) {
    case 'equal':
    case 'from':
    case 'to':
      return 2;
    case 'between':
      return 3;
    case 'table':
      return 6;
    case 'any':
      return plan.plans.reduce((sum, part) => sum + costOf(part) + 1, 0);
    case 'not':
      return costOf(plan.plan);
    case 'halves':
      return Number.POSITIVE_INFINITY;
  }
}
