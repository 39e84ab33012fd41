// Calls of the program's own functions, and the way out of them.

import type { InsnOf } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import { relyOn } from '../precision.js';
import { checkNothingHeld } from '../reference.js';
import { refuse } from '../refusal.js';
import { readable } from '../registers.js';
import { checkResult } from '../result.js';
import { Frame, frameLimit, type State } from '../state.js';
import { uninitialised } from '../value.js';
import { endRound } from './callback.js';

/** The callee gets the arguments and a stack of its own, and walks on in the same path. */
export function stepCallLocal(_: Analysis, state: State, { off }: InsnOf<'call-local'>): number {
  if (state.frames.length === frameLimit) refuse(`more than ${frameLimit} functions call one another`);
  const entry = state.pc + 1 + off;
  const caller = state.frame;
  const callee = Frame.entered(state.frames.length, entry, state.pc);
  for (let register = 1; register <= 5; register++) {
    callee.registers[register] = caller.registers[register]!;
    caller.registers[register] = uninitialised;
  }
  caller.registers[0] = uninitialised;
  state.frames.push(callee);
  return entry;
}

/** @returns where the caller goes on, or undefined at the end of the program */
export function stepExit(analysis: Analysis, state: State): number | undefined {
  if (state.frames.length === 1) {
    endProgram(analysis, state);
    return undefined;
  }
  if (state.frame.isCallback) return endRound(analysis, state);
  const result = state.register(0);
  if (result.kind === 'stack') refuse('a function returns an address of its own stack');
  const { callSite } = state.frame;
  state.frames.pop();
  state.setRegister(0, result);
  return callSite + 1;
}

/** The result is relied on where it has to be a number: what is said of it holds on the paths that are covered too. */
function endProgram(analysis: Analysis, state: State): void {
  const { environment } = analysis;
  const result = readable(state, 0);
  checkNothingHeld(state, 'the program ends');
  checkResult(environment, result);
  if (environment.result.mayBeAddress === true) return;
  relyOn(analysis, state, 0);
  analysis.seeResult(result.scalar);
}
