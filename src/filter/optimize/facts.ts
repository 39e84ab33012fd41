// All that is known at a place of the program, whichever way led there.

import type { Test } from '../condition.js';
import type { Value } from '../value.js';
import { type Demand, demandsOf, testDemands } from './demand.js';
import { answer, type Knowledge, learned, type Simple, shared, unrestricted } from './knowledge.js';
import { common, extended, nothing, type Reach, satisfied, without } from './reach.js';

export interface Facts {
  readonly reach: Reach;
  readonly values: ReadonlyMap<Value, Knowledge>;
  /** Answers of tests that compare two values. */
  readonly comparisons: ReadonlyMap<string, boolean>;
}

export const noFacts: Facts = { reach: nothing, values: new Map(), comparisons: new Map() };

const factLimit = 24;

export const isSimple = (test: Test): test is Simple => test.kind === 'match' || test.kind === 'above';

const comparisonKey = ({ relation, left, right }: Extract<Test, { kind: 'compare' }>) =>
  `${left.id} ${relation} ${right.id}`;

/** The answer to a test, if it is known. */
export function answerOf(facts: Facts, test: Test): boolean | undefined {
  if (isSimple(test)) return answer(facts.values.get(test.value) ?? unrestricted(test.value), test);
  if (test.kind === 'chain' || test.kind === 'member') return undefined;
  if (test.left === test.right) return test.relation !== 'above';
  return facts.comparisons.get(comparisonKey(test));
}

/** The few values that are possible, where there are few. */
export const possibleValues = (facts: Facts, value: Value): readonly number[] | undefined =>
  facts.values.get(value)?.among;

/** Whether everything that the test can fail by has succeeded before, or has to succeed afterwards. */
export function isSafe(facts: Facts, demands: readonly Demand[], afterwards: Reach): boolean {
  return demands.every((demand) => satisfied(facts.reach, demand) || satisfied(afterwards, demand));
}

/** What is known behind a test that was answered. */
export function after(facts: Facts, test: Test, holds: boolean): Facts {
  const reach = extended(facts.reach, testDemands(test));
  if (isSimple(test)) {
    const knowledge = learned(facts.values.get(test.value) ?? unrestricted(test.value), test, holds);
    return { ...facts, reach, values: added(facts.values, test.value, knowledge) };
  }
  if (test.kind === 'chain') return facts;
  if (test.kind === 'member') return { ...facts, reach };
  return { ...facts, reach, comparisons: added(facts.comparisons, comparisonKey(test), holds) };
}

function added<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  if (map.size < factLimit || map.has(key)) return new Map(map).set(key, value);
  return new Map([...map].slice(1)).set(key, value);
}

/** What is known behind the evaluation of a value, and where it is kept in a variable, behind that. */
export function afterStep(facts: Facts, value: Value, variable: Value | undefined): Facts {
  const reach = extended(facts.reach, demandsOf(value));
  if (variable?.kind !== 'variable') return { ...facts, reach };
  const bit = 1 << variable.index;
  const known = facts.values.get(value) ?? unrestricted(value);
  const stays = [...facts.values].filter(([other]) => (other.variables & bit) === 0);
  // A comparison does not say what it reads, so that none survives.
  return { reach: without(reach, variable.index), values: new Map(stays).set(variable, known), comparisons: new Map() };
}

/** What is known where two ways meet. */
export function meet(a: Facts, b: Facts): Facts {
  if (a === b) return a;
  const values = [...a.values].flatMap(([value, known]) => {
    const other = b.values.get(value);
    return other === undefined ? [] : [[value, shared(known, other)] as const];
  });
  const comparisons = [...a.comparisons].filter(([key, holds]) => b.comparisons.get(key) === holds);
  return { reach: common(a.reach, b.reach), values: new Map(values), comparisons: new Map(comparisons) };
}
