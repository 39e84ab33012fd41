// Conditions that are too much for one piece without branches: what is asked first, and what is left then.

import { assume, knowing, nothing } from './assume.js';
import { and, type Condition, not, partsOf, simplest, test } from './condition.js';
import type { Choice, Decision } from './decision.js';
import { intersection, largest } from './numbers.js';
import type { Plans } from './plans.js';

/** Parts that are no dearer are asked first, together. */
const cheap = 12;
/** More ranges than half of this aren't asked for one by one. */
const fewEdges = 8;

type Test = Extract<Condition, { kind: 'test' }>;
type Parts = Extract<Condition, { kind: 'and' | 'or' }>;

/** The same decision as a choice with a simpler condition; undefined where nothing can be taken out of it. */
export function divided({ condition, yes, no }: Choice, plans: Plans): Choice | undefined {
  switch (condition.kind) {
    case 'constant':
    case 'compare':
      return undefined;
    case 'test':
      return dividedTest(condition, yes, no, plans);
    case 'and':
    case 'or':
      return dividedParts(condition, yes, no, plans);
  }
}

/** As `choose`, but what has been divided isn't put together again. */
function plain(condition: Condition, yes: Decision, no: Decision): Decision {
  if (condition.kind === 'constant') return condition.holds ? yes : no;
  return { kind: 'choice', condition, yes, no };
}

/** A test of a few ranges: first one of them; of very many: first the half. */
function dividedTest(condition: Test, yes: Decision, no: Decision, plans: Plans): Choice | undefined {
  const { value, numbers } = condition;
  const plan = plans.of(condition);
  if (plan.kind === 'any' && numbers.length > 2 && numbers.length <= fewEdges) {
    const left = plain(test(value, numbers.slice(2)), yes, no);
    return { kind: 'choice', condition: test(value, numbers.slice(0, 2)), yes, no: left };
  }
  if (plan.kind !== 'halves') return undefined;
  const upper = test(condition.value, [plan.middle, largest]);
  return {
    kind: 'choice',
    condition: upper,
    yes: plain(and(condition, upper), yes, no),
    no: plain(and(condition, not(upper)), yes, no),
  };
}

function dividedParts(condition: Parts, yes: Decision, no: Decision, plans: Plans): Choice | undefined {
  const { kind, parts } = condition;
  const exclusive = kind === 'or' ? exclusiveTest(parts) : undefined;
  if (exclusive !== undefined) {
    const left = (known: Condition) => plain(assume(condition, knowing(nothing, known)), yes, no);
    return { kind: 'choice', condition: exclusive, yes: left(exclusive), no: left(not(exclusive)) };
  }
  const first = firstOf(parts, plans);
  const rest = parts.filter((part) => !first.includes(part));
  if (rest.length === 0) return undefined;
  const left: Choice = { kind: 'choice', condition: simplest(kind, rest), yes, no };
  const asked = simplest(kind, first);
  return { kind: 'choice', condition: asked, yes: kind === 'and' ? left : yes, no: kind === 'and' ? no : left };
}

/** What can be asked at once: all that is cheap, or else the first part. */
function firstOf(parts: readonly Condition[], plans: Plans): readonly Condition[] {
  if (!plans.switches.branchFree) return parts.slice(0, 1);
  const few = parts.filter((part) => plans.costOf(part) <= cheap);
  return few.length === 0 || few.length === parts.length ? parts.slice(0, 1) : few;
}

/** A test that only one of the parts can pass: it says which of them to go on with. */
function exclusiveTest(parts: readonly Condition[]): Test | undefined {
  for (const part of parts) {
    for (const test of testsIn(part)) {
      const isElsewhere = parts.some((other) => other !== part && testsIn(other).some((one) => excludes(test, one)));
      if (isElsewhere && part !== test) return test;
    }
  }
  return undefined;
}

function testsIn(part: Condition): readonly Test[] {
  return partsOf('and', part).filter((one) => one.kind === 'test');
}

function excludes(a: Test, b: Test): boolean {
  return a.value === b.value && intersection(a.numbers, b.numbers).length === 0;
}
