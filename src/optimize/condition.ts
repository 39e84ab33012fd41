// What a program asks, as a formula over tests of values. Tests of one value are one test of it: a list of comparisons, or
// a tree of them, becomes the set of numbers that pass. So lists that others compiled are found again, in whatever shape.

import type { Width } from '../ebpf/insn.js';
import type { JumpName } from '../ebpf/rows.js';
import { complement, equal, has, intersection, type Numbers, range, union } from './numbers.js';
import { Unsuited } from './unsuited.js';
import type { Value } from './value.js';

export type Condition =
  | { readonly kind: 'constant'; readonly holds: boolean }
  /** the low 32 bits of the value are one of the numbers */
  | { readonly kind: 'test'; readonly value: Value; readonly numbers: Numbers }
  /** the comparison of two values holds, or (`negated`) doesn't */
  | {
      readonly kind: 'compare';
      readonly op: JumpName;
      readonly width: Width;
      readonly a: Value;
      readonly b: Value;
      readonly negated: boolean;
    }
  /** all of these, or any; `size` is the number of tests in it, each counted as often as it occurs */
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[]; readonly size: number };

/** Larger formulas than this are no gain: the program stays as it is. */
const mostTests = 3000;

function group(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const size = parts.reduce((sum, part) => sum + ('size' in part ? part.size : 1), 0);
  if (size > mostTests) throw new Unsuited('the program asks too many questions');
  return { kind, parts, size };
}

export const always: Condition = { kind: 'constant', holds: true };
export const never: Condition = { kind: 'constant', holds: false };

export function test(value: Value, numbers: Numbers): Condition {
  if (value.kind === 'number') return has(numbers, value.number) ? always : never;
  if (value.kind === 'wide') return has(numbers, value.low) ? always : never;
  const possible = intersection(numbers, range(0, Math.min(value.most, 0xffff_ffff)));
  if (possible.length === 0) return never;
  if (possible.length === 2 && possible[0] === 0 && possible[1]! >= value.most) return always;
  return { kind: 'test', value, numbers: possible };
}

export function not(condition: Condition): Condition {
  switch (condition.kind) {
    case 'constant':
      return condition.holds ? never : always;
    case 'test':
      return test(condition.value, complement(condition.numbers));
    case 'compare':
      return { ...condition, negated: !condition.negated };
    case 'and':
    case 'or':
      return group(condition.kind === 'and' ? 'or' : 'and', condition.parts.map(not));
  }
}

export function and(a: Condition, b: Condition): Condition {
  return joined('and', a, b);
}

export function or(a: Condition, b: Condition): Condition {
  return joined('or', a, b);
}

/** More parts are kept apart: long lists aren't copied again and again. */
const mostParts = 48;

function joined(kind: 'and' | 'or', a: Condition, b: Condition): Condition {
  if (a === b) return a;
  if (a.kind === 'constant') return a.holds === (kind === 'and') ? b : a;
  if (b.kind === 'constant') return b.holds === (kind === 'and') ? a : b;
  const [first, second] = [partsOf(kind, a), partsOf(kind, b)];
  if (first.length + second.length > mostParts) return group(kind, [a, b]);
  const parts = [...first];
  for (const part of second) {
    const at = parts.findIndex(
      (other) => isSame(other, part) || areOfOneValue(other, part) || (kind === 'or' && beginAlike(other, part)),
    );
    if (at < 0) parts.push(part);
    else parts[at] = merged(kind, parts[at]!, part);
  }
  return simplest(kind, parts);
}

export function partsOf(kind: 'and' | 'or', condition: Condition): readonly Condition[] {
  return condition.kind === kind ? condition.parts : [condition];
}

function areOfOneValue(a: Condition, b: Condition): boolean {
  return a.kind === 'test' && b.kind === 'test' && a.value === b.value;
}

/** Whether both ask the same first: then that is asked once. */
function beginAlike(a: Condition, b: Condition): boolean {
  return a.kind === 'and' && b.kind === 'and' && isSame(a.parts[0]!, b.parts[0]!);
}

function merged(kind: 'and' | 'or', a: Condition, b: Condition): Condition {
  if (a.kind === 'and' && b.kind === 'and' && a !== b) {
    const [first, ...rest] = a.parts;
    return and(first!, or(simplest('and', rest), simplest('and', b.parts.slice(1))));
  }
  if (a.kind !== 'test' || b.kind !== 'test') return a;
  return test(a.value, kind === 'and' ? intersection(a.numbers, b.numbers) : union(a.numbers, b.numbers));
}

/** The formula of these parts, after some of them became constants. */
export function simplest(kind: 'and' | 'or', parts: readonly Condition[]): Condition {
  const decisive = parts.find((part) => part.kind === 'constant' && part.holds === (kind === 'or'));
  if (decisive !== undefined) return decisive;
  const open = parts.filter((part) => part.kind !== 'constant');
  if (open.length === 0) return kind === 'and' ? always : never;
  return open.length === 1 ? open[0]! : group(kind, open);
}

/** Whether two conditions are the same test, or one object. */
export function isSame(a: Condition, b: Condition): boolean {
  if (a === b) return true;
  if (a.kind === 'test') return b.kind === 'test' && a.value === b.value && equal(a.numbers, b.numbers);
  if (a.kind !== 'compare' || b.kind !== 'compare') return false;
  return a.op === b.op && a.width === b.width && a.a === b.a && a.b === b.b && a.negated === b.negated;
}

/** `yes` where the condition holds, else `no`. */
export function either(condition: Condition, yes: Condition, no: Condition): Condition {
  if (condition.kind === 'constant') return condition.holds ? yes : no;
  if (isSame(yes, no)) return yes;
  if (yes.kind === 'constant') return yes.holds ? or(condition, no) : and(not(condition), no);
  if (no.kind === 'constant') return no.holds ? or(not(condition), yes) : and(condition, yes);
  for (const kind of ['or', 'and'] as const) {
    const shared = partsOf(kind, yes).filter((part) => partsOf(kind, no).some((other) => isSame(part, other)));
    if (shared.length === 0) continue;
    const [left, right] = [yes, no].map((one) =>
      simplest(
        kind,
        partsOf(kind, one).filter((part) => !shared.some((other) => isSame(part, other))),
      ),
    );
    return shared.reduce((all, part) => joined(kind, all, part), either(condition, left!, right!));
  }
  const together = condition.kind === 'test' ? mixed(condition, yes, no) : undefined;
  return together ?? or(and(condition, yes), and(not(condition), no));
}

type Test = Extract<Condition, { kind: 'test' }>;

/** Where both ways are a test of the same value, and then the same rest: one test and the rest. */
function mixed(condition: Test, yes: Condition, no: Condition): Condition | undefined {
  for (const kind of ['or', 'and'] as const) {
    const [a, b] = [split(kind, yes, condition.value), split(kind, no, condition.value)];
    const sameRest = a.rest.length === b.rest.length && a.rest.every((part, i) => isSame(part, b.rest[i]!));
    if (!sameRest) continue;
    const numbers = union(
      intersection(condition.numbers, a.numbers),
      intersection(complement(condition.numbers), b.numbers),
    );
    return simplest(kind, [test(condition.value, numbers), ...a.rest]);
  }
  return undefined;
}

interface Split {
  readonly numbers: Numbers;
  readonly rest: readonly Condition[];
}

/** The parts of a condition, with the test of a value taken out. */
function split(kind: 'and' | 'or', condition: Condition, value: Value): Split {
  const nothing = kind === 'or' ? [] : [0, 0xffff_ffff];
  const parts = partsOf(kind, condition);
  const at = parts.findIndex((part) => part.kind === 'test' && part.value === value);
  const found = parts[at];
  if (found?.kind !== 'test') return { numbers: nothing, rest: parts };
  return { numbers: found.numbers, rest: parts.filter((part) => part !== found) };
}
