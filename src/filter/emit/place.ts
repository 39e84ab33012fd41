// Blocks to a program: places them one behind the other and resolves their jumps.
//
// The program is made from its end to its beginning, so that every target has its place before anything jumps to it.
// A conditional jump reaches 255 instructions; a target that is farther gets a stepping stone directly behind the jump:
// an unconditional jump, or where the target is a verdict, that verdict once more. Later jumps use the stone too. Where
// scratch cells are read a verdict in the middle is no stone: Linux takes what follows a return to be reached from it, with
// only those cells written that all ways to the return have written.

import type { Span } from '../../base/error.js';
import { insnOf } from '../../classic/encode.js';
import type { ClassicInsn, Operation } from '../../classic/insn.js';
import { accept, type Node, reject } from '../graph.js';
import type { Block, Exit, Selected } from './select.js';

const farthest = 255;

export interface Placed {
  readonly insns: readonly ClassicInsn[];
  readonly spans: readonly (Span | undefined)[];
}

/**
 * Places the blocks, each of which comes before those that follow it, and the verdicts behind them. Their nodes have the positions that
 * the traversal of `select` gave them.
 * @param snaplen what the program returns for a packet that it accepts
 */
export function place(root: Node, { operations, blocks }: Selected, snaplen: number): Placed {
  const readsCells = operations.some(({ kind }) => kind === 'load-cell');
  const layout = new Layout(blocks.length + 2, snaplen, readsCells);
  for (const verdict of [reject, accept]) {
    if (verdict === root || blocks.some(({ exit }) => leadsTo(exit, verdict))) layout.verdict(verdict);
  }
  for (let at = blocks.length - 1; at >= 0; at--) layout.block(blocks[at]!, operations);
  return layout.finish();
}

function leadsTo(exit: Exit, node: Node): boolean {
  return exit.kind === 'jump' ? exit.yes === node || exit.no === node : exit.next === node;
}

/** A program that grows towards its beginning; places are counted from its end. */
class Layout {
  readonly #insns: ClassicInsn[] = [];
  readonly #spans: (Span | undefined)[] = [];
  /** The nearest place where a node begins, or a stepping stone to it, by the node's position. */
  readonly #places: (number | undefined)[];
  readonly #snaplen: number;
  readonly #readsCells: boolean;

  /** @param nodes how many nodes there are at most */
  constructor(nodes: number, snaplen: number, readsCells: boolean) {
    this.#places = new Array<number | undefined>(nodes).fill(undefined);
    this.#snaplen = snaplen;
    this.#readsCells = readsCells;
  }

  verdict(verdict: Node): void {
    const k = verdict === accept ? this.#snaplen : 0;
    this.#push({ kind: 'return', value: { k } }, undefined);
    this.#begin(verdict);
  }

  block({ node, first, end, exit }: Block, operations: readonly Operation[]): void {
    this.#exit(exit, node.span);
    for (let at = end - 1; at >= first; at--) this.#push(operations[at]!, node.span);
    this.#begin(node);
  }

  finish(): Placed {
    return { insns: this.#insns.toReversed(), spans: this.#spans.toReversed() };
  }

  #exit(exit: Exit, span: Span | undefined): void {
    if (exit.kind === 'next') {
      if (this.#distance(exit.next) > 0) this.#stone(exit.next);
      return;
    }
    const { op, operand, yes, no } = exit;
    while (this.#distance(yes) > farthest || this.#distance(no) > farthest) {
      this.#stone(this.#distance(yes) > farthest ? yes : no);
    }
    this.#push({ kind: 'jump', op, operand, jt: this.#distance(yes), jf: this.#distance(no) }, span);
  }

  #begin({ position }: Node): void {
    this.#places[position] = this.#insns.length;
  }

  /** Instructions between the one that is pushed next and the node. */
  #distance({ position }: Node): number {
    const at = this.#places[position];
    return at === undefined ? Number.POSITIVE_INFINITY : this.#insns.length - at;
  }

  #stone(node: Node): void {
    if (node.kind === 'verdict' && !this.#readsCells) {
      this.verdict(node);
      return;
    }
    this.#push({ kind: 'goto', off: this.#distance(node) }, undefined);
    this.#begin(node);
  }

  #push(operation: Operation, span: Span | undefined): void {
    this.#insns.push(insnOf(operation));
    this.#spans.push(span);
  }
}
