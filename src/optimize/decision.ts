// What a program decides: which result, by which conditions. Programs whose ways all end in one of two results become one
// condition, whatever the shape of their jumps.

import { and, type Condition, either, not, or } from './condition.js';
import type { Value } from './value.js';

export type Decision = { readonly kind: 'result'; readonly value: Value } | Choice;

export interface Choice {
  readonly kind: 'choice';
  readonly condition: Condition;
  readonly yes: Decision;
  readonly no: Decision;
}

/** `yes` where the condition holds, else `no`. */
export function choose(condition: Condition, yes: Decision, no: Decision): Decision {
  if (condition.kind === 'constant') return condition.holds ? yes : no;
  if (isSame(yes, no)) return yes;
  if (isZero(yes)) return choose(not(condition), no, yes); // a rejection is always `no`, so that equal choices look alike
  if (yes.kind === 'choice' && no.kind === 'choice') {
    const joined = ofTwoResults(condition, yes, no);
    if (joined !== undefined) return joined;
  }
  if (yes.kind === 'choice') {
    if (isSame(yes.no, no)) return choose(and(condition, yes.condition), yes.yes, no);
    if (isSame(yes.yes, no)) return choose(and(condition, not(yes.condition)), yes.no, no);
  }
  if (no.kind === 'choice') {
    if (isSame(no.yes, yes)) return choose(or(condition, no.condition), yes, no.no);
    if (isSame(no.no, yes)) return choose(or(condition, not(no.condition)), yes, no.yes);
  }
  return { kind: 'choice', condition, yes, no };
}

function ofTwoResults(condition: Condition, yes: Choice, no: Choice): Decision | undefined {
  if (isSame(yes.yes, no.yes) && isSame(yes.no, no.no)) {
    return choose(either(condition, yes.condition, no.condition), yes.yes, yes.no);
  }
  if (isSame(yes.yes, no.no) && isSame(yes.no, no.yes)) {
    return choose(either(condition, yes.condition, not(no.condition)), yes.yes, yes.no);
  }
  return undefined;
}

/** Whether it is the result 0: a rejection. */
export function isZero(decision: Decision): boolean {
  return decision.kind === 'result' && decision.value.kind === 'number' && decision.value.number === 0;
}

function isSame(a: Decision, b: Decision): boolean {
  return a === b || (a.kind === 'result' && b.kind === 'result' && a.value === b.value);
}

/** The conditions of all choices that a decision consists of. */
export function conditionsOf(decision: Decision): Condition[] {
  const seen = new Set<Decision>();
  const open = [decision];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'result' || seen.has(next)) continue;
    seen.add(next);
    open.push(next.yes, next.no);
  }
  return [...seen].flatMap((one) => (one.kind === 'choice' ? [one.condition] : []));
}

/** The decision with each of its conditions changed. */
export function mapped(decision: Decision, change: (condition: Condition) => Condition): Decision {
  const done = new Map<Decision, Decision>();
  const visit = (one: Decision): Decision => {
    if (one.kind === 'result') return one;
    const known = done.get(one);
    if (known !== undefined) return known;
    const result = choose(change(one.condition), visit(one.yes), visit(one.no));
    done.set(one, result);
    return result;
  };
  return visit(decision);
}

/** The results in which a decision may end. */
export function resultsOf(decision: Decision): Value[] {
  const results = new Set<Value>();
  mappedResults(decision, (value) => {
    results.add(value);
    return value;
  });
  return [...results];
}

/** The decision with each of its results changed. */
export function mappedResults(decision: Decision, change: (value: Value) => Value): Decision {
  const done = new Map<Decision, Decision>();
  const visit = (one: Decision): Decision => {
    if (one.kind === 'result') return { kind: 'result', value: change(one.value) };
    const known = done.get(one);
    if (known !== undefined) return known;
    const result = choose(one.condition, visit(one.yes), visit(one.no));
    done.set(one, result);
    return result;
  };
  return visit(decision);
}
