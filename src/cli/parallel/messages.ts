// What the main thread and those that scan captures say to each other.
//
//   main ▸ worker   Job, in the end undefined      one capture at a time
//   worker ▸ main   Portion …, then Ended          in the order of the capture
//   worker ▸ main   Wanted, and waits              the program for a link type, answered by Answer
//
// Beside the messages stands a word of shared memory: how many bytes of packets lie unread. A worker waits while they are too many.

import type { Place } from '../../base/error.js';
import { BpfError, type ErrorCode } from '../../base/error.js';
import type { Link } from '../../base/link.js';
import type { Origin } from '../../base/origin.js';
import type { Scanned } from '../../capture/batch.js';
import type { Parcel } from '../../capture/parcel.js';
import type { ClassicInsn } from '../../classic/insn.js';
import type { LaneEngine } from '../lane.js';

export interface Settings {
  readonly engine: LaneEngine;
  readonly invert: boolean;
  /** Whether the packets are wanted, and not only how many they are. */
  readonly packets: boolean;
  /** Two words: bytes that lie unread, and whether an answer has come. */
  readonly shared: SharedArrayBuffer;
}

export const words = { unread: 0, answered: 1 } as const;

export interface Job {
  readonly path: string;
}

export interface Portion {
  readonly kind: 'portion';
  readonly parcels: readonly Parcel[];
  /** What was gone over beside the parcels, and how many packets of that matched. */
  readonly scanned: Scanned;
  readonly matches: number;
  /** Bytes of the capture that lie behind. */
  readonly position: number;
  /** Bytes of packets in it. */
  readonly size: number;
}

export interface Ended {
  readonly kind: 'ended';
  readonly engines: readonly string[];
  readonly failure: Failure | undefined;
}

export interface Wanted {
  readonly kind: 'wanted';
  readonly link: Link;
}

/** The program, or nothing where there is none: the main thread knows why. */
export type Answer = { readonly insns: readonly ClassicInsn[]; readonly origin: Origin | undefined } | undefined;

export type FromWorker = Portion | Ended | Wanted;

/** An error as it is sent; without a code it is a fault of ours. */
export interface Failure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly place: Place | undefined;
  readonly pc: number | undefined;
  readonly stack: string | undefined;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error))
    return { code: undefined, message: String(error), place: undefined, pc: undefined, stack: undefined };
  const { message, stack } = error;
  if (!(error instanceof BpfError)) return { code: undefined, message, place: undefined, pc: undefined, stack };
  return { code: error.code, message, place: error.place, pc: error.pc, stack };
}

export function errorOf({ code, message, place, pc, stack }: Failure): Error {
  if (code !== undefined) return new BpfError(code, message, { place, pc });
  return Object.assign(new Error(message), stack === undefined ? {} : { stack });
}
