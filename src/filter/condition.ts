// What a filter asks, as a tree of tests. Evaluation goes from left to right and stops as soon as the answer is known.

import type { Span } from '../base/error.js';
import type { AddressList, Demand, NumberSet, Value } from './value.js';

export type Test =
  /** `(value & mask) = equals`; with a mask of 0 the value is only evaluated, which may fail. */
  | { readonly kind: 'match'; readonly value: Value; readonly mask: number; readonly equals: number }
  /** `value > bound`, unsigned. */
  | { readonly kind: 'above'; readonly value: Value; readonly bound: number }
  /** Whether a value is one of many. */
  | { readonly kind: 'member'; readonly value: Value; readonly set: NumberSet }
  /** Two computed values. */
  | { readonly kind: 'compare'; readonly relation: Comparator; readonly left: Value; readonly right: Value }
  /** Whether the address of one of the sides is in a list. */
  | { readonly kind: 'listed'; readonly sides: readonly Side[]; readonly list: AddressList }
  /** Whether `protocol` is among the headers behind the IP header that begins at `header`. */
  | { readonly kind: 'chain'; readonly version: 4 | 6; readonly protocol: number; readonly header: number };

/** The words of an address, in the order in which they are looked at. */
export type Side = readonly Value[];

/** The values that a test evaluates. */
export function valuesOf(test: Test): readonly Value[] {
  switch (test.kind) {
    case 'match':
    case 'above':
    case 'member':
      return [test.value];
    case 'compare':
      return [test.left, test.right];
    case 'chain':
    case 'listed':
      return [];
  }
}

/** The variables that a test reads, one bit each. */
export function variablesOf(test: Test): number {
  if (test.kind === 'chain') return 0;
  if (test.kind === 'listed') return test.sides.flat().reduce((bits, { variables }) => bits | variables, 0);
  return test.kind === 'compare' ? test.left.variables | test.right.variables : test.value.variables;
}

/** Whether a test may look at more than its demands say, so that it always has to be made. */
export const isOpaque = (test: Test): boolean => test.kind === 'chain' || test.kind === 'listed';

/** All that can fail when a test is made, unless it is opaque. */
export function demandsOf(test: Test): readonly Demand[] {
  if (test.kind === 'chain' || test.kind === 'listed') return [];
  return test.kind === 'compare' ? [...test.left.demands, ...test.right.demands] : test.value.demands;
}

export type Comparator = 'equal' | 'above' | 'at-least';

export type Condition =
  | { readonly kind: 'test'; readonly test: Test; readonly span: Span }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'sequence'; readonly first: Condition; readonly rest: readonly Joined[] }
  /** Sets variables, then holds. */
  | { readonly kind: 'steps'; readonly steps: readonly Assignment[]; readonly span: Span }
  | { readonly kind: 'fixed'; readonly holds: boolean }
  /** What a primitive of the text asks. */
  | { readonly kind: 'primitive'; readonly operand: Condition; readonly span: Span };

export interface Joined {
  readonly operator: 'and' | 'or';
  readonly operand: Condition;
}

export interface Assignment {
  /** undefined: the value is only evaluated. */
  readonly variable: number | undefined;
  readonly value: Value;
}

export const always: Condition = { kind: 'fixed', holds: true };
export const never: Condition = { kind: 'fixed', holds: false };

export const and = (first: Condition, ...rest: readonly Condition[]): Condition => joined('and', first, rest);
export const or = (first: Condition, ...rest: readonly Condition[]): Condition => joined('or', first, rest);
export const not = (operand: Condition): Condition => ({ kind: 'not', operand });

function joined(operator: 'and' | 'or', first: Condition, rest: readonly Condition[]): Condition {
  if (rest.length === 0) return first;
  return { kind: 'sequence', first, rest: rest.map((operand) => ({ operator, operand })) };
}
