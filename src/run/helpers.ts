// What the helpers do when the oracle calls them.

import type { Memory } from './memory.js';

/** What a helper gets: r1 to r5, and the memory that the program may reach. */
export interface HelperCall {
  readonly arguments: readonly bigint[];
  readonly memory: Memory;
}

/** The value of r0 afterwards, or a trap. */
export type HelperFunction = (call: HelperCall) => bigint | 'bad-call' | 'out-of-bounds';

/** The helpers that are built, by Linux's number (linux/bpf.h). */
export const helperFunctions: ReadonlyMap<number, HelperFunction> = new Map([
  [5, () => process.hrtime.bigint()], // ktime_get_ns
  [7, () => BigInt(Math.floor(Math.random() * 2 ** 32))], // get_prandom_u32
  [8, () => 0n], // get_smp_processor_id
]);
