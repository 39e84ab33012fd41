// Whether A is in a set of numbers, as an expression: what the optimizer would ask (src/optimize/plan.ts), a few comparisons, and hash
// tables for the rest.

import { largest, members, type Numbers, none } from '../../optimize/numbers.js';
import { costOf, type Plan, planFor } from '../../optimize/plan.js';
import { tableOf } from '../../optimize/table.js';
import type { Constants } from './constants.js';

/** So many comparisons of one value, which are mostly foreseen, take as long as a table. */
const fewTests = 4;
/** Ranges of so many numbers are as many keys of the one table that single numbers are in. */
const shortRange = 8;
/** What costs more than about four tables is looked up in ranges. */
const mostCost = 32;
const options = { tables: true, fewTests };

export interface Membership {
  /** Holds for the numbers but for the rest. */
  readonly holds: string;
  /** Those that are best looked up in ranges. */
  readonly rest: Numbers;
}

export function membership(numbers: Numbers, constants: Constants): Membership {
  const [short, long] = [rangesThat(numbers, isShort), rangesThat(numbers, (width) => !isShort(width))];
  const plans = short.length > 0 ? [planOfKeys(short)] : [];
  const plan = long.length > 0 ? planFor(long, largest, options) : undefined;
  const isDear = plan !== undefined && costOf(plan) > mostCost;
  if (plan !== undefined && !isDear) plans.push(plan);
  const parts = plans.map((one) => `(${expression(one, constants)})`);
  return { holds: parts.join(' || ') || 'false', rest: isDear ? long : none };
}

function isShort(width: number): boolean {
  return width <= shortRange;
}

function rangesThat(numbers: Numbers, are: (width: number) => boolean): Numbers {
  return numbers.filter((_, i) => are(numbers[i | 1]! - numbers[i & ~1]! + 1));
}

function planOfKeys(numbers: Numbers): Plan {
  const keys = members(numbers, shortRange * numbers.length) ?? [];
  return keys.length > fewTests ? { kind: 'table', mask: largest, keys } : planFor(numbers, largest, options);
}

function expression(plan: Plan, constants: Constants): string {
  switch (plan.kind) {
    case 'equal':
      return `${masked(plan.prefix.mask)} === ${plan.prefix.value | 0}`;
    case 'from':
      return plan.signed ? `A >= ${plan.first}` : `A >>> 0 >= ${plan.first}`;
    case 'to':
      return `A >>> 0 <= ${plan.last}`;
    case 'between':
      return `A - ${plan.first} >>> 0 <= ${plan.last - plan.first}`;
    case 'table':
      return tables(plan, constants);
    case 'any':
      return plan.plans.map((part) => `(${expression(part, constants)})`).join(' || ');
    case 'not':
      return `!(${expression(plan.plan, constants)})`;
    case 'halves':
      throw new Error('a plan without a bound on what it costs');
  }
}

function masked(mask: number): string {
  return mask === largest ? 'A' : `(A & ${mask | 0})`;
}

function tables({ mask, keys }: Plan & { readonly kind: 'table' }, constants: Constants): string {
  const { ways, bits, factors, slots } = tableOf(keys);
  const looks = factors.slice(0, ways).map((factor, way) => {
    const own = Int32Array.from(slots.subarray(way << bits, (way + 1) << bits));
    return `${constants.name(own)}[Math.imul(at, ${factor | 0}) >>> ${32 - bits}] === at`;
  });
  return `(at = ${masked(mask)}, ${looks.join(' || ')})`;
}
