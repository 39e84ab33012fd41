// The rules of one call to a graph. A comparison of 64 bits becomes comparisons of two words; then what is already known on the way
// to a test is used to leave it out.

import type { Arch } from './arch.js';
import { type Condition, halves } from './condition.js';
import { type Graph, type Node, type Test, topological } from './graph.js';
import type { Rule } from './policy.js';
import type { WordTest } from './wordset.js';

/** The first rule that matches decides, else `otherwise` does. */
export function ruleGraph(graph: Graph, rules: readonly Rule[], otherwise: number, arch: Arch): Node {
  const node = rules.reduceRight<Node>((no, { conditions, action }) => {
    const yes = graph.answer(action);
    return conditions.reduceRight((then, condition) => conditionGraph(graph, condition, arch, then, no), yes);
  }, graph.answer(otherwise));
  return pruned(graph, node);
}

const allBits = 0xffff_ffff;

function conditionGraph(graph: Graph, condition: Condition, arch: Arch, yes: Node, no: Node): Node {
  const { op, argument, value, mask } = condition;
  const where = halves(arch, argument);
  const [low, high] = [Number(value & 0xffff_ffffn), Number(value >> 32n)];
  const [lowMask, highMask] = [Number(mask & 0xffff_ffffn), Number(mask >> 32n)];
  const wide = arch.bits === 64;
  const lowTest = (name: WordTest['op'], then: Node, other: Node) =>
    graph.test(where.low, { mask: lowMask, op: name, k: low }, then, other);
  const equal = (then: Node, other: Node) => {
    const inner = lowTest('eq', then, other);
    return wide ? graph.test(where.high, { mask: highMask, op: 'eq', k: high }, inner, other) : inner;
  };
  // a > b: the upper halves decide where they differ
  const ordered = (name: 'gt' | 'ge', then: Node, other: Node) => {
    const inner = lowTest(name, then, other);
    if (!wide) return inner;
    const same = graph.test(where.high, { mask: allBits, op: 'eq', k: high }, inner, high === 0 ? then : other);
    return high === 0 ? same : graph.test(where.high, { mask: allBits, op: 'gt', k: high }, then, same);
  };
  switch (op) {
    case 'EQ':
    case 'MASKED_EQ':
      return equal(yes, no);
    case 'NE':
      return equal(no, yes);
    case 'GT':
      return ordered('gt', yes, no);
    case 'LE':
      return ordered('gt', no, yes);
    case 'GE':
      return ordered('ge', yes, no);
    case 'LT':
      return ordered('ge', no, yes);
  }
}

/** What is known of a word on the way to a node: a test of it, and how it came out. */
interface Known {
  readonly word: number;
  readonly test: WordTest;
  readonly truth: boolean;
}

/** All that is known on a way; ways that know the same have the same number. */
interface Knowledge {
  readonly id: number;
  readonly facts: readonly Known[];
}

/** A graph with more ways than this stays as it is: knowing more makes it shorter, but never other. */
const mostSteps = 20_000;

/** The same decisions without tests whose outcome is known. */
function pruned(graph: Graph, root: Node): Node {
  const pruner = new Pruner(graph, wordsBelow(root));
  return pruner.pruned(root, { id: 0, facts: [] }) ?? root;
}

class Pruner {
  readonly #graph: Graph;
  readonly #words: ReadonlyMap<Node, ReadonlySet<number>>;
  readonly #made = new Map<string, Node>();
  readonly #ids = new Map<string, number>();
  #steps = 0;

  constructor(graph: Graph, words: ReadonlyMap<Node, ReadonlySet<number>>) {
    this.#graph = graph;
    this.#words = words;
  }

  /** undefined: that would take too many steps. */
  pruned(node: Node, all: Knowledge): Node | undefined {
    if (node.kind === 'answer') return node;
    const known = this.#relevant(node, all);
    const key = `${node.id} ${known.id}`;
    const before = this.#made.get(key);
    if (before !== undefined) return before;
    if (this.#steps++ > mostSteps) return undefined;
    const outcome = implied(known.facts, node.word, node.test);
    const result = outcome === undefined ? this.#forked(node, known) : this.pruned(outcome ? node.yes : node.no, known);
    if (result !== undefined) this.#made.set(key, result);
    return result;
  }

  #forked(node: Test, known: Knowledge): Node | undefined {
    const { word, test } = node;
    const yes = this.pruned(node.yes, this.#with(known, { word, test, truth: true }));
    const no = this.pruned(node.no, this.#with(known, { word, test, truth: false }));
    return yes === undefined || no === undefined ? undefined : this.#graph.test(word, test, yes, no);
  }

  /** Without what is known of words that aren't asked for any more, so that ways meet again. */
  #relevant(node: Node, known: Knowledge): Knowledge {
    const words = this.#words.get(node)!;
    if (known.facts.every(({ word }) => words.has(word))) return known;
    const facts = known.facts.filter(({ word }) => words.has(word));
    return facts.reduce<Knowledge>((all, fact) => this.#with(all, fact), { id: 0, facts: [] });
  }

  #with({ id, facts }: Knowledge, fact: Known): Knowledge {
    const { word, test, truth } = fact;
    const key = `${id} ${word} ${test.mask} ${test.op} ${test.k} ${truth}`;
    const found = this.#ids.get(key) ?? this.#ids.size + 1;
    this.#ids.set(key, found);
    return { id: found, facts: [...facts, fact] };
  }
}

/** The words that a node or one that it leads to tests. */
function wordsBelow(root: Node): ReadonlyMap<Node, ReadonlySet<number>> {
  const words = new Map<Node, ReadonlySet<number>>();
  for (const node of topological(root).toReversed()) {
    if (node.kind === 'answer') words.set(node, new Set());
    else words.set(node, new Set([node.word, ...words.get(node.yes)!, ...words.get(node.no)!]));
  }
  return words;
}

/** How a test must come out, by what is known of its word; undefined where that doesn't say. */
function implied(known: readonly Known[], word: number, { mask, op, k }: WordTest): boolean | undefined {
  const facts = known.filter((fact) => fact.word === word);
  const same = facts.find(({ test }) => test.mask === mask && test.op === op && test.k === k);
  if (same !== undefined) return same.truth;
  const { low, high, isSingle } = boundsOf(facts);
  if (isSingle) return holds(low & mask, op, k, mask);
  if (mask !== allBits || op === 'set') return undefined;
  if (op === 'eq') return k < low || k > high ? false : undefined;
  const least = op === 'gt' ? k + 1 : k;
  if (low >= least) return true;
  return high < least ? false : undefined;
}

function holds(word: number, op: WordTest['op'], k: number, mask: number): boolean {
  const a = word >>> 0;
  if (op === 'eq') return a === k;
  if (op === 'set') return (a & k & mask) !== 0;
  return op === 'gt' ? a > k : a >= k;
}

function boundsOf(facts: readonly Known[]): { low: number; high: number; isSingle: boolean } {
  let [low, high] = [0, allBits];
  for (const { test, truth } of facts) {
    if (test.mask !== allBits || test.op === 'set') continue;
    const { op, k } = test;
    if (op === 'eq' && truth) [low, high] = [Math.max(low, k), Math.min(high, k)];
    if (op === 'eq') continue;
    const least = op === 'gt' ? k + 1 : k;
    if (truth) low = Math.max(low, least);
    else high = Math.min(high, least - 1);
  }
  return { low, high, isSingle: low === high };
}
