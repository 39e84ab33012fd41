// A graph to a classic program. The program is made from its end to its beginning, so that every target has its place before anything
// jumps to it. A test finds its word in A where all ways to it have loaded that; where only some have, they jump behind the load.
//
// A conditional jump reaches 255 instructions; what is farther gets a stepping stone directly behind the jump: an answer once more,
// or an unconditional jump.

import { insnOf } from '../classic/encode.js';
import type { ClassicInsn, Operation } from '../classic/insn.js';
import type { ClassicProgram } from '../classic/program.js';
import { type Answer, type Node, type Test, topological } from './graph.js';

const farthest = 255;
const allBits = 0xffff_ffff;

/** The instructions of a graph. @param order its nodes, each before those that it leads to; `topological` gives one */
export function emit(root: Node, order: readonly Node[] = topological(root)): ClassicProgram['insns'] {
  const emitter = new Emitter(coldOnes(root, order));
  for (let at = order.length - 1; at >= 0; at--) emitter.node(order[at]!);
  return emitter.finish();
}

/** What is in A behind a test: a word, with some of its bits. */
function loaded({ word, test }: Test): string {
  return `${word} ${test.op === 'set' ? allBits : test.mask}`;
}

/** The tests to which some way leads that has not loaded their word. */
function coldOnes(root: Node, order: readonly Node[]): ReadonlySet<Node> {
  const cold = new Set<Node>([root]);
  for (const node of order) {
    if (node.kind !== 'test') continue;
    for (const next of [node.yes, node.no]) {
      if (next.kind === 'test' && loaded(next) !== loaded(node)) cold.add(next);
    }
  }
  return cold;
}

class Emitter {
  readonly #cold: ReadonlySet<Node>;
  readonly #insns: ClassicInsn[] = [];
  /** Counted from the program's end: where a node begins, or the nearest stone that leads there. */
  readonly #places = new Map<Node, number>();
  /** The same of the test itself, behind its load. */
  readonly #warm = new Map<Node, number>();

  constructor(cold: ReadonlySet<Node>) {
    this.#cold = cold;
  }

  node(node: Node): void {
    if (node.kind === 'answer') this.#answer(node);
    else this.#test(node);
  }

  finish(): ClassicProgram['insns'] {
    return this.#insns.toReversed();
  }

  #answer(node: Answer): void {
    this.#push({ kind: 'return', value: { k: node.action } });
    this.#places.set(node, this.#insns.length);
  }

  #test(node: Test): void {
    const [yes, no] = [this.#entry(node, node.yes), this.#entry(node, node.no)];
    while (this.#distance(yes) > farthest || this.#distance(no) > farthest) {
      this.#stone(this.#distance(yes) > farthest ? yes : no);
    }
    const { op, k, mask } = node.test;
    this.#push({ kind: 'jump', op, operand: { k }, jt: this.#distance(yes), jf: this.#distance(no) });
    this.#warm.set(node, this.#insns.length);
    if (!this.#cold.has(node)) return;
    if (op !== 'set' && mask !== allBits) this.#push({ kind: 'alu', op: 'and', operand: { k: mask } });
    this.#push({ kind: 'packet', size: 4, indexed: false, k: 4 * node.word });
    this.#places.set(node, this.#insns.length);
  }

  /** Where a way from a test to a node goes to. */
  #entry(from: Test, to: Node): { readonly places: Map<Node, number>; readonly node: Node } {
    const isWarm = to.kind === 'test' && loaded(to) === loaded(from);
    return { places: isWarm ? this.#warm : this.#places, node: to };
  }

  /** Instructions between the one that is pushed next and the entry. */
  #distance({ places, node }: { places: Map<Node, number>; node: Node }): number {
    return this.#insns.length - (places.get(node) ?? Number.NEGATIVE_INFINITY);
  }

  #stone(entry: { places: Map<Node, number>; node: Node }): void {
    if (entry.node.kind === 'answer') {
      this.#answer(entry.node);
      return;
    }
    this.#push({ kind: 'goto', off: this.#distance(entry) });
    entry.places.set(entry.node, this.#insns.length);
  }

  #push(operation: Operation): void {
    this.#insns.push(insnOf(operation));
  }
}
