// What the pieces of one lowered program share: the plan for each test, and the tables.

import type { Condition } from './condition.js';
import { costOf, type Plan, planFor } from './plan.js';
import type { Switches } from './switches.js';
import { type Table, tableOf } from './table.js';
import type { Value } from './value.js';

type Test = Extract<Condition, { kind: 'test' }>;

export class Plans {
  readonly switches: Switches;
  readonly tables: Table[] = [];
  readonly #fewTests: number;
  readonly #plans = new Map<Condition, Plan>();
  readonly #costs = new Map<Condition, number>();
  readonly #numbers = new Map<string, number>();

  /** @param fewTests how many comparisons of one value are cheaper than a table */
  constructor(switches: Switches, fewTests: number) {
    this.switches = switches;
    this.#fewTests = fewTests;
  }

  of(test: Test): Plan {
    let plan = this.#plans.get(test);
    if (plan === undefined) {
      plan = planFor(test.numbers, test.value.most, { tables: this.switches.tables, fewTests: this.#fewTests });
      this.#plans.set(test, plan);
    }
    return plan;
  }

  /** About how many of the processor's operations a condition takes; nothing that parts have in common is counted once. */
  costOf(condition: Condition): number {
    if (condition.kind === 'constant') return 0;
    const known = this.#costs.get(condition);
    if (known !== undefined) return known;
    const cost = this.#cost(condition);
    this.#costs.set(condition, cost);
    return cost;
  }

  #cost(condition: Exclude<Condition, { kind: 'constant' }>): number {
    switch (condition.kind) {
      case 'test':
        return costOf(this.of(condition)) + costOfValue(condition.value);
      case 'compare':
        return 2 + costOfValue(condition.a) + costOfValue(condition.b);
      case 'and':
      case 'or':
        return condition.parts.reduce((sum, part) => sum + this.costOf(part) + 1, 0);
    }
  }

  /** The number of the table of these keys, which is made where there is none. */
  tableNumber(keys: readonly number[]): number {
    const name = keys.join();
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.tables.push(tableOf(keys)) - 1;
    this.#numbers.set(name, number);
    return number;
  }
}

function costOfValue(value: Value): number {
  switch (value.kind) {
    case 'number':
    case 'wide':
    case 'captured':
    case 'argument':
      return 0;
    case 'packet':
      return 1 + (value.index === undefined ? 0 : costOfValue(value.index));
    case 'context':
      return 1;
    case 'alu':
      return costOfOperation(value.op) + costOfValue(value.a) + costOfValue(value.b);
    case 'swap':
    case 'movsx':
      return 1 + costOfValue(value.a);
  }
}

/** Divisions are what nobody does without need. */
function costOfOperation(op: string): number {
  return op === 'div' || op === 'mod' || op === 'sdiv' || op === 'smod' ? 12 : 1;
}
