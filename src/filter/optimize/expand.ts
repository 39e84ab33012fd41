// Sets to comparisons: the last pass turns each test of whether a value is in a set into a balanced decision.

import type { Span } from '../../base/error.js';
import { type Decision, decide } from '../../decide/decide.js';
import { type Branch, type Node, ordered } from '../graph.js';
import type { NumberSet, Value } from '../value.js';

/**
 * A copy of the graph without sets.
 * @param chain how many members of a set may be compared one by one
 */
export function expand(root: Node, chain: number): Node {
  const copies = new Map<Node, Node>();
  const decisions = new Map<NumberSet, Decision<boolean>>();
  const decisionOf = (set: NumberSet): Decision<boolean> => {
    const known =
      decisions.get(set) ??
      decide(
        set.ranges.map((range) => ({ ...range, target: true })),
        false,
        chain,
      );
    decisions.set(set, known);
    return known;
  };
  const of = (node: Node): Node => copies.get(node) ?? node;
  for (const node of ordered(root).reverse()) {
    if (node.kind === 'branch') copies.set(node, expanded({ ...node, yes: of(node.yes), no: of(node.no) }, decisionOf));
    if (node.kind === 'step') copies.set(node, { ...node, next: of(node.next) });
  }
  return of(root);
}

function expanded(node: Branch, decisionOf: (set: NumberSet) => Decision<boolean>): Node {
  const { test, yes, no, span } = node;
  if (test.kind !== 'member' || yes === no) return node;
  return comparisons(decisionOf(test.set), test.value, span, (holds) => (holds ? yes : no));
}

type Targets = (holds: boolean) => Node;

function comparisons(decision: Decision<boolean>, value: Value, span: Span | undefined, targets: Targets): Node {
  if (decision.kind === 'leaf') return targets(decision.target);
  const yes = comparisons(decision.yes, value, span, targets);
  const no = comparisons(decision.no, value, span, targets);
  if (decision.kind === 'above')
    return { kind: 'branch', test: { kind: 'above', value, bound: decision.bound }, span, yes, no };
  const test = { kind: 'match', value, mask: 0xffffffff, equals: decision.value } as const;
  return { kind: 'branch', test, span, yes, no };
}
