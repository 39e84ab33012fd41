// Loads and stores through an address: what each kind of address allows.

import * as tnum from '../abstract/tnum.js';
import * as word from '../abstract/word.js';
import type { Size } from '../ebpf/insn.js';
import type { Analysis } from './analysis.js';
import { loadContext, loadedNumber, storeContext } from './context.js';
import { refuse } from './refusal.js';
import { type Access, checkRegion } from './region.js';
import { extended, loadStack, loadStackVarying, stackExtent, storeStack, storeStackVarying } from './stack.js';
import type { State } from './state.js';
import type { Value } from './value.js';

/** An access that an instruction makes. */
export interface MemoryAccess extends Access {
  readonly size: Size;
  /** Linux wants atomic and ordered accesses aligned, whatever the processor does with others. */
  readonly aligned: boolean;
}

/** @returns what a load puts into its register */
export function load(analysis: Analysis, state: State, access: MemoryAccess, signed: boolean): Value {
  const { address, size } = access;
  checkUsable(access);
  checkAlignment(analysis, access);
  switch (address.kind) {
    case 'context':
      return loadContext(analysis, access, signed);
    case 'stack':
      return extended(loadFrame(analysis, state, access), size, signed);
    case 'memory':
      checkRegion(access, address.extent);
      return loadedNumber(size, signed);
    default:
      return refuse(`${access.name} is a ${address.kind}, which can't be loaded from`);
  }
}

function loadFrame(analysis: Analysis, state: State, access: MemoryAccess): Value {
  const frame = state.frames[access.address.frame]!;
  const extent = stackExtent(access);
  analysis.touch(frame.entry, -extent.min);
  if (extent.min !== extent.max) return loadStackVarying(frame, extent, access.size);
  return loadStack(analysis, frame, extent.min, access.size);
}

export function store(analysis: Analysis, state: State, access: MemoryAccess, value: Value): void {
  const { address } = access;
  checkUsable(access);
  checkAlignment(analysis, access);
  switch (address.kind) {
    case 'context':
      storeContext(analysis, access);
      break;
    case 'stack':
      storeFrame(analysis, state, access, value);
      break;
    case 'memory':
      if (address.readOnly) refuse(`${access.name} is a ${address.kind} that may only be read`);
      checkRegion(access, address.extent);
      break;
    default:
      refuse(`${access.name} is a ${address.kind}, which can't be stored to`);
  }
}

function storeFrame(analysis: Analysis, state: State, access: MemoryAccess, value: Value): void {
  const frame = state.frames[access.address.frame]!;
  const extent = stackExtent(access);
  analysis.touch(frame.entry, -extent.min);
  if (extent.min === extent.max) storeStack(state, frame, extent.min, access.size, value);
  else storeStackVarying(frame, extent, access.size, value);
}

function checkUsable({ name, address }: Access): void {
  if (address.kind === 'scalar') refuse(`${name} is a number, not an address`);
  if (address.nullable) refuse(`${name} is a ${address.kind} address that may be null; compare it with 0 first`);
}

/** The stack is kept in slots of 8 bytes, which an access must not straddle. */
function checkAlignment(_: Analysis, { name, address, off, size, aligned }: MemoryAccess): void {
  if (!aligned && address.kind !== 'stack') return;
  const offset = tnum.add(address.scalar.bits, tnum.constant(word.fromNumber(address.offset + off)));
  if (tnum.isAligned(offset, size)) return;
  refuse(`${name}: an access of ${size} bytes of the ${address.kind} is not at a multiple of ${size}`);
}
