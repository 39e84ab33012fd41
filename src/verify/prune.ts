// Where paths meet, the present state is compared with those that were stored there. A path that is covered by one needs
// no second walk; a path that comes back to itself will never end.
//
// How often states are stored, and when they are given up, follows Linux: it decides how much is explored, not what is
// proved.

import type { RegisterSet } from '../ebpf/registers.js';
import type { Analysis } from './analysis.js';
import { matches } from './equal.js';
import { keptRegisters } from './liveness.js';
import { mayRelyOnAll, relyAs } from './precision.js';
import { refuse } from './refusal.js';
import type { Frame, State } from './state.js';
import { uninitialised } from './value.js';
import { widen, widenAddresses } from './widen.js';

/** A state is stored after this many jumps and instructions … */
const spacing = { jumps: 2, insns: 8 };
/** … in a loop after this many … */
const loopSpacing = { jumps: 20, insns: 100 };
/** … and always when the way from the last one gets this long. */
const wayLimit = 40;
/** After so many rounds of a loop without a proved end an address should have come to rest. */
const addressRounds = 64;
/** A stored state is given up when it failed to cover this many times more often than it did. */
const patience = 3;
/** The same of one that the path itself has come from, in a loop. */
const loopPatience = 64;

/** @returns whether the path need not be walked any further */
export function isCovered(analysis: Analysis, state: State): boolean {
  forgetDead(analysis, state);
  const known = analysis.storedAt(state.pc);
  const isForced = mustStore(analysis, state);
  let isWanted = isForced || analysis.hasGone(spacing);
  for (let index = 0; index < known.length; index++) {
    const old = known[index]!;
    if (old.branches > 0) {
      if (closesLoop(analysis, old, state)) return true;
      if (!isForced && !analysis.hasGone(loopSpacing)) isWanted = false;
    } else if (matches(old, state, 'covers')) {
      old.hits++;
      passOn(analysis, old, state);
      analysis.trace?.cover(state, old, false);
      return true;
    }
    if (isWanted) old.misses++;
    if (isGivenUp(analysis, old)) {
      known.splice(index--, 1);
      analysis.hasGivenUp();
    }
  }
  if (isWanted) remember(analysis, state);
  return false;
}

/** In a loop that is counted by something else, the rounds before may be many before two are alike. */
function isGivenUp(analysis: Analysis, { pc, hits, misses, branches }: State): boolean {
  if (misses <= hits * patience + patience) return false;
  if (!isLoopPoint(analysis, pc)) return true;
  return !analysis.rules.widenLoops && (branches === 0 || misses > hits * loopPatience + loopPatience);
}

function mustStore(analysis: Analysis, state: State): boolean {
  const isLong = (state.history?.length ?? 0) > wayLimit;
  return analysis.rules.storeAlways || isLong || isLoopPoint(analysis, state.pc);
}

/** Where rounds of a loop are compared that may end by something else than the program's numbers. */
function isLoopPoint({ insns, rules, graph, callsBack }: Analysis, pc: number): boolean {
  if (callsBack[pc] === 1 || (rules.widenLoops && graph.loopHeads[pc] === 1)) return true;
  return graph.hasMayGoto && insns[pc]!.kind === 'may-goto';
}

/**
 * Whether a path comes back to a state that it continues, so that further rounds show nothing new. That a loop ends is
 * for the counter of its may_goto, for the helper that calls back, or for the budget.
 */
function closesLoop(analysis: Analysis, old: State, state: State): boolean {
  const { widenLoops } = analysis.rules;
  const isCounted = old.mayGotos !== state.mayGotos || analysis.callsBack[state.pc] === 1;
  const mayRepeat = widenLoops || (isLoopPoint(analysis, state.pc) && isCounted);
  if (mayRepeat && matches(old, state, 'within')) {
    mayRelyOnAll(state);
    readAll(state);
    analysis.trace?.cover(state, old, true);
    return true;
  }
  const isOneRound = old.mayGotos === state.mayGotos && old.callbacks === state.callbacks;
  if (isOneRound && matches(old, state, 'same')) {
    noteEntry(analysis, state);
    refuse('this loop never ends: a path comes back to the same state');
  }
  if (widenLoops && isLoopPoint(analysis, state.pc)) {
    widen(old, state);
    if (analysis.storedAt(state.pc).length > addressRounds) widenAddresses(old, state);
  }
  return false;
}

/** Not all of what is read on the rounds of a loop is known yet. */
function readAll(state: State): void {
  for (let stored = state.parent; stored !== undefined; stored = stored.parent) {
    for (const frame of stored.frames) frame.markAllRead();
  }
}

/** What the stored state's continuations read and relied on is read and relied on in this path too. */
function passOn(analysis: Analysis, old: State, state: State): void {
  for (let index = 0; index < old.frames.length; index++) {
    const { read } = old.frames[index]!;
    for (let slot = read.next(0); slot >= 0; slot = read.next(slot + 1)) state.frames[index]!.markRead(slot);
  }
  noteEntry(analysis, state);
  relyAs(analysis, state, old);
}

/** Writes down where the path came from, if that can't be told. */
export function noteEntry({ graph }: Analysis, state: State): void {
  if (graph.entries[state.pc] === 1) state.note();
}

/** Stores a copy, which the path continues. */
function remember(analysis: Analysis, state: State): void {
  const copy = state.copy();
  copy.branches = 1;
  state.parent = copy;
  state.first = state.pc;
  state.history = undefined;
  state.isNoted = false;
  for (let index = 0; index < copy.frames.length; index++) state.frames[index]!.continue(copy.frames[index]!);
  analysis.storedAt(state.pc).push(copy);
  analysis.hasStored();
}

/** Registers that nothing will read hold nothing, so that states which differ only in them are the same. */
function forgetDead(analysis: Analysis, state: State): void {
  for (let index = 0; index < state.frames.length; index++) {
    const live = liveIn(analysis, state, state.frames[index + 1]);
    const { registers } = state.frames[index]!;
    for (let register = 0; register < 10; register++) {
      const isDead = (live & (1 << register)) === 0;
      if (isDead && registers[register] !== uninitialised) registers[register] = uninitialised;
    }
  }
}

/** What is still read in a frame, given the one that was entered from it. */
function liveIn(analysis: Analysis, state: State, inner: Frame | undefined): RegisterSet {
  if (inner === undefined) return analysis.live[state.pc]!;
  // A helper that calls back is entered again, with what it was given.
  return inner.isCallback ? analysis.live[inner.callSite]! : analysis.live[inner.callSite + 1]! & keptRegisters;
}

/** A path has ended: the stored states that it continues have one branch less to wait for. */
export function finish(state: State): void {
  for (let stored = state.parent; stored !== undefined; stored = stored.parent) {
    stored.branches--;
    if (stored.branches > 0) return;
  }
}
