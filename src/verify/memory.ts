// Memory that a helper is given: all of it must be there, and what it writes is known no longer.

import * as scalar from '../abstract/scalar.js';
import type { Word } from '../abstract/word.js';
import * as word from '../abstract/word.js';
import type { Analysis } from './analysis.js';
import { checkMapValue } from './map.js';
import { checkPacket } from './packet.js';
import { relyOnSlot } from './precision.js';
import { refuse } from './refusal.js';
import { type Access, checkRegion } from './region.js';
import { clobberStack, fits, hasSpillOf, loadStack, readStack, slotAt, stackExtent } from './stack.js';
import type { State } from './state.js';
import type { Value } from './value.js';

export type MemoryUse = 'read' | 'write';

export function checkHelperMemory(analysis: Analysis, state: State, access: Access, use: MemoryUse): void {
  const { name, address } = access;
  switch (address.kind) {
    case 'packet':
    case 'packet-meta':
      checkPacket(access);
      break;
    case 'map-key':
      if (use === 'write') refuse(`${name} points to a map's key, which may only be read`);
      checkRegion(access, address.map!.keySize);
      break;
    case 'map-value':
      checkMapValue(access, use);
      break;
    case 'memory':
      checkRegion(access, address.extent);
      break;
    case 'stack':
      checkStack(analysis, state, access, use);
      break;
    default:
      refuse(`${name} is a ${address.kind}, not the address of memory`);
  }
}

function checkStack(analysis: Analysis, state: State, access: Access, use: MemoryUse): void {
  const frame = state.frames[access.address.frame]!;
  const { min, max } = stackExtent(access);
  analysis.touch(frame.entry, -min);
  if (use === 'write') clobberStack(frame, min, max + access.size);
  else readStack(frame, min, max + access.size);
}

/**
 * The key of up to 8 bytes that an address leads to, where it stands in the stack and is known: as zeros, or as a number
 * that was stored in the size of the key, as Linux wants it.
 */
export function constantKey(analysis: Analysis, state: State, address: Value, size: number): Word | undefined {
  const varying = address.kind === 'stack' ? scalar.known(address.scalar) : undefined;
  if (varying === undefined || size > 8) return undefined;
  const offset = address.offset + word.toNumber(varying);
  if ((offset & 7) + size > 8) return undefined;
  const frame = state.frames[address.frame]!;
  if (!hasSpillOf(frame, offset, size)) return undefined;
  const value = loadStack(frame, offset, size);
  const known = value.kind === 'scalar' ? scalar.known(value.scalar) : undefined;
  if (known === undefined) return undefined;
  // Where less was stored than the whole number, Linux goes by the whole.
  if (!fits(value, size)) return undefined;
  relyOnSlot(analysis, state, slotAt(address.frame, offset));
  return known;
}
