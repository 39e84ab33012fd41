// Jump threading: a way into a test whose answer is known on that way goes on behind the test.
//
// The law is that no verdict changes, on a packet cut at any length: a test is passed over only if what it loads has
// been loaded before on every way there, at least as far, or has to be loaded behind it on every way to acceptance.

import { demandsOf, isOpaque } from '../condition.js';
import { type Branch, type Node, ordered } from '../graph.js';
import type { Value, Values } from '../value.js';
import { type Ahead, lookAhead } from './ahead.js';
import { after, afterStep, answerOf, type Facts, isSafe, isSimple, meet, noFacts, possibleValues } from './facts.js';
import { holdsFor } from './knowledge.js';

/** The new root, and what is known at the nodes, by their position in the list; undefined where no way leads to one any more. */
export interface Threaded {
  readonly root: Node;
  readonly nodes: readonly Node[];
  readonly facts: readonly (Facts | undefined)[];
}

export function thread(root: Node, values: Values): Threaded {
  return new Threading(ordered(root), values).run(root);
}

/** Passing over a long list again and again would take quadratic time; each node pays for so many nodes passed over. */
const stepsPerNode = 16;
const freeSteps = 10_000;

class Threading {
  readonly #nodes: readonly Node[];
  readonly #ahead: readonly Ahead[];
  readonly #values: Values;
  readonly #facts: (Facts | undefined)[];
  #steps: number;

  constructor(nodes: readonly Node[], values: Values) {
    this.#values = values;
    this.#nodes = nodes;
    this.#facts = nodes.map(() => undefined);
    this.#ahead = lookAhead(nodes);
    this.#steps = freeSteps + stepsPerNode * nodes.length;
  }

  run(root: Node): Threaded {
    const entry = this.#enter(noFacts, root);
    for (const node of this.#nodes) {
      const facts = this.#facts[node.position];
      if (facts === undefined) continue;
      if (node.kind === 'branch') this.#branch(node, facts);
      else if (node.kind === 'step') {
        const variable = node.variable === undefined ? undefined : this.#values.variable(node.variable);
        node.next = this.#enter(afterStep(facts, node.value, variable), node.next);
      }
    }
    return { root: entry, nodes: this.#nodes, facts: this.#facts };
  }

  #branch(node: Branch, facts: Facts): void {
    // A test with a known answer that can't be passed over is made for what it loads alone.
    const holds = answerOf(facts, node.test);
    if (holds === true) node.no = node.yes;
    if (holds === false) node.yes = node.no;
    node.yes = this.#enter(after(facts, node.test, true), node.yes);
    node.no = this.#enter(after(facts, node.test, false), node.no);
  }

  /** Where a way that leads to `node` can go on at once; what is known on it is noted there. */
  #enter(facts: Facts, node: Node): Node {
    let target = node;
    for (let next: Node | undefined = node; next !== undefined; next = this.#past(facts, target)) target = next;
    const before = this.#facts[target.position];
    this.#facts[target.position] = before === undefined ? facts : meet(before, facts);
    return target;
  }

  /** The node behind one that can be passed over. */
  #past(facts: Facts, node: Node): Node | undefined {
    if (node.kind === 'verdict' || --this.#steps < 0) return undefined;
    if (node.kind === 'step') {
      const kept = node.variable !== undefined && (this.#aheadOf(node.next).live & (1 << node.variable)) !== 0;
      return !kept && isSafe(facts, node.value.demands, this.#aheadOf(node.next).reach) ? node.next : undefined;
    }
    if (isOpaque(node.test)) return undefined;
    const next = this.#known(facts, node);
    if (next === undefined) return undefined;
    return isSafe(facts, demandsOf(node.test), this.#aheadOf(next).reach) ? next : undefined;
  }

  /** Where a branch leads for certain, perhaps through others that test the same value. */
  #known(facts: Facts, node: Branch): Node | undefined {
    const holds = node.yes === node.no || answerOf(facts, node.test);
    if (holds !== undefined) return holds ? node.yes : node.no;
    if (!isSimple(node.test)) return undefined;
    const { value } = node.test;
    const possible = possibleValues(facts, value);
    if (possible === undefined || possible.length === 0) return undefined;
    const end = destination(node, value, possible[0]!);
    return possible.every((k) => destination(node, value, k) === end) ? end : undefined;
  }

  #aheadOf(node: Node): Ahead {
    return this.#ahead[node.position]!;
  }
}

/** The first node that doesn't test the value, when the value is `k`. */
function destination(start: Node, value: Value, k: number): Node {
  let node = start;
  while (node.kind === 'branch' && isSimple(node.test) && node.test.value === value) {
    node = holdsFor(node.test, k) ? node.yes : node.no;
  }
  return node;
}
