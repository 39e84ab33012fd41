// What evaluating a value asks of the packet: bytes that must be there, divisors that must not be 0. Where it gets less,
// the program ends with a refusal; a pass may remove an evaluation only where that can't change.

import { type Test, valuesOf } from '../condition.js';
import type { Value } from '../value.js';

/** One thing that can fail. */
export type Demand =
  /** The packet has at least `end` bytes behind the base. */
  | { readonly kind: 'bytes'; readonly base: Value | undefined; readonly end: number; readonly load: Value }
  /** Whatever this value needs besides, it needs it to be evaluated as it is. */
  | { readonly kind: 'evaluation'; readonly value: Value };

const known = new WeakMap<Value, readonly Demand[]>();

/** All that can fail when the value is evaluated. */
export function demandsOf(value: Value): readonly Demand[] {
  const found = known.get(value);
  if (found !== undefined) return found;
  const demands = computed(value);
  known.set(value, demands);
  return demands;
}

/** All that can fail when the test is made. */
export function testDemands(test: Test): readonly Demand[] {
  return valuesOf(test).flatMap(demandsOf);
}

function computed(value: Value): readonly Demand[] {
  switch (value.kind) {
    case 'constant':
    case 'length':
    case 'variable':
      return [];
    case 'negated':
      return demandsOf(value.operand);
    case 'load': {
      const { base, offset, size } = value;
      const own: Demand = { kind: 'bytes', base, end: offset + size, load: value };
      return base === undefined ? [own] : [...demandsOf(base), own];
    }
    case 'alu': {
      const parts = [...demandsOf(value.left), ...demandsOf(value.right)];
      const divides = value.operation === 'div' || value.operation === 'mod';
      const safe = value.right.kind === 'constant' && value.right.k !== 0;
      return divides && !safe ? [...parts, { kind: 'evaluation', value }] : parts;
    }
  }
}
