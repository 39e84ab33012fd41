// Decisions about a call as a graph without loops: tests of words, and the answers at their ends. Equal nodes are one node, so
// that rules which end alike share their end.

import type { WordTest } from './wordset.js';

export type Node = Answer | Test;

export interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  /** What the filter returns. */
  readonly action: number;
}

export interface Test {
  readonly kind: 'test';
  readonly id: number;
  /** Index of the word in `seccomp_data`. */
  readonly word: number;
  readonly test: WordTest;
  readonly yes: Node;
  readonly no: Node;
}

const allBits = 0xffff_ffff;

/** Makes nodes, each but once. */
export class Graph {
  readonly #nodes = new Map<string, Node>();

  answer(action: number): Node {
    return this.#node(`${action}`, (id) => ({ kind: 'answer', id, action }));
  }

  /** `(word & mask) op k ? yes : no`, or what it comes to where that is always the same. */
  test(word: number, { mask, op, k }: WordTest, yes: Node, no: Node): Node {
    if (yes === no) return yes;
    const decided = always({ mask, op, k });
    if (decided !== undefined) return decided ? yes : no;
    const bit = (mask & (mask - 1)) === 0;
    if (op === 'eq' && mask !== allBits && (bit || k === 0)) {
      const isZero = k === 0; // one instruction tells whether any of some bits is set
      return this.#test(word, { mask: allBits, op: 'set', k: mask }, isZero ? no : yes, isZero ? yes : no);
    }
    return this.#test(word, { mask, op, k }, yes, no);
  }

  #test(word: number, test: WordTest, yes: Node, no: Node): Node {
    const key = `${word} ${test.mask} ${test.op} ${test.k} ${yes.id} ${no.id}`;
    return this.#node(key, (id) => ({ kind: 'test', id, word, test, yes, no }));
  }

  #node(key: string, make: (id: number) => Node): Node {
    const found = this.#nodes.get(key);
    if (found !== undefined) return found;
    const made = make(this.#nodes.size);
    this.#nodes.set(key, made);
    return made;
  }
}

/** How a test comes out for every word; undefined where that depends on the word. */
function always({ mask, op, k }: WordTest): boolean | undefined {
  switch (op) {
    case 'eq':
      if ((k & ~mask) !== 0) return false;
      return mask === 0 ? true : undefined;
    case 'gt':
      return k >= mask ? false : undefined;
    case 'ge':
      return k === 0 ? true : k > mask ? false : undefined;
    case 'set':
      return (mask & k) === 0 ? false : undefined;
  }
}

/** All nodes that a node leads to, each before those that it leads to; where a test fails follows it first. */
export function topological(root: Node): readonly Node[] {
  const seen = new Set<Node>();
  const after: Node[] = [];
  const stack: { node: Node; left: Node[] }[] = [];
  const enter = (node: Node) => {
    if (seen.has(node)) return;
    seen.add(node);
    stack.push({ node, left: node.kind === 'test' ? [node.no, node.yes] : [] });
  };
  enter(root);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.left.pop();
    if (next !== undefined) enter(next);
    else after.push(stack.pop()!.node);
  }
  return after.reverse();
}
