// Helpers that call a function of the program, any number of times: a path goes on behind the call, as after the last
// round, and another walks through the function and comes back to the call, until its rounds are alike.

import * as word from '../../abstract/word.js';
import type { HelperTraits } from '../../env/helper.js';
import type { Analysis } from '../analysis.js';
import type { Call } from '../argument.js';
import { checkCallbackMap } from '../map.js';
import { relyOn } from '../precision.js';
import { refuse } from '../refusal.js';
import { readable } from '../registers.js';
import { Frame, frameLimit, type State } from '../state.js';
import { isScalar, pointer, unknown, type Value } from '../value.js';
import { widenImprecise } from '../widen.js';

type CallsBack = NonNullable<HelperTraits['callsBack']>;

/** The path goes on; another that enters the function waits. */
export function callBack(analysis: Analysis, state: State, call: Call, how: CallsBack): void {
  if (call.map !== undefined) checkCallbackMap(call.map, how);
  if (how === 'round' && !hasMoreRounds(analysis, state)) {
    state.frame.rounds = 0;
    return;
  }
  if (state.frames.length === frameLimit) refuse(`more than ${frameLimit} functions call one another`);
  const round = state.copy();
  round.callbacks++;
  round.frame.rounds++;
  round.frames.push(enteredFrame(analysis, state, call, how));
  round.from = state.pc;
  round.pc = call.callback;
  state.frame.rounds = 0;
  analysis.push(round);
}

/** r1 says how many rounds there are. */
function hasMoreRounds(analysis: Analysis, state: State): boolean {
  const { kind, scalar } = state.register(1);
  if (kind !== 'scalar') refuse('loop wants a number of rounds in r1');
  relyOn(analysis, state, 1);
  return word.below(word.fromNumber(state.frame.rounds), scalar.umax);
}

function enteredFrame(analysis: Analysis, state: State, call: Call, how: CallsBack): Frame {
  const callee = Frame.entered(state.frames.length, call.callback, state.pc);
  callee.isCallback = true;
  const given = [...givenFirst(analysis, state, call, how), state.register(3)];
  for (const [index, value] of given.entries()) callee.registers[index + 1] = value;
  return callee;
}

/** What the function is given before that which the program passes on to it. */
function givenFirst(analysis: Analysis, state: State, { map }: Call, how: CallsBack): readonly Value[] {
  switch (how) {
    case 'round':
      return [unknown];
    case 'element':
      return [state.register(1), pointer('map-key', { map }), pointer('map-value', { map })];
    case 'record':
      return [pointer('dynptr', { id: analysis.newId() })];
  }
}

/** The end of a function that a helper called: 1 ends the rounds, 0 doesn't. @returns the call */
export function endRound(analysis: Analysis, state: State): number {
  const result = readable(state, 0);
  if (!isScalar(result)) refuse('a function that a helper calls ends with an address in r0');
  relyOn(analysis, state, 0);
  const { smin, smax } = result.scalar;
  if (word.isNegative(smin) || word.below(word.one, smax)) {
    const found = `${word.toSigned(smin)} to ${word.toSigned(smax)}`;
    refuse(`a function that a helper calls must answer 0 or 1, and r0 is ${found}`);
  }
  const { callSite } = state.frame;
  state.frames.pop();
  const before = lastRound(state, callSite);
  if (before !== undefined) widenImprecise(before, state);
  return callSite;
}

/** The state that was stored at the call before the round. */
function lastRound({ parent, frames }: State, callSite: number): State | undefined {
  let before = parent;
  while (before !== undefined && (before.pc !== callSite || before.frames.length !== frames.length)) {
    before = before.parent;
  }
  return before;
}
