// In which order the rules of one call are asked. Policies give a call several rules, and what that means was never written
// down: libseccomp, which runc hands its rules to, lets a rule without conditions replace all others, and asks the others by
// what they compare, not as they were given; the order of the policy, in which the first match decides, is what the runtime
// specification says and crun's users rely on.

import type { Arch } from './arch.js';
import type { Condition, Operator } from './condition.js';
import type { Rule, Runtime } from './policy.js';
import { everything, fulfilling } from './region.js';

/** The rules as a runtime asks them. What stands behind one without conditions is never reached. */
export function ordered(rules: readonly Rule[], runtime: Runtime): readonly Rule[] {
  const always = rules.findIndex(({ conditions }) => conditions.length === 0);
  if (runtime === 'crun') return rules;
  const asked = rules.filter((_, at) => at !== always).toSorted(byComparison);
  return always < 0 ? asked : [rules[always]!, ...asked];
}

/** libseccomp asks equalities before upper bounds, and those before lower bounds. */
const rank: Readonly<Record<Operator, number>> = { EQ: 0, NE: 0, MASKED_EQ: 0, LE: 1, LT: 1, GE: 2, GT: 2 };

/** The later argument first, then the kind of comparison, then the value that is harder to fulfil. */
function byComparison(a: Rule, b: Rule): number {
  for (const [at, left] of a.conditions.entries()) {
    const right = b.conditions[at];
    if (right === undefined) return -1;
    const difference = comparison(left, right);
    if (difference !== 0) return difference;
  }
  return a.conditions.length - b.conditions.length;
}

function comparison(a: Condition, b: Condition): number {
  if (a.argument !== b.argument) return b.argument - a.argument;
  if (rank[a.op] !== rank[b.op]) return rank[a.op] - rank[b.op];
  if (a.value === b.value) return 0;
  const descending = a.value > b.value ? -1 : 1;
  return rank[a.op] === 1 ? -descending : descending;
}

/** Two rules of one call with different answers, and calls that both are for. */
export interface Conflict {
  readonly earlier: Rule;
  readonly later: Rule;
  /** Whether the conditions are the same: libseccomp refuses to load such a policy. */
  readonly isSame: boolean;
}

/** Every pair of rules that answer some call differently. */
export function conflicts(rules: readonly Rule[], arch: Arch): readonly Conflict[] {
  return rules.flatMap((later, at) =>
    rules
      .slice(0, at)
      .filter((earlier) => earlier.action !== later.action && overlap(earlier, later, arch))
      .map((earlier) => ({ earlier, later, isSame: sameConditions(earlier, later) })),
  );
}

function overlap(a: Rule, b: Rule, arch: Arch): boolean {
  return fulfilling(everything, [...a.conditions, ...b.conditions], arch).length > 0;
}

function sameConditions(a: Rule, b: Rule): boolean {
  const key = ({ conditions }: Rule) => conditions.map((c) => `${c.argument} ${c.op} ${c.value} ${c.mask}`).join();
  return key(a) === key(b);
}
