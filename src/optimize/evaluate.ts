// Conditions to operations without branches: 1 where a condition holds, else 0.
//
// Comparisons for equality that have to hold together are first numbers that are 0 where they hold: (value & mask) ^ wanted.
// The `or` of these numbers is compared with 0 once.

import type { Id } from './block.js';
import { type Condition, not } from './condition.js';
import type { Operations } from './operations.js';
import type { Plan } from './plan.js';
import type { Plans } from './plans.js';
import type { Value } from './value.js';
import { alone, type Equality, equalityOf, isOfPacket, merged, swapped, type Window, wholeMask } from './windows.js';

export class Evaluation {
  readonly #operations: Operations;
  readonly #plans: Plans;

  constructor(operations: Operations, plans: Plans) {
    this.#operations = operations;
    this.#plans = plans;
  }

  /** 1 where the condition holds, else 0. */
  truth(condition: Condition): Id {
    switch (condition.kind) {
      case 'constant':
        return this.#operations.number(condition.holds ? 1 : 0);
      case 'test':
        return this.#planned(condition.value, this.#plans.of(condition));
      case 'compare':
        return this.#compare(condition);
      case 'and':
        return this.#all(condition.parts);
      case 'or':
        return this.#any(condition.parts);
    }
  }

  #compare({ op, width, a, b, negated }: Extract<Condition, { kind: 'compare' }>): Id {
    const truth = this.#operations.set(op, width, this.#operations.value(a), this.#operations.second(b, width));
    return negated ? this.#negated(truth) : truth;
  }

  #all(parts: readonly Condition[]): Id {
    const equalities = parts.flatMap((part) => this.#equality(part) ?? []);
    const others = parts.filter((part) => this.#equality(part) === undefined);
    const truths = others.map((part) => () => this.truth(part));
    return this.#joined('and', equalities.length > 0 ? [...truths, () => this.#allEqual(equalities)] : truths);
  }

  /** Any holds where not all of their opposites do. */
  #any(parts: readonly Condition[]): Id {
    const differences = parts.filter((part) => this.#equality(not(part)) !== undefined);
    const truthOf = (part: Condition) => () => this.truth(part);
    if (differences.length < 2) return this.#joined('or', parts.map(truthOf));
    const others = parts.filter((part) => !differences.includes(part)).map(truthOf);
    return this.#joined('or', [...others, () => this.#negated(this.#all(differences.map(not)))]);
  }

  /** One after the other, each joined as soon as it is there, so that few registers are taken at a time. */
  #joined(op: 'and' | 'or', [first, ...others]: readonly (() => Id)[]): Id {
    return others.reduce((all, one) => this.#operations.alu(op, 32, all, one()), first!());
  }

  #negated(truth: Id): Id {
    return this.#operations.alu('xor', 32, truth, { imm: 1 });
  }

  // ---- tests of one value --------------------------------------------------------------------------------------------

  #planned(value: Value, plan: Plan): Id {
    const operations = this.#operations;
    switch (plan.kind) {
      case 'equal':
        return this.#allEqual([equalityOf(value, plan.prefix.mask, plan.prefix.value)]);
      case 'from':
        return operations.set(plan.signed ? 'sge' : 'ge', 32, operations.value(value), { imm: plan.first | 0 });
      case 'to':
        return operations.set('le', 32, operations.value(value), { imm: plan.last | 0 });
      case 'between': {
        const above = operations.alu('sub', 32, operations.value(value), { imm: plan.first | 0 });
        return operations.set('le', 32, above, { imm: (plan.last - plan.first) | 0 });
      }
      case 'table':
        return this.#looked(value, plan);
      case 'any':
        return this.#joined(
          'or',
          plan.plans.map((part) => () => this.#planned(value, part)),
        );
      case 'not':
        return this.#not(value, plan.plan);
      case 'halves':
        throw new Error('a test of many ranges is halved before it is evaluated');
    }
  }

  #not(value: Value, plan: Plan): Id {
    if (plan.kind === 'from') {
      return this.#operations.set(plan.signed ? 'slt' : 'lt', 32, this.#operations.value(value), {
        imm: plan.first | 0,
      });
    }
    if (plan.kind !== 'equal') return this.#negated(this.#planned(value, plan));
    const { masked, wanted } = this.#window(equalityOf(value, plan.prefix.mask, plan.prefix.value));
    return this.#operations.set('ne', 32, masked, { imm: wanted | 0 });
  }

  /** Of prefixes of the packet's bytes the machine's own order of bytes is looked up. */
  #looked(value: Value, { mask, keys }: Extract<Plan, { kind: 'table' }>): Id {
    const equality = equalityOf(value, mask, 0);
    const swaps = this.#plans.switches.swap && isOfPacket(equality);
    const wanted = swaps ? keys.map((key) => swapped(key, equality.source)) : keys;
    return this.#operations.lookup(this.#window(equality).masked, this.#plans.tableNumber(wanted));
  }

  // ---- comparisons for equality --------------------------------------------------------------------------------------

  /** A condition that is one of these. */
  #equality(condition: Condition): Equality | undefined {
    if (condition.kind !== 'test') return undefined;
    const plan = this.#plans.of(condition);
    return plan.kind === 'equal' ? equalityOf(condition.value, plan.prefix.mask, plan.prefix.value) : undefined;
  }

  #allEqual(equalities: readonly Equality[]): Id {
    const { merge, swap } = this.#plans.switches;
    const together = merge && swap ? equalities.filter(isOfPacket) : [];
    const apart = equalities.filter((one) => !together.includes(one));
    const compared = [...merged(together).map((one) => this.#load(one)), ...apart.map((one) => this.#window(one))];
    // Of bits that a value does not have nothing is left to compare.
    if (compared.length === 0) return this.#operations.number(1);
    if (compared.length === 1)
      return this.#operations.set('eq', 32, compared[0]!.masked, { imm: compared[0]!.wanted | 0 });
    const differences = compared.map(({ masked, wanted }) => () => {
      return wanted === 0 ? masked : this.#operations.alu('xor', 32, masked, { imm: wanted | 0 });
    });
    return this.#operations.set('eq', 32, this.#joined('or', differences), { imm: 0 });
  }

  /** The masked number, and what it is compared with. */
  #window(equality: Equality): Compared {
    const window = this.#plans.switches.swap ? alone(equality) : undefined;
    if (window !== undefined) return this.#load(window);
    const { source, mask, wanted } = equality;
    return { masked: this.#masked(this.#operations.value(source), mask, Math.min(source.most, 0xffff_ffff)), wanted };
  }

  #load({ index, offset, size, mask, wanted }: Window): Compared {
    const loaded = this.#operations.raw(size, 'le', offset, index);
    return { masked: this.#masked(loaded, mask, wholeMask(size)), wanted };
  }

  /** @param most the largest number that can be there */
  #masked(id: Id, mask: number, most: number): Id {
    const isWhole = mask === 0xffff_ffff || ((most & ~mask) === 0 && (most & (most + 1)) === 0);
    return isWhole ? id : this.#operations.alu('and', 32, id, { imm: mask | 0 });
  }
}

interface Compared {
  readonly masked: Id;
  readonly wanted: number;
}
