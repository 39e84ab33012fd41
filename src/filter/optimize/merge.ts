// Equal parts of the graph become one: nodes that do the same and go on at the same places.

import type { Test } from '../condition.js';
import { type Node, ordered, reject } from '../graph.js';

/** The root of the graph in which no two nodes are equal. A branch of which both ways refuse is a refusal, even if its test fails. */
export function merge(root: Node): Node {
  const numbers = new Map<Node, number>();
  const first = new Map<string, Node>();
  const replaced = new Map<Node, Node>();
  const of = (node: Node): Node => replaced.get(node) ?? node;
  for (const node of ordered(root).reverse()) {
    if (node.kind === 'branch') [node.yes, node.no] = [of(node.yes), of(node.no)];
    if (node.kind === 'step') node.next = of(node.next);
    if (node.kind === 'branch' && node.yes === reject && node.no === reject) {
      replaced.set(node, reject);
      continue;
    }
    const key = keyOf(node, (next) => numbers.get(next) ?? -1);
    const known = first.get(key) ?? node;
    first.set(key, known);
    replaced.set(node, known);
    if (known === node) numbers.set(node, numbers.size);
  }
  return of(root);
}

function keyOf(node: Node, number: (node: Node) => number): string {
  switch (node.kind) {
    case 'verdict':
      return node.accept ? 'accept' : 'reject';
    case 'step':
      return `${node.variable ?? ''}=${node.value.id};${number(node.next)}`;
    case 'branch':
      return `${testKey(node.test)};${number(node.yes)};${number(node.no)}`;
  }
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
    case 'chain':
      return `chain ${test.version} ${test.protocol} ${test.header}`;
  }
}
