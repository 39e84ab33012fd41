// Lists to comparisons: the last pass turns each test of whether a value is in a list into balanced decisions.

import { cellCount } from '../../classic/rows.js';
import { type Decision, decide } from '../../decide/decide.js';
import type { Test } from '../condition.js';
import { type Branch, branch, type Node, ordered, step } from '../graph.js';
import type { NumberSet, Values, Variable } from '../value.js';
import { addresses, type Context } from './addresses.js';
import { comparisons } from './comparisons.js';
import { merge } from './merge.js';

/**
 * A copy of the graph without lists.
 * @param chain how many members of a list may be compared one by one
 */
export function expand(root: Node, values: Values, chain: number): Node {
  const nodes = ordered(root);
  if (!nodes.some((node) => isTest(node, 'member') || isTest(node, 'listed'))) return root;
  const expansion = new Expansion(values, chain);
  const copies: Node[] = [];
  const of = ({ position }: Node): Node => copies[position]!;
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    if (node.kind === 'branch') copies[at] = expansion.of(node, of(node.yes), of(node.no));
    else copies[at] = node.kind === 'step' ? step(node.variable, node.value, node.span, of(node.next)) : node;
  }
  // The ends of many long addresses are the same.
  return nodes.some((node) => isTest(node, 'listed')) ? merge(of(root)) : of(root);
}

const isTest = (node: Node, kind: Test['kind']): boolean => node.kind === 'branch' && node.test.kind === kind;

class Expansion {
  readonly #values: Values;
  readonly #chain: number;
  readonly #decisions = new Map<NumberSet, Decision<boolean>>();
  #place: Variable | undefined;

  constructor(values: Values, chain: number) {
    this.#values = values;
    this.#chain = chain;
  }

  of({ test, span }: Branch, yes: Node, no: Node): Node {
    if (test.kind === 'listed') return addresses(test, { span, yes, no }, this.#context());
    if (test.kind !== 'member' || yes === no) return branch(test, span, yes, no);
    return comparisons(this.#decision(test.set), test.value, span, (holds) => (holds ? yes : no));
  }

  /** Of the cells most are left to arithmetic. */
  #context(): Context {
    const values = this.#values;
    if (values.variableCount <= cellCount / 2) this.#place ??= values.fresh();
    return { values, chain: this.#chain, place: this.#place };
  }

  #decision(set: NumberSet): Decision<boolean> {
    const cases = () => set.ranges.map(({ low, high }) => ({ low, high, target: true }));
    const decision = this.#decisions.get(set) ?? decide(cases(), false, this.#chain);
    this.#decisions.set(set, decision);
    return decision;
  }
}
