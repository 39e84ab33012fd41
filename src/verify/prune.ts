// Where paths meet, the present state is compared with those that were stored there. A path that is covered by one needs
// no second walk; a path that comes back to itself will never end.

import type { Analysis } from './analysis.js';
import { matches } from './equal.js';
import { keptRegisters } from './liveness.js';
import { refuse } from './refusal.js';
import type { State } from './state.js';
import { uninitialised } from './value.js';

/** @returns whether the path need not be walked any further */
export function isCovered(analysis: Analysis, state: State): boolean {
  const known = analysis.stored[state.pc]!;
  forgetDead(analysis, state);
  for (const old of known) {
    const isFinished = old.branches === 0;
    if (isFinished && matches(old, state, 'covers')) return true;
    if (!isFinished && matches(old, state, 'same')) refuse('this loop never ends: a path comes back to the same state');
  }
  remember(analysis, state);
  return false;
}

/** Stores a copy, which the path continues. */
function remember(analysis: Analysis, state: State): void {
  const copy = state.copy();
  copy.branches = 1;
  state.parent = copy;
  analysis.stored[state.pc]!.push(copy);
  analysis.states++;
  analysis.peakStates = Math.max(analysis.peakStates, analysis.states);
}

/** Registers that nothing will read hold nothing, so that states which differ only in them are the same. */
function forgetDead(analysis: Analysis, state: State): void {
  state.frames.forEach((frame, index) => {
    const inner = state.frames[index + 1];
    const live = inner === undefined ? analysis.live[state.pc]! : analysis.live[inner.callSite + 1]! & keptRegisters;
    for (let register = 0; register < 10; register++) {
      if ((live & (1 << register)) === 0) frame.registers[register] = uninitialised;
    }
  });
}

/** A path has ended: the stored states that it continues have one branch less to wait for. */
export function finish(state: State): void {
  for (let stored = state.parent; stored !== undefined; stored = stored.parent) {
    stored.branches--;
    if (stored.branches > 0) return;
  }
}
