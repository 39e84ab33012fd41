// Calls of helpers: what they are given, what they leave in r0, and what they take away.

import * as scalar from '../../abstract/scalar.js';
import * as word from '../../abstract/word.js';
import type { InsnOf } from '../../ebpf/insn.js';
import type { Helper } from '../../env/helper.js';
import type { Analysis } from '../analysis.js';
import { type Call, checkArguments } from '../argument.js';
import { alwaysFinds } from '../map.js';
import { forgetPacket } from '../packet.js';
import { acquire, checkNothingHeld, release } from '../reference.js';
import { refuse } from '../refusal.js';
import { forgetArguments, write } from '../registers.js';
import type { State } from '../state.js';
import { changed, number, pointer, uninitialised, unknown, type Value } from '../value.js';
import { callBack } from './callback.js';

export function stepHelper(analysis: Analysis, state: State, { helper }: InsnOf<'call-helper'>): void {
  const prototype = analysis.environment.helpers.get(helper);
  if (prototype === undefined) refuse(`a ${analysis.environment.name} program has no helper ${helper}`);
  checkMayCall(analysis, prototype);
  const call = checkArguments(analysis, state, prototype);
  if (prototype.traits.callsBack !== undefined) callBack(analysis, state, call, prototype.traits.callsBack);
  if (call.releases) release(state, call.reference);
  if (prototype.name === 'tail_call') checkNothingHeld(state, 'a tail call leaves the program');
  forgetArguments(state);
  if (prototype.traits.movesPacket === true) forgetPacket(state);
  write(state, 0, returned(analysis, state, call));
}

function checkMayCall({ rules }: Analysis, { name, traits }: Helper): void {
  if (traits.gpl === true && !rules.isGpl) refuse(`${name} may only be called under a licence compatible with the GPL`);
  if (traits.sleeps === true && !rules.maySleep) refuse(`${name} may sleep, and the program may not`);
}

/** What r0 holds after the call. */
function returned(analysis: Analysis, state: State, call: Call): Value {
  const { returns, traits } = call.helper;
  if (returns === 'void') return uninitialised;
  if (returns === 'scalar') return traits.resultWithinSize === true ? withinSize(call) : returnedNumber(call.helper);
  const found = foundBy(call);
  const id = found.nullable ? analysis.newId() : 0;
  if (acquires(call)) {
    const reference = acquire(analysis, state);
    return changed(found, { id: reference, reference });
  }
  if (call.dynptr !== undefined) return changed(found, { id, reference: call.dynptr.reference, mapId: call.dynptr.id });
  return changed(found, { id, reference: traits.casts === true ? call.reference : 0 });
}

/** A look-up in a map of sockets takes a reference, as do the helpers that are made for it. */
function acquires({ helper, map }: Call): boolean {
  const isLookup = helper.name === 'map_lookup_elem' && (map?.type === 'sockmap' || map?.type === 'sockhash');
  return helper.traits.acquires === true || isLookup;
}

function foundBy({ helper, map, mapId, key, constant }: Call): Value {
  switch (helper.returns) {
    case 'scalar':
    case 'void':
      return unknown;
    case 'map-value':
      return pointer('map-value', { map, mapId });
    case 'map-value?': {
      const always = helper.name === 'map_lookup_elem' && map !== undefined && alwaysFinds(map, key);
      return pointer('map-value', { map, mapId, nullable: !always });
    }
    case 'socket?':
      return pointer('socket', { nullable: true });
    case 'sock-common?':
      return pointer('sock-common', { nullable: true });
    case 'tcp-sock?':
      return pointer('tcp-sock', { nullable: true });
    case 'memory?':
    case 'slice?':
      return pointer('memory', { nullable: true, extent: constant });
    case 'kernel-sock?':
      return pointer('kernel-sock', { nullable: true });
    case 'typed':
      return pointer('typed');
    case 'typed?':
      return pointer('typed', { nullable: true });
  }
}

const largestError = word.fromNumber(-4095);
/** More processors than any machine has on which bounds are proved by their number. */
const processorLimit = 8192;

/** How much was written, at most the size that was given, or an error. */
function withinSize({ sizeLimit }: Call): Value {
  return sizeLimit === undefined ? unknown : number(scalar.betweenSigned(largestError, sizeLimit));
}

function returnedNumber({ name }: Helper): Value {
  if (name !== 'get_smp_processor_id') return unknown;
  return number(scalar.between(word.zero, word.fromNumber(processorLimit - 1)));
}
