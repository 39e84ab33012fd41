// What was explored, kept where it is asked for: every state that a path was in, and how one led to the next.
//
// It is a forest: a node for each instruction that was explored in a state, and below it a node for each way on. A path that
// was covered by a stored state ends in a node that points at that state's: what may happen from here was explored there.

import type { State } from './state.js';

/** One instruction, about to be carried out in one state. */
export interface TraceNode {
  readonly pc: number;
  /** What is known there: a copy, in which nothing changes any more. */
  readonly state: State;
  /** The ways on that were explored. */
  readonly next: readonly TraceNode[];
  /** Where the path goes on, if it was covered. */
  readonly cover: Cover | undefined;
}

/** By what a path was covered. */
export interface Cover {
  /** The node of the stored state. */
  readonly node: TraceNode;
  /** The stored state, with what its continuations read and relied on. */
  readonly stored: State;
  /** Whether all that is known in the stored state holds in the covered one, relied on or not. */
  readonly isWhole: boolean;
}

interface Draft extends TraceNode {
  state: State;
  readonly next: TraceNode[];
  cover: Cover | undefined;
}

export class Trace {
  readonly #nodes: Draft[] = [];

  /** In the order in which they were explored: the first one is where the program starts. */
  get nodes(): readonly TraceNode[] {
    return this.#nodes;
  }

  /** A path comes to an instruction. */
  reach(state: State): void {
    const node: Draft = { pc: state.pc, state, next: [], cover: undefined };
    this.#nodes[state.node]?.next.push(node);
    state.node = this.#nodes.push(node) - 1;
  }

  /** A path is about to carry out the instruction that it came to. */
  see(state: State): void {
    this.#nodes[state.node]!.state = state.copy();
  }

  /** A path is covered by a stored state, and ends. */
  cover(state: State, stored: State, isWhole: boolean): void {
    this.see(state);
    this.#nodes[state.node]!.cover = { node: this.#nodes[stored.node]!, stored, isWhole };
  }
}
