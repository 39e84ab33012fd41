// Equal parts of the graph become one: nodes that do the same and go on at the same places.

import type { Test } from '../condition.js';
import { type Branch, type Node, ordered, reject, type Step } from '../graph.js';
import type { Value } from '../value.js';

/** The root of the graph in which no two nodes are equal. A branch of which both ways refuse is a refusal, even if its test fails. */
export function merge(root: Node): Node {
  const nodes = ordered(root);
  const first = new Map<number, (Branch | Step)[]>();
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

/** The node, or the one found before that is equal to it. @param first those found before, by their hashes */
function known(node: Node, first: Map<number, (Branch | Step)[]>): Node {
  if (node.kind === 'verdict') return node;
  const hash = hashOf(node);
  const alike = first.get(hash);
  if (alike === undefined) {
    first.set(hash, [node]);
    return node;
  }
  for (const other of alike) if (areEqual(node, other)) return other;
  alike.push(node);
  return node;
}

function hashOf(node: Branch | Step): number {
  if (node.kind === 'step') return mixed(node.value.id, node.variable ?? -1, node.next.position, -1);
  return mixed(testHash(node.test), 0, node.yes.position, node.no.position);
}

function testHash(test: Test): number {
  switch (test.kind) {
    case 'match':
      return mixed(test.value.id, 1, test.mask, test.equals);
    case 'above':
      return mixed(test.value.id, 2, test.bound, 0);
    case 'member':
      return mixed(test.value.id, 3, test.set.id, 0);
    case 'compare':
      return mixed(test.left.id, 4, test.right.id, 0);
    case 'listed':
      return mixed(test.list.id, 5, 0, 0);
    case 'chain':
      return mixed(test.version, 6, test.protocol, test.header);
  }
}

function mixed(a: number, b: number, c: number, d: number): number {
  const first = Math.imul(Math.imul(a, 0x9e3779b1) + b, 0x85ebca6b);
  return Math.imul(Math.imul(first ^ (first >>> 15) ^ c, 0xc2b2ae35) ^ d, 0x27d4eb2f) >> 2;
}

function areEqual(a: Branch | Step, b: Branch | Step): boolean {
  if (a.kind === 'step')
    return b.kind === 'step' && a.variable === b.variable && a.value === b.value && a.next === b.next;
  return b.kind === 'branch' && a.yes === b.yes && a.no === b.no && areEqualTests(a.test, b.test);
}

/** Values and sets that are equal are the same object. */
function areEqualTests(a: Test, b: Test): boolean {
  switch (a.kind) {
    case 'match':
      return a.kind === b.kind && a.value === b.value && a.mask === b.mask && a.equals === b.equals;
    case 'above':
      return a.kind === b.kind && a.value === b.value && a.bound === b.bound;
    case 'member':
      return a.kind === b.kind && a.value === b.value && a.set === b.set;
    case 'compare':
      return a.kind === b.kind && a.relation === b.relation && a.left === b.left && a.right === b.right;
    case 'listed':
      return a.kind === b.kind && a.list === b.list && areEqualSides(a.sides.flat(), b.sides.flat());
    case 'chain':
      return a.kind === b.kind && a.version === b.version && a.protocol === b.protocol && a.header === b.header;
  }
}

function areEqualSides(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at]);
}
