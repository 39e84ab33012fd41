// Sets to comparisons: the last pass turns each test of whether a value is in a set into a balanced decision.

import type { Span } from '../../base/error.js';
import { type Decision, decide } from '../../decide/decide.js';
import { type Branch, branch, type Node, ordered, step } from '../graph.js';
import type { NumberSet, Value } from '../value.js';

/**
 * A copy of the graph without sets.
 * @param chain how many members of a set may be compared one by one
 */
export function expand(root: Node, chain: number): Node {
  const nodes = ordered(root);
  if (!nodes.some(isMember)) return root;
  const copies: Node[] = [];
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
  const of = ({ position }: Node): Node => copies[position]!;
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    if (node.kind === 'branch') copies[at] = expanded(node, of(node.yes), of(node.no), decisionOf);
    else copies[at] = node.kind === 'step' ? step(node.variable, node.value, node.span, of(node.next)) : node;
  }
  return of(root);
}

const isMember = (node: Node): boolean => node.kind === 'branch' && node.test.kind === 'member';

function expanded(
  { test, span }: Branch,
  yes: Node,
  no: Node,
  decisionOf: (set: NumberSet) => Decision<boolean>,
): Node {
  if (test.kind !== 'member' || yes === no) return branch(test, span, yes, no);
  return comparisons(decisionOf(test.set), test.value, span, (holds) => (holds ? yes : no));
}

type Targets = (holds: boolean) => Node;

function comparisons(decision: Decision<boolean>, value: Value, span: Span | undefined, targets: Targets): Node {
  if (decision.kind === 'leaf') return targets(decision.target);
  const yes = comparisons(decision.yes, value, span, targets);
  const no = comparisons(decision.no, value, span, targets);
  if (decision.kind === 'above') return branch({ kind: 'above', value, bound: decision.bound }, span, yes, no);
  const test = { kind: 'match', value, mask: 0xffffffff, equals: decision.value } as const;
  return branch(test, span, yes, no);
}
