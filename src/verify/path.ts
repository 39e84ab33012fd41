// The conditional jumps that led to a state, for people to read.

import type { Insn } from '../ebpf/insn.js';
import { WayBack } from './history.js';
import type { PathStep } from './refusal.js';
import type { State } from './state.js';

/** How many jumps are told: the last ones. */
const limit = 1000;

/** The jumps from the program's start to the instruction that the state is at, oldest first. */
export function pathTo(insns: readonly Insn[], end: State): PathStep[] {
  const steps: PathStep[] = [];
  for (const { pc, after } of stepsBack(end)) {
    const { kind } = insns[pc]!;
    if (kind === 'jump' || kind === 'may-goto') steps.push({ pc, taken: after !== pc + 1 });
    if (steps.length === limit) break;
  }
  return steps.reverse();
}

/** Each instruction on the way back, the latest first, with the one that was carried out after it. */
function* stepsBack(end: State): Generator<{ pc: number; after: number }> {
  let after = end.pc;
  let way = new WayBack(end.first, end.pc, end.history);
  let hasMore = way.back();
  for (let state: State | undefined = end; state !== undefined; ) {
    for (; hasMore; hasMore = way.back()) {
      yield { pc: way.pc, after };
      after = way.pc;
    }
    state = state.parent;
    if (state === undefined) return;
    way = new WayBack(state.first, state.from, state.history);
    hasMore = state.from >= 0;
  }
}
