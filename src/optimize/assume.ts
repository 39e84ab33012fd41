// Redundant tests: what a condition says where something is known already, because a test before it has passed or failed.

import { type Condition, isSame, never, not, partsOf, simplest } from './condition.js';
import { complement, includes, intersection, type Numbers } from './numbers.js';
import type { Value } from './value.js';

/** What is known: the numbers that values can still be, and conditions that hold. */
export interface Known {
  readonly numbers: ReadonlyMap<Value, Numbers>;
  readonly holding: readonly Condition[];
}

export const nothing: Known = { numbers: new Map(), holding: [] };

/** Tests of more ranges than this are left as they are. */
const mostEdges = 64;

/** Also what is known once a condition holds. */
export function knowing(known: Known, condition: Condition): Known {
  let { numbers, holding } = known;
  for (const part of partsOf('and', condition)) {
    if (part.kind === 'test') {
      const before = numbers.get(part.value);
      const now = before === undefined ? part.numbers : intersection(before, part.numbers);
      numbers = new Map(numbers).set(part.value, now);
    } else if (part.kind === 'compare') {
      holding = [...holding, part];
    }
  }
  return { numbers, holding };
}

/** The same condition where that is known, with fewer tests. */
export function assume(condition: Condition, known: Known): Condition {
  switch (condition.kind) {
    case 'constant':
      return condition;
    case 'test':
      return assumeTest(condition, known);
    case 'compare':
      if (known.holding.some((one) => isSame(one, condition))) return simplest('and', []);
      return known.holding.some((one) => isSame(one, not(condition))) ? never : condition;
    case 'and':
    case 'or':
      return assumeParts(condition, known);
  }
}

function assumeTest(condition: Extract<Condition, { kind: 'test' }>, known: Known): Condition {
  const possible = known.numbers.get(condition.value);
  if (possible === undefined || condition.numbers.length > mostEdges) return condition;
  if (includes(condition.numbers, possible)) return simplest('and', []);
  return intersection(condition.numbers, possible).length === 0 ? never : condition;
}

type Parts = Extract<Condition, { kind: 'and' | 'or' }>;

/** Each part is asked only where those before it hold, or (of an `or`) don't. */
function assumeParts(condition: Parts, given: Known): Condition {
  const { kind, parts } = condition;
  let known = given;
  const open: Condition[] = [];
  let changes = false;
  for (const part of parts) {
    const left = assume(part, known);
    changes ||= left !== part;
    open.push(left);
    if (left.kind === 'test' || left.kind === 'compare') known = knowing(known, kind === 'and' ? left : opposite(left));
  }
  return changes ? simplest(kind, open) : condition;
}

function opposite(condition: Condition): Condition {
  if (condition.kind !== 'test') return not(condition);
  return { ...condition, numbers: complement(condition.numbers) };
}
