// What the helpers do when the oracle calls them.

import { payloadOffset } from '../classic/dissect.js';
import { findAttribute, findNestedAttribute } from '../classic/netlink.js';
import { packetHelpers } from '../env/packet.js';
import type { Memory } from './memory.js';

/** What a helper gets: r1 to r5, the memory that the program may reach, and the packet, if the input is one. */
export interface HelperCall {
  readonly arguments: readonly bigint[];
  readonly memory: Memory;
  readonly packet: Uint8Array | undefined;
}

/** The value of r0 afterwards, or a trap. */
export type HelperFunction = (call: HelperCall) => bigint | 'bad-call' | 'out-of-bounds';

/** The helpers that are built, by number: Linux's own (linux/bpf.h), and those of `packet`. */
export const helperFunctions: ReadonlyMap<number, HelperFunction> = new Map<number, HelperFunction>([
  [5, () => process.hrtime.bigint()], // ktime_get_ns
  [packetHelpers.random, () => BigInt(Math.floor(Math.random() * 2 ** 32))],
  [packetHelpers.processor, () => 0n],
  [packetHelpers.payloadOffset, ofPacket(payloadOffset)],
  [packetHelpers.netlinkAttribute, ofPacket(findAttribute)],
  [packetHelpers.netlinkNested, ofPacket(findNestedAttribute)],
  [packetHelpers.hardwareType, ofPacket(() => 0)], // a packet has no device here
]);

/** A helper that is asked something of the packet, whose context is r1; r2 and r3 are unsigned numbers of 32 bits. */
function ofPacket(answer: (packet: Uint8Array, r2: number, r3: number) => number): HelperFunction {
  return ({ arguments: [_, r2, r3], packet }) =>
    packet === undefined ? 'bad-call' : BigInt(answer(packet, low(r2), low(r3)));
}

function low(register: bigint | undefined): number {
  return Number(BigInt.asUintN(32, register ?? 0n));
}
