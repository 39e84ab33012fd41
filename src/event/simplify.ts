// A filter's tree to what has to be decided: no negations but in the tests themselves, no constants, and one test for all
// that is asked of one number.

import type {
  BitsTest,
  ComparisonTest,
  Expression,
  LocatedSource,
  NumberSource,
  Order,
  ProcessorsTest,
  Test,
  TextTest,
} from './ast.js';
import { complement, domain, inOrder, intersection, type Ranges, union, within } from './ranges.js';

export type Condition =
  | { readonly kind: 'constant'; readonly value: boolean }
  | Junction
  | Membership
  | (BitsTest & Negatable)
  | (TextTest & Negatable)
  | (ProcessorsTest & Negatable)
  | ComparisonTest
  | Whole;

export interface Junction {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Condition[];
}

/** Whether a number is in a set, which is neither empty nor all. */
export interface Membership {
  readonly kind: 'member';
  readonly source: NumberSource;
  readonly ranges: Ranges;
}

interface Negatable {
  readonly negated: boolean;
}

/** Whether all that is located lies in the record. */
export interface Whole {
  readonly kind: 'whole';
  readonly sources: readonly LocatedSource[];
}

export function simplify(expression: Expression, negated = false): Condition {
  switch (expression.kind) {
    case 'not':
      return simplify(expression.operand, !negated);
    case 'and':
    case 'or': {
      const kind = (expression.kind === 'and') === negated ? 'or' : 'and';
      return junction(
        kind,
        expression.operands.map((operand) => simplify(operand, negated)),
      );
    }
    default:
      return simpleTest(expression, negated);
  }
}

const reversed = { '==': '!=', '!=': '==', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const satisfies Record<
  Order,
  Order
>;

function simpleTest(test: Test, negated: boolean): Condition {
  switch (test.kind) {
    case 'constant':
      return constant(test.value !== negated);
    case 'number':
      return member(test.source, inOrder(domain(test.source), test.order, test.value), negated);
    case 'ranges':
      return member(test.source, within(union(test.ranges), domain(test.source)), negated);
    case 'bits':
      return test.mask === 0n ? constant(negated) : { ...test, negated };
    case 'text': {
      const known = knownOf(test);
      return known === undefined ? { ...test, negated } : constant((known !== test.pattern.negated) !== negated);
    }
    case 'processors':
      return { ...test, negated };
    case 'comparison':
      return negated ? { ...test, order: reversed[test.order] } : test;
  }
}

/** What is known of a pattern, not negated, whatever the text is: nothing fits all, and what is too long for it no text. */
function knownOf({ pattern, source }: TextTest): boolean | undefined {
  if (pattern.kind === 'glob' || pattern.kind === 'full') return undefined;
  const { length } = pattern.bytes;
  if (length === 0) return true;
  if (source.kind === 'located') return undefined;
  return length + (pattern.kind === 'end' ? 1 : 0) > source.size ? false : undefined;
}

function constant(value: boolean): Condition {
  return { kind: 'constant', value };
}

function member(source: NumberSource, ranges: Ranges, negated: boolean): Condition {
  const whole = domain(source);
  const wanted = negated ? complement(ranges, whole) : ranges;
  if (wanted.length === 0) return constant(false);
  return complement(wanted, whole).length === 0
    ? constant(true)
    : { kind: 'member', source: { ...source }, ranges: wanted };
}

/** And, or: flat, without constants, one test for each number. */
export function junction(kind: Junction['kind'], given: readonly Condition[]): Condition {
  const flat = given.flatMap((operand) => (operand.kind === kind ? operand.operands : [operand]));
  const decisive = kind === 'or';
  const operands = mergeBits(kind, mergeMembers(kind, flat));
  if (operands.some((operand) => operand.kind === 'constant' && operand.value === decisive)) return constant(decisive);
  const open = operands.filter((operand) => operand.kind !== 'constant');
  if (open.length === 0) return constant(!decisive);
  return open.length === 1 ? open[0]! : { kind, operands: open };
}

function keyOf({ in: where, offset, size, signed }: NumberSource): string {
  return `${where} ${offset} ${size} ${signed}`;
}

/** What is asked of one number, as one set. */
function mergeMembers(kind: Junction['kind'], operands: readonly Condition[]): Condition[] {
  return mergeAlike(
    operands,
    (operand) => (operand.kind === 'member' ? keyOf(operand.source) : undefined),
    (a, b) => {
      if (a.kind !== 'member' || b.kind !== 'member') return a;
      const ranges =
        kind === 'or' ? union([...a.ranges, ...b.ranges]) : intersection(a.ranges, b.ranges, domain(a.source));
      return { ...a, ranges };
    },
  ).map((operand) => (operand.kind === 'member' ? member(operand.source, operand.ranges, false) : operand));
}

/** One of these bits or one of those; none of these and none of those. */
function mergeBits(kind: Junction['kind'], operands: readonly Condition[]): Condition[] {
  return mergeAlike(
    operands,
    (operand) => (operand.kind === 'bits' && operand.negated === (kind === 'and') ? keyOf(operand.source) : undefined),
    (a, b) => (a.kind === 'bits' && b.kind === 'bits' ? { ...a, mask: a.mask | b.mask } : a),
  );
}

/** Joins operands of the same key into the first of them; those without a key stay. */
function mergeAlike(
  operands: readonly Condition[],
  key: (operand: Condition) => string | undefined,
  join: (a: Condition, b: Condition) => Condition,
): Condition[] {
  const places = new Map<string, number>();
  const merged: Condition[] = [];
  for (const operand of operands) {
    const own = key(operand);
    const place = own === undefined ? undefined : places.get(own);
    if (place !== undefined) merged[place] = join(merged[place]!, operand);
    else {
      if (own !== undefined) places.set(own, merged.length);
      merged.push(operand);
    }
  }
  return merged;
}
