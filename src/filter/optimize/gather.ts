// Lists: tests in a row that all lead to the same place become one test for each value, of whether it is in a set.
//
//   src = a → T        src in {a, b, c} → T
//   dst = a → T   ▸    dst in {a, b, c} → T
//   src = b → T        …
//
// Tests may change places because nothing in the row can fail any more once its first test has been made; or because T
// is a refusal, as a failing load is.

import { type Branch, branch, type Node, reject } from '../graph.js';
import { allOnes, type NumberSet, type Value, type Values } from '../value.js';
import type { Facts } from './facts.js';
import { extended, type Reach, satisfied } from './reach.js';
import type { Threaded } from './thread.js';

/** A test, or the two of a range: numbers of a value that lead to the target. */
interface Element {
  readonly node: Branch;
  readonly value: Value;
  /** The bits that are compared. */
  readonly mask: number;
  readonly ranges: NumberSet['ranges'];
  readonly target: Node;
  readonly next: Node;
  /** How many ways lead from the element to `next`. */
  readonly ways: number;
}

/** The graph with its lists gathered. */
export function gather({ root, nodes, facts }: Threaded, values: Values): Node {
  const entries = entryCounts(root, nodes, facts);
  const replaced: (Node | undefined)[] = [];
  const taken: boolean[] = [];
  for (const node of nodes) {
    const known = facts[node.position];
    if (known === undefined || taken[node.position] === true) continue;
    const row = rowFrom(node, known, entries);
    if (row.length < 2) continue;
    for (const { node: member } of row) taken[member.position] = true;
    replaced[node.position] = decided(row, values);
  }
  return replaced.length === 0 ? root : redirected(root, nodes, replaced);
}

/** How many ways lead to each node, by its position. */
function entryCounts(root: Node, nodes: readonly Node[], facts: Threaded['facts']): number[] {
  const counts = nodes.map(() => 0);
  const count = ({ position }: Node) => {
    counts[position] = counts[position]! + 1;
  };
  count(root);
  for (const node of nodes) {
    if (facts[node.position] === undefined) continue;
    if (node.kind === 'step') count(node.next);
    else if (node.kind === 'branch') {
      count(node.no);
      count(node.yes);
    }
  }
  return counts;
}

/** The longest row that begins at the node. */
function rowFrom(start: Node, facts: Facts, entries: readonly number[]): Element[] {
  if (start.kind !== 'branch' || start.no.kind !== 'branch') return []; // nothing can follow
  const first = elementAt(start, entries);
  if (first === undefined) return [];
  const reach = extended(facts.reach, first.value.demands);
  const row = [first];
  for (let last = first; entries[last.next.position] === last.ways; ) {
    const element = elementAt(last.next, entries);
    if (element === undefined || element.target !== first.target || !movable(element, reach)) break;
    row.push(element);
    last = element;
  }
  return row;
}

function movable({ target, value }: Element, reach: Reach): boolean {
  return target === reject || value.demands.every((demand) => satisfied(reach, demand));
}

function elementAt(node: Node, entries: readonly number[]): Element | undefined {
  if (node.kind !== 'branch' || node.yes === node.no) return undefined;
  const { test, yes: target, no: next } = node;
  if (test.kind === 'compare' || test.kind === 'chain' || test.kind === 'listed') return undefined;
  const { value } = test;
  const bits = allOnes(value.maximum);
  const element = (mask: number, ranges: NumberSet['ranges']) => ({ node, value, mask, ranges, target, next, ways: 1 });
  if (test.kind === 'member') return element(bits, test.set.ranges);
  if (test.kind === 'above') return rangeAt(node, entries) ?? element(bits, [{ low: test.bound + 1, high: bits }]);
  const mask = (test.mask & bits) >>> 0;
  const rest = (bits & ~mask) >>> 0;
  // Only a mask of leading bits makes a range.
  if ((rest & (rest + 1)) !== 0 || (test.equals & ~mask) !== 0) return undefined;
  return element(mask, [{ low: test.equals, high: (test.equals | rest) >>> 0 }]);
}

/** `low < value` and then `value <= high`, both going on at the same place where they fail. */
function rangeAt(node: Branch, entries: readonly number[]): Element | undefined {
  const upper = node.yes;
  if (node.test.kind !== 'above' || upper.kind !== 'branch' || upper.test.kind !== 'above') return undefined;
  const { value, bound } = node.test;
  if (upper.test.value !== value || upper.yes !== node.no || entries[upper.position] !== 1) return undefined;
  if (upper.test.bound <= bound) return undefined;
  const mask = allOnes(value.maximum);
  const ranges = [{ low: bound + 1, high: upper.test.bound }];
  return { node, value, mask, ranges, target: upper.no, next: node.no, ways: 2 };
}

/** The decisions of a row, the first value's first. */
function decided(row: readonly Element[], values: Values): Node {
  const groups = new Map<Value, Element[]>();
  for (const element of row) {
    const group = groups.get(element.value);
    if (group === undefined) groups.set(element.value, [element]);
    else group.push(element);
  }
  let next = row.at(-1)!.next;
  for (const group of [...groups.values()].reverse()) next = groupDecided(group, next, values);
  return next;
}

function groupDecided(group: readonly Element[], next: Node, values: Values): Node {
  const { value, mask, target, node } = group[0]!;
  if (group.length === 1) return alone(group[0]!, next);
  const masked = mask !== allOnes(value.maximum) && group.every((element) => element.mask === mask);
  const tested = masked ? values.alu('and', value, values.constant(mask)) : value;
  const ranges: { readonly low: number; readonly high: number }[] = [];
  for (const element of group) {
    for (const { low, high } of element.ranges) ranges.push({ low, high: masked ? low : high });
  }
  return branch({ kind: 'member', value: tested, set: values.set(ranges) }, node.span, target, next);
}

/** A test that is the only one of its value stays as it is. */
function alone({ node, target, ways }: Element, next: Node): Node {
  const { test, span, yes } = node;
  if (ways === 1) return branch(test, span, target, next);
  const upper = yes.kind === 'branch' ? branch(yes.test, yes.span, next, target) : yes;
  return branch(test, span, upper, next);
}

/** The graph in which ways to a replaced node lead to what replaces it. */
function redirected(root: Node, nodes: readonly Node[], replaced: readonly (Node | undefined)[]): Node {
  const of = (node: Node): Node => {
    const other = nodes[node.position] === node ? replaced[node.position] : undefined;
    return other === undefined ? node : of(other);
  };
  const start = of(root);
  const seen = new Set<Node>([start]);
  for (const node of seen) {
    if (node.kind === 'branch') {
      node.yes = of(node.yes);
      node.no = of(node.no);
      seen.add(node.no).add(node.yes);
    } else if (node.kind === 'step') {
      node.next = of(node.next);
      seen.add(node.next);
    }
  }
  return start;
}
