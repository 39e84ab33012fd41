// may_goto: the way on through a loop that a counter of the engine's ends at last. Its eight million rounds are more than a
// run should take unasked, so that an engine counts the instructions as well.

import type { InsnOf } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import type { State } from '../state.js';
import { widenImprecise } from '../widen.js';

/** The path leaves the loop; another goes round once more, with the numbers that no one relied on forgotten. */
export function stepMayGoto(analysis: Analysis, state: State, { off }: InsnOf<'may-goto'>): number {
  analysis.budgeted = true;
  const round = state.copy();
  round.from = state.pc;
  round.pc = state.pc + 1;
  round.mayGotos++;
  const before = lastAt(state.pc, state.parent?.parent);
  if (before !== undefined) widenImprecise(before, round);
  analysis.push(round);
  return state.pc + 1 + off;
}

/** The stored state of the round before. */
function lastAt(pc: number, from: State | undefined): State | undefined {
  let state = from;
  while (state !== undefined && state.pc !== pc) state = state.parent;
  return state;
}
