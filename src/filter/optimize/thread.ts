// Jump threading: a way into a test whose answer is known on that way goes on behind the test.
//
// The law is that no verdict changes, on a packet cut at any length: a test is passed over only if what it loads has
// been loaded before on every way there, at least as far, or has to be loaded behind it on every way to acceptance.

import { assert } from '../../base/error.js';
import { type Branch, type Node, ordered } from '../graph.js';
import type { Value, Values } from '../value.js';
import { type Ahead, lookAhead } from './ahead.js';
import { demandsOf, testDemands } from './demand.js';
import { after, afterStep, answerOf, type Facts, isSafe, isSimple, meet, noFacts, possibleValues } from './facts.js';
import { holdsFor } from './knowledge.js';

/** The new root, and what is known at each node that can be reached from it. */
export interface Threaded {
  readonly root: Node;
  readonly facts: ReadonlyMap<Node, Facts>;
}

export function thread(root: Node, values: Values): Threaded {
  return new Threading(root, values).run(root);
}

/** Passing over a long list again and again would take quadratic time; each node pays for so many nodes passed over. */
const stepsPerNode = 64;
const freeSteps = 10_000;

class Threading {
  readonly #ahead: ReadonlyMap<Node, Ahead>;
  readonly #values: Values;
  readonly #facts = new Map<Node, Facts>();
  #steps: number;

  constructor(root: Node, values: Values) {
    this.#values = values;
    this.#ahead = lookAhead(root);
    this.#steps = freeSteps + stepsPerNode * this.#ahead.size;
  }

  run(root: Node): Threaded {
    const entry = this.#enter(noFacts, root);
    for (const node of ordered(root)) {
      const facts = this.#facts.get(node);
      if (facts === undefined) continue;
      if (node.kind === 'branch') {
        // A test with a known answer that can't be passed over is made for what it loads alone.
        const holds = answerOf(facts, node.test);
        if (holds === true) node.no = node.yes;
        if (holds === false) node.yes = node.no;
        node.yes = this.#enter(after(facts, node.test, true), node.yes);
        node.no = this.#enter(after(facts, node.test, false), node.no);
      } else if (node.kind === 'step') {
        const variable = node.variable === undefined ? undefined : this.#values.variable(node.variable);
        node.next = this.#enter(afterStep(facts, node.value, variable), node.next);
      }
    }
    return { root: entry, facts: this.#facts };
  }

  /** Where a way that leads to `node` can go on at once; what is known on it is noted there. */
  #enter(facts: Facts, node: Node): Node {
    let target = node;
    for (let next: Node | undefined = node; next !== undefined; next = this.#past(facts, target)) target = next;
    const before = this.#facts.get(target);
    this.#facts.set(target, before === undefined ? facts : meet(before, facts));
    return target;
  }

  /** The node behind one that can be passed over. */
  #past(facts: Facts, node: Node): Node | undefined {
    if (node.kind === 'verdict' || --this.#steps < 0) return undefined;
    if (node.kind === 'step') {
      const kept = node.variable !== undefined && (this.#aheadOf(node.next).live & (1 << node.variable)) !== 0;
      return !kept && isSafe(facts, demandsOf(node.value), this.#aheadOf(node.next).reach) ? node.next : undefined;
    }
    if (node.test.kind === 'chain') return undefined;
    const next = this.#known(facts, node);
    if (next === undefined) return undefined;
    return isSafe(facts, testDemands(node.test), this.#aheadOf(next).reach) ? next : undefined;
  }

  /** Where a branch leads for certain, perhaps through others that test the same value. */
  #known(facts: Facts, node: Branch): Node | undefined {
    const holds = node.yes === node.no || answerOf(facts, node.test);
    if (holds !== undefined) return holds ? node.yes : node.no;
    if (!isSimple(node.test)) return undefined;
    const { value } = node.test;
    const [first, ...rest] = possibleValues(facts, value) ?? [];
    if (first === undefined) return undefined;
    const end = destination(node, value, first);
    return rest.every((k) => destination(node, value, k) === end) ? end : undefined;
  }

  #aheadOf(node: Node): Ahead {
    const ahead = this.#ahead.get(node);
    assert(ahead !== undefined, 'every node of the graph was looked at');
    return ahead;
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
