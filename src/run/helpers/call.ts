// A call of a helper: what it is given, and what it answers. Pointers are checked as a program's own accesses are.

import type { MapTable } from '../map/table.js';
import type { Writable } from '../memory.js';

/** What a helper gets: r1 to r5, and all that they may lead to. */
export interface HelperCall {
  readonly arguments: readonly [r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint];
  readonly memory: Writable;
  readonly maps: MapTable;
  /** The address of a byte of a map's content. */
  readonly addressIn: (map: number, offset: number) => bigint;
  /** The packet, if the input is one. */
  readonly packet: Uint8Array | undefined;
  /** The name of the program's environment. */
  readonly environment: string;
  /** Receives what programs print. */
  readonly print: (text: string) => void;
}

/** The value of r0 afterwards, or a trap. */
export type HelperResult = bigint | 'bad-call' | 'out-of-bounds';

/** A helper by its number: Linux's own (linux/bpf.h), or one of `packet` (src/env/packet.ts). */
export type HelperRow = readonly [helper: number, (call: HelperCall) => HelperResult];

/** The low half of a register. */
export function low(register: bigint): number {
  return Number(BigInt.asUintN(32, register));
}
