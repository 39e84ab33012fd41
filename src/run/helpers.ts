// What the helpers do when the oracle calls them. Pointers are checked as a program's own accesses are.

import { payloadOffset } from '../classic/dissect.js';
import { findAttribute, findNestedAttribute } from '../classic/netlink.js';
import { packetHelpers } from '../env/packet.js';
import { errno, failure } from './map/errno.js';
import type { MapTable } from './map/table.js';
import { mapFunctions } from './map-helpers.js';
import type { Writable } from './memory.js';
import { outputFunctions } from './output-helpers.js';
import { packetFunctions } from './packet-helpers.js';
import { printk } from './printk.js';

/** What a helper gets: r1 to r5, and all that they may lead to. */
export interface HelperCall {
  readonly arguments: readonly [r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint];
  readonly memory: Writable;
  readonly maps: MapTable;
  /** The address of a byte of a map's content. */
  readonly addressIn: (map: number, offset: number) => bigint;
  /** The packet, if the input is one. */
  readonly packet: Uint8Array | undefined;
  /** Receives what programs print. */
  readonly print: (text: string) => void;
}

/** The value of r0 afterwards, or a trap. */
export type HelperResult = bigint | 'bad-call' | 'out-of-bounds';

/** The helpers that are built, by number: Linux's own (linux/bpf.h), and those of `packet`. Tail calls are the interpreter's. */
export const helperFunctions: ReadonlyMap<number, (call: HelperCall) => HelperResult> = new Map([
  ...mapFunctions,
  ...outputFunctions,
  [5, () => process.hrtime.bigint()], // ktime_get_ns
  [6, tracePrintk],
  [177, traceVprintk],
  ...packetFunctions,
  [packetHelpers.random, () => BigInt(Math.floor(Math.random() * 2 ** 32))],
  [packetHelpers.processor, () => 0n],
  [packetHelpers.payloadOffset, ofPacket(payloadOffset)],
  [packetHelpers.netlinkAttribute, ofPacket(findAttribute)],
  [packetHelpers.netlinkNested, ofPacket(findNestedAttribute)],
  [packetHelpers.hardwareType, ofPacket(() => 0)], // a packet has no device here
]);

/** bpf_tail_call, which doesn't return where it succeeds. */
export const tailCall = 12;

/** Whether a helper of this number is there, beside those that an environment brings along. */
export function isBuilt(helper: number): boolean {
  return helper === tailCall || helperFunctions.has(helper);
}

// ---- printing --------------------------------------------------------------------------------------------------------

/** Prints by the format of r2 bytes at r1 with r3, r4 and r5; r0 = how many bytes, a newline included if it has one */
function tracePrintk({ arguments: [r1, r2, ...values], memory, print }: HelperCall): HelperResult {
  const format = memory.bytes(r1, Number(BigInt.asUintN(32, r2)));
  if (format === undefined) return 'out-of-bounds';
  return printed(printk(format, values, memory), print);
}

/** Prints by the format of r2 bytes at r1 with the numbers of 64 bits in r4 bytes at r3; r0 as above */
function traceVprintk({ arguments: [r1, r2, r3, r4], memory, print }: HelperCall): HelperResult {
  const [formatBytes, valueBytes] = [r2, r4].map(low) as [number, number];
  if (valueBytes % 8 !== 0 || valueBytes > 8 * mostValues) return failure(errno.inval);
  const format = memory.bytes(r1, formatBytes);
  const values = valueBytes === 0 ? new Uint8Array() : memory.bytes(r3, valueBytes);
  if (format === undefined || values === undefined) return 'out-of-bounds';
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const numbers = Array.from({ length: valueBytes / 8 }, (_, i) => view.getBigUint64(8 * i, true));
  return printed(printk(format, numbers, memory), print);
}

/** How many values Linux takes (MAX_BPRINTF_VARARGS). */
const mostValues = 12;

function printed(text: string | undefined, print: HelperCall['print']): HelperResult {
  if (text === undefined) return failure(errno.inval);
  print(text);
  return BigInt(Buffer.byteLength(text, 'latin1'));
}

// ---- packets ---------------------------------------------------------------------------------------------------------

/** A helper that is asked something of the packet, whose context is r1; r2 and r3 are unsigned numbers of 32 bits. */
function ofPacket(answer: (packet: Uint8Array, r2: number, r3: number) => number) {
  return ({ arguments: [_, r2, r3], packet }: HelperCall): HelperResult =>
    packet === undefined ? 'bad-call' : BigInt(answer(packet, low(r2), low(r3)));
}

function low(register: bigint): number {
  return Number(BigInt.asUintN(32, register));
}
