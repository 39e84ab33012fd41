// The tree of an event filter. Names are looked up and constants cut to their field's width; nothing is simplified.

import type { Span } from '../base/error.js';
import type { Pattern } from './pattern.js';

export type Expression = All | Any | Not | Test;

/** And, or: over two operands or more. */
export interface All {
  readonly kind: 'and';
  readonly operands: readonly Expression[];
}
export interface Any {
  readonly kind: 'or';
  readonly operands: readonly Expression[];
}
export interface Not {
  readonly kind: 'not';
  readonly operand: Expression;
}

/** What is asked of one record, with the text that asks it. */
export type Test = Span &
  (
    | { readonly kind: 'constant'; readonly value: boolean }
    | NumberTest
    | BitsTest
    | RangesTest
    | TextTest
    | ProcessorsTest
    | ComparisonTest
  );

/** A number of the record, or of what is known beside it. */
export interface NumberSource {
  /** Where it is: in the record, or in what stands before it (src/env/event.ts). */
  readonly in: 'record' | 'prefix';
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
}

export type Order = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** The number compared with a constant, which fits into it. */
export interface NumberTest {
  readonly kind: 'number';
  readonly source: NumberSource;
  readonly order: Order;
  readonly value: bigint;
}

/** Whether number and mask have a bit in common. */
export interface BitsTest {
  readonly kind: 'bits';
  readonly source: NumberSource;
  /** Unsigned. */
  readonly mask: bigint;
}

/** Whether the number is in one of the ranges. */
export interface RangesTest {
  readonly kind: 'ranges';
  readonly source: NumberSource;
  readonly ranges: readonly (readonly [low: bigint, high: bigint])[];
}

export type TextSource =
  /** `size` bytes at an offset */
  | { readonly kind: 'fixed'; readonly in: 'record' | 'prefix'; readonly offset: number; readonly size: number }
  /** bytes whose offset and length are a number at an offset; `from` is what the former counts from */
  | LocatedSource;

export interface LocatedSource {
  readonly kind: 'located';
  readonly offset: number;
  readonly from: number;
}

export interface TextTest {
  readonly kind: 'text';
  readonly source: TextSource;
  readonly pattern: Pattern;
}

/** A located set of processors beside a constant one. */
export interface ProcessorsTest {
  readonly kind: 'processors';
  readonly source: LocatedSource;
  readonly order: '==' | '!=' | '&';
  /** Bit n for processor n. */
  readonly mask: bigint;
}

/** Two numbers calculated from the record, in 64 bits. */
export interface ComparisonTest {
  readonly kind: 'comparison';
  readonly order: Order;
  readonly left: Value;
  readonly right: Value;
}

export type ArithmeticSign = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

/** `unsigned`: what it is compared with and divided by is taken as an unsigned number of 64 bits. */
export type Value = { readonly unsigned: boolean } & (
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'field'; readonly source: NumberSource }
  | { readonly kind: 'negative'; readonly operand: Value }
  | { readonly kind: 'arithmetic'; readonly sign: ArithmeticSign; readonly left: Value; readonly right: Value }
);

/** What a filter asks, in the order of its text. */
export function testsOf(expression: Expression): readonly Test[] {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.operands.flatMap(testsOf);
    case 'not':
      return testsOf(expression.operand);
    default:
      return [expression];
  }
}

/** The numbers that a test reads. */
export function numbersOf(test: Test): readonly NumberSource[] {
  switch (test.kind) {
    case 'number':
    case 'bits':
    case 'ranges':
      return [test.source];
    case 'comparison':
      return [...fieldsOf(test.left), ...fieldsOf(test.right)];
    case 'constant':
    case 'text':
    case 'processors':
      return [];
  }
}

function fieldsOf(value: Value): readonly NumberSource[] {
  switch (value.kind) {
    case 'constant':
      return [];
    case 'field':
      return [value.source];
    case 'negative':
      return fieldsOf(value.operand);
    case 'arithmetic':
      return [...fieldsOf(value.left), ...fieldsOf(value.right)];
  }
}
