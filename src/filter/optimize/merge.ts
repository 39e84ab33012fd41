// Equal parts of the graph become one: nodes that do the same and go on at the same places.

import type { Test } from '../condition.js';
import { type Branch, type Node, ordered, reject, type Step } from '../graph.js';

/** The root of the graph in which no two nodes are equal. A branch of which both ways refuse is a refusal, even if its test fails. */
export function merge(root: Node): Node {
  const nodes = ordered(root);
  const first = new Map<string, Node>();
  const replaced: Node[] = [];
  const of = ({ position }: Node): Node => replaced[position]!;
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    if (node.kind === 'branch') {
      node.yes = of(node.yes);
      node.no = of(node.no);
    } else if (node.kind === 'step') node.next = of(node.next);
    replaced[at] = refusing(node) ? reject : known(node, first);
  }
  return of(root);
}

const refusing = (node: Node): boolean => node.kind === 'branch' && node.yes === reject && node.no === reject;

/** The node, or the one found before that is equal to it. */
function known(node: Node, first: Map<string, Node>): Node {
  if (node.kind === 'verdict') return node;
  const key = keyOf(node);
  const before = first.get(key);
  if (before === undefined) first.set(key, node);
  return before ?? node;
}

function keyOf(node: Branch | Step): string {
  if (node.kind === 'step') return `${node.variable ?? ''}=${node.value.id};${node.next.position}`;
  return `${testKey(node.test)};${node.yes.position};${node.no.position}`;
}

function testKey(test: Test): string {
  switch (test.kind) {
    case 'match':
      return `${test.value.id}&${test.mask}=${test.equals}`;
    case 'above':
      return `${test.value.id}>${test.bound}`;
    case 'member':
      return `${test.value.id} in ${test.set.id}`;
    case 'compare':
      return `${test.left.id} ${test.relation} ${test.right.id}`;
    case 'listed':
      return `${test.sides.flat().map(({ id }) => id)} listed ${test.list.id}`;
    case 'chain':
      return `chain ${test.version} ${test.protocol} ${test.header}`;
  }
}
