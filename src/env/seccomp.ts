// `seccomp`: a program over Linux's `struct seccomp_data` (linux/seccomp.h), read as aligned 32-bit words.
//
//   byte  0   4     8-15                 16-23 … 56-63
//         nr  arch  instruction pointer  six arguments, low half first

import type { Environment } from './environment.js';

/** Bytes of `struct seccomp_data`. */
export const seccompSize = 64;

export const seccomp: Environment = {
  name: 'seccomp',
  arguments: ['context'],
  dataSize: 0,
  fields: [
    { name: 'nr', offset: 0, size: 4, read: [4], write: [], yields: 'scalar' },
    { name: 'arch', offset: 4, size: 4, read: [4], write: [], yields: 'scalar' },
    { name: 'instruction_pointer', offset: 8, size: 8, read: [4], write: [], yields: 'scalar' },
    { name: 'args', offset: 16, size: 48, read: [4], write: [], yields: 'scalar' },
  ],
  packetLoads: false,
  networkHeader: 0,
  packetAccess: 'none',
  helpers: new Map(),
  result: { bits: 32 },
  loops: 'refused',
};
