// Packet loads (RFC 9669, section 5.5): checked at run time, so that only their form has to be right. Beyond the packet
// the program ends with 0, as by an `exit`.

import * as scalar from '../../abstract/scalar.js';
import type { InsnOf } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import { checkNothingHeld } from '../reference.js';
import { refuse } from '../refusal.js';
import { forgetArguments, readable, write } from '../registers.js';
import { checkResult } from '../result.js';
import { zeroValue } from '../slot.js';
import type { State } from '../state.js';
import { isAtStart, number } from '../value.js';

export function stepPacket(analysis: Analysis, state: State, { src }: InsnOf<'packet'>): void {
  checkNothingHeld(state, 'a packet load may end the program');
  if (!analysis.environment.packetLoads) refuse(`environment ${analysis.environment.name} has no packet loads`);
  const context = readable(state, 6);
  if (context.kind !== 'context' || !isAtStart(context))
    refuse('a packet load needs the context in r6, with nothing added');
  // Any number will do, an address too: where it leads to is checked at run time.
  if (src !== undefined) readable(state, src);
  endWithZero(analysis);
  forgetArguments(state);
  write(state, 0, number(scalar.unknown)); // as Linux has it, whatever the size
}

/** The way out beyond the packet. No function that is called has such a load, where it would lead to the caller. */
function endWithZero(analysis: Analysis): void {
  const { environment } = analysis;
  checkResult(environment, zeroValue);
  if (environment.result.mayBeAddress !== true) analysis.seeResult(zeroValue.scalar);
}
