// `memory`: a program over plain bytes, which it may change: r1 is their address, r2 how many there are, r0 the result.

import { BpfError } from '../base/error.js';
import type { Environment } from './environment.js';
import { linuxHelpers } from './linux/helpers.js';

/** Linux's helpers that every program may call, as far as they are built: maps, time, printing, chance, the processor, tail calls. */
const helpers = [1, 2, 3, 5, 6, 7, 8, 12] as const;

/** The most bytes that can be asked for: offsets beyond it are refused by Linux's rules of pointer arithmetic. */
const limit = 2 ** 29;

/**
 * @param size how many bytes there are at least: what the program may touch without asking
 * @throws BpfError 'range' when the size isn't a whole number from 0 to 2^29
 */
export function memory(size = 0): Environment {
  if (!Number.isInteger(size) || size < 0 || size > limit) {
    throw new BpfError('range', `expected a size of 0 to ${limit} bytes, found ${size}`);
  }
  return {
    name: 'memory',
    arguments: ['data', 'length'],
    dataSize: size,
    fields: [],
    packetLoads: false,
    networkHeader: 0,
    packetAccess: 'none',
    helpers: new Map(helpers.map((id) => [id, linuxHelpers.get(id)!])),
    result: { bits: 64 },
    loops: 'refused',
  };
}
