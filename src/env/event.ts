// `event`: a program over the record of a tracing event. The context is the record itself, in the processor's byte order;
// packet loads read the same bytes in network order, for text whose place is known only at run time.
//
// A program that asks for what a record doesn't hold finds it in front of the record, which then begins at byte 24:
//
//   byte  0          4      8-23
//         processor  unused name of the task that was running, ended by 0

import { BpfError } from '../base/error.js';
import type { AccessSize, Environment } from './environment.js';

/** What stands before a record, where a program asks for it. */
export const eventPrefix = { processor: 0, task: 8, taskBytes: 16, size: 24 } as const;

/** The furthest byte that the offset of an instruction can name. */
const limit = 0x7fff;
const everySize: readonly AccessSize[] = [1, 2, 4, 8];

/**
 * @param size how many bytes there are at least, with what stands before the record
 * @throws BpfError 'range' when the size isn't a whole number from 0 to 32767
 */
export function event(size = 0): Environment {
  if (!Number.isInteger(size) || size < 0 || size > limit) {
    throw new BpfError('range', `expected a size of 0 to ${limit} bytes, found ${size}`);
  }
  return {
    name: 'event',
    arguments: ['context'],
    dataSize: size,
    context: 'input',
    fields: [{ name: 'record', offset: 0, size, read: everySize, write: [], yields: 'scalar', unaligned: true }],
    packetLoads: true,
    networkHeader: 0,
    packetAccess: 'none',
    helpers: new Map(),
    result: { bits: 32, range: [0, 1] },
    loops: 'budgeted',
  };
}
