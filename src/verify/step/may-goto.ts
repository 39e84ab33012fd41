// may_goto: the way on through a loop that a counter of the engine's ends at last.

import type { InsnOf } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import type { State } from '../state.js';
import { widen, widenImprecise } from '../widen.js';

/** How many rounds keep the numbers that something relied on, before they are forgotten as well. */
const preciseRounds = 32;

/**
 * The path leaves the loop; another goes round once more, with the numbers that no one relied on forgotten, and in the end
 * all that differ from round to round.
 */
export function stepMayGoto(analysis: Analysis, state: State, { off }: InsnOf<'may-goto'>): number {
  const round = state.copy();
  round.from = state.pc;
  round.pc = state.pc + 1;
  round.mayGotos++;
  const before = lastAt(state.pc, state.parent?.parent);
  if (before !== undefined) (round.mayGotos > preciseRounds ? widen : widenImprecise)(before, round);
  analysis.push(round);
  return state.pc + 1 + off;
}

/** The stored state of the round before. */
function lastAt(pc: number, from: State | undefined): State | undefined {
  let state = from;
  while (state !== undefined && state.pc !== pc) state = state.parent;
  return state;
}
