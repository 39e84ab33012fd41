// All that is known at a place of the program, whichever way led there.

import { demandsOf, type Test } from '../condition.js';
import type { Demand, Value } from '../value.js';
import { answer, type Knowledge, learned, type Simple, shared, unrestricted } from './knowledge.js';
import { common, extended, nothing, type Reach, satisfied, without } from './reach.js';

/** Lists, the newest last: they are short, and looked at far more often than they change. */
export interface Facts {
  readonly reach: Reach;
  readonly values: readonly Known[];
  /** Answers of tests that compare two values. */
  readonly comparisons: readonly Compared[];
}

interface Known {
  readonly value: Value;
  readonly knowledge: Knowledge;
}

type Comparison = Extract<Test, { readonly kind: 'compare' }>;

interface Compared {
  readonly test: Comparison;
  readonly holds: boolean;
}

export const noFacts: Facts = { reach: nothing, values: [], comparisons: [] };

const factLimit = 24;

export const isSimple = (test: Test): test is Simple => test.kind === 'match' || test.kind === 'above';

/** The answer to a test, if it is known. */
export function answerOf(facts: Facts, test: Test): boolean | undefined {
  if (isSimple(test)) return answer(knowledgeOf(facts, test.value), test);
  if (test.kind !== 'compare') return undefined;
  if (test.left === test.right) return test.relation !== 'above';
  for (const one of facts.comparisons) if (isSame(one.test, test)) return one.holds;
  return undefined;
}

function isSame(a: Comparison, b: Comparison): boolean {
  return a.left === b.left && a.right === b.right && a.relation === b.relation;
}

function knowledgeOf({ values }: Facts, value: Value): Knowledge {
  const at = placeOf(values, value);
  return at < 0 ? unrestricted(value) : values[at]!.knowledge;
}

/** The few values that are possible, where there are few. */
export function possibleValues({ values }: Facts, value: Value): readonly number[] | undefined {
  const at = placeOf(values, value);
  return at < 0 ? undefined : values[at]!.knowledge.among;
}

/** Whether everything that can fail has succeeded before, or has to succeed afterwards. */
export function isSafe(facts: Facts, demands: readonly Demand[], afterwards: Reach): boolean {
  for (const demand of demands) {
    if (!satisfied(facts.reach, demand) && !satisfied(afterwards, demand)) return false;
  }
  return true;
}

/** What is known behind a test that was answered. */
export function after(facts: Facts, test: Test, holds: boolean): Facts {
  const reach = extended(facts.reach, demandsOf(test));
  const { values, comparisons } = facts;
  if (isSimple(test)) return { reach, values: withAnswer(values, test, holds), comparisons };
  if (test.kind !== 'compare') return reach === facts.reach ? facts : { reach, values, comparisons };
  return { reach, values, comparisons: withComparison(comparisons, { test, holds }) };
}

function withAnswer(values: readonly Known[], test: Simple, holds: boolean): readonly Known[] {
  const { value } = test;
  const at = placeOf(values, value);
  const before = at < 0 ? unrestricted(value) : values[at]!.knowledge;
  return withOne(values, at, { value, knowledge: learned(before, test, holds) });
}

function placeOf(values: readonly Known[], value: Value): number {
  for (let at = 0; at < values.length; at++) if (values[at]!.value === value) return at;
  return -1;
}

function withComparison(comparisons: readonly Compared[], one: Compared): readonly Compared[] {
  const at = comparisons.findIndex(({ test }) => isSame(test, one.test));
  return withOne(comparisons, at, one);
}

/** The list with one more in place of the one at `at`; behind all others where that is -1, and without the oldest where there are too many. */
function withOne<T>(list: readonly T[], at: number, one: T): readonly T[] {
  const longer = list.length < factLimit || at >= 0 ? list.slice() : list.slice(1);
  if (at < 0) longer.push(one);
  else longer[at] = one;
  return longer;
}

/** What is known behind the evaluation of a value, and where it is kept in a variable, behind that. */
export function afterStep(facts: Facts, value: Value, variable: Value | undefined): Facts {
  const reach = extended(facts.reach, value.demands);
  if (variable?.kind !== 'variable') return { reach, values: facts.values, comparisons: facts.comparisons };
  const bit = 1 << variable.index;
  const knowledge = knowledgeOf(facts, value);
  const stays = facts.values.filter((one) => (one.value.variables & bit) === 0);
  const comparisons = facts.comparisons.filter(
    ({ test }) => ((test.left.variables | test.right.variables) & bit) === 0,
  );
  return { reach: without(reach, variable.index), values: [...stays, { value: variable, knowledge }], comparisons };
}

/** What is known where two ways meet. */
export function meet(a: Facts, b: Facts): Facts {
  if (a === b) return a;
  const values = a.values === b.values ? a.values : knownByBoth(a, b);
  const comparisons =
    a.comparisons === b.comparisons
      ? a.comparisons
      : a.comparisons.filter(({ test, holds }) => {
          return b.comparisons.some((other) => isSame(other.test, test) && other.holds === holds);
        });
  return { reach: common(a.reach, b.reach), values, comparisons };
}

function knownByBoth(a: Facts, b: Facts): readonly Known[] {
  const both: Known[] = [];
  for (const one of a.values) {
    const at = placeOf(b.values, one.value);
    if (at < 0) continue;
    const knowledge = shared(one.knowledge, b.values[at]!.knowledge);
    both.push(knowledge === one.knowledge ? one : { value: one.value, knowledge });
  }
  return both;
}
