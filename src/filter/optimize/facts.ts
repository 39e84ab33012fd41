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
  return facts.comparisons.find((one) => isSame(one.test, test))?.holds;
}

function isSame(a: Comparison, b: Comparison): boolean {
  return a.left === b.left && a.right === b.right && a.relation === b.relation;
}

function knowledgeOf({ values }: Facts, value: Value): Knowledge {
  for (const one of values) if (one.value === value) return one.knowledge;
  return unrestricted(value);
}

/** The few values that are possible, where there are few. */
export function possibleValues({ values }: Facts, value: Value): readonly number[] | undefined {
  for (const one of values) if (one.value === value) return one.knowledge.among;
  return undefined;
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
  if (isSimple(test)) {
    const { value } = test;
    const knowledge = learned(knowledgeOf(facts, value), test, holds);
    return { reach, values: appended(values, (one) => one.value === value, { value, knowledge }), comparisons };
  }
  if (test.kind !== 'compare') return reach === facts.reach ? facts : { reach, values, comparisons };
  return { reach, values, comparisons: appended(comparisons, (one) => isSame(one.test, test), { test, holds }) };
}

/** The list with one more, in place of an older one on the same, or of the oldest where there are too many. */
function appended<T>(list: readonly T[], same: (one: T) => boolean, one: T): readonly T[] {
  const at = list.findIndex(same);
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
    const other = b.values.find(({ value }) => value === one.value);
    if (other === undefined) continue;
    const knowledge = shared(one.knowledge, other.knowledge);
    both.push(knowledge === one.knowledge ? one : { value: one.value, knowledge });
  }
  return both;
}
