// What a program may see and call. An environment is a value: the generator, the verifier and the loader are given the
// same one, and none of them asks another.

import type { Helper } from './helper.js';

export interface Environment {
  /** `packet`, `memory`, or a Linux program type in lower case: `socket_filter`, `xdp` … */
  readonly name: string;
  /** What r1, r2 … hold when the program starts. */
  readonly arguments: readonly Argument[];
  /** The parts of the context that r1 may be used to reach; empty where r1 is no context. */
  readonly fields: readonly Field[];
  /** Whether the packet loads of RFC 9669 (section 5.5) mean something here. */
  readonly packetLoads: boolean;
  /** The helpers that a program may call, by number. */
  readonly helpers: ReadonlyMap<number, Helper>;
  readonly result: Result;
}

/** What a register holds at the start. */
export type Argument =
  /** the address of the context */
  | 'context'
  /** the address of the input's bytes */
  | 'data'
  /** how many bytes the input has */
  | 'length';

/** A part of the context, as the program sees it. */
export interface Field {
  readonly name: string;
  /** Byte offset from the start of the context. */
  readonly offset: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly write: boolean;
}

export interface Result {
  /** How much of r0 is the answer; the rest is cut off. */
  readonly bits: 32 | 64;
}
