// The walk: every path from the start, one after the other, until each has ended or is covered by what was seen before.

import { type Analysis, processedLimit } from './analysis.js';
import { finish, isCovered, noteEntry } from './prune.js';
import { refuse } from './refusal.js';
import { startState } from './start.js';
import type { State } from './state.js';
import { step } from './step/step.js';

/** @throws Refusal, with the path that can't be allowed in `analysis.current` */
export function explore(analysis: Analysis): void {
  analysis.push(startState(analysis.environment));
  for (let state = analysis.pop(); state !== undefined; state = analysis.pop()) {
    analysis.current = state;
    analysis.log.resume(state);
    walk(analysis, state);
    finish(state);
  }
}

/** Follows one path; branches are kept for later. */
function walk(analysis: Analysis, state: State): void {
  const { graph, insns, log, trace } = analysis;
  for (;;) {
    analysis.processed++;
    state.isNoted = false;
    trace?.reach(state);
    if (graph.meetings[state.pc] === 1 && isCovered(analysis, state)) {
      log.covered(state);
      return;
    }
    trace?.see(state);
    noteEntry(analysis, state);
    if (analysis.processed > processedLimit) {
      refuse(`more than ${processedLimit} instructions were explored: the program is too complex`);
    }
    analysis.see(state.pc);
    const insn = insns[state.pc]!;
    analysis.jumps += graph.jumps[state.pc]!;
    log.before(state);
    const next = step(analysis, state, insn);
    log.after(state, insn, state.pc);
    if (next === undefined) return;
    state.from = state.pc;
    state.pc = next;
  }
}
