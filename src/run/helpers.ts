// What the helpers do when the oracle calls them. Pointers are checked as a program's own accesses are.

import { payloadOffset } from '../classic/dissect.js';
import { findAttribute, findNestedAttribute } from '../classic/netlink.js';
import { packetHelpers } from '../env/packet.js';
import { BpfMap } from './map/map.js';
import { errno } from './map/store.js';
import type { MapTable } from './map/table.js';
import type { Writable } from './memory.js';
import { failure, packetFunctions } from './packet-helpers.js';
import { printk } from './printk.js';

/** What a helper gets: r1 to r5, and all that they may lead to. */
export interface HelperCall {
  readonly arguments: readonly [r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint];
  readonly memory: Writable;
  readonly maps: MapTable;
  /** The packet, if the input is one. */
  readonly packet: Uint8Array | undefined;
  /** Receives what programs print. */
  readonly print: (text: string) => void;
}

/** The value of r0 afterwards, or a trap. */
export type HelperResult = bigint | 'bad-call' | 'out-of-bounds';

/** The helpers that are built, by number: Linux's own (linux/bpf.h), and those of `packet`. Tail calls are the interpreter's. */
export const helperFunctions: ReadonlyMap<number, (call: HelperCall) => HelperResult> = new Map([
  [1, mapLookup],
  [2, mapUpdate],
  [3, mapDelete],
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

// ---- maps ------------------------------------------------------------------------------------------------------------

/** r0 = the address of the value in map r1 whose key is at r2, or 0 */
function mapLookup({ arguments: [r1, r2], memory, maps }: HelperCall): HelperResult {
  const found = entryMap(maps, r1);
  if (found === undefined) return 'bad-call';
  const key = memory.bytes(r2, found.map.spec.keySize);
  if (key === undefined) return 'out-of-bounds';
  const slot = found.map.store.find(key);
  return slot === undefined ? 0n : maps.valueAddress(found.index, slot * found.map.valueStride);
}

/** Writes the value at r3 to the entry of map r1 whose key is at r2; r4: any entry, a new one, one that is there */
function mapUpdate({ arguments: [r1, r2, r3, r4], memory, maps }: HelperCall): HelperResult {
  const found = entryMap(maps, r1);
  if (found === undefined) return 'bad-call';
  const { spec, store, isReadOnly } = found.map;
  const [key, value] = [memory.bytes(r2, spec.keySize), memory.bytes(r3, spec.valueSize)];
  if (key === undefined || value === undefined) return 'out-of-bounds';
  if (isReadOnly) return failure(errno.perm);
  return failure(r4 > 2n ? errno.inval : store.update(key, value, Number(r4)));
}

/** Removes the entry of map r1 whose key is at r2 */
function mapDelete({ arguments: [r1, r2], memory, maps }: HelperCall): HelperResult {
  const found = entryMap(maps, r1);
  if (found === undefined) return 'bad-call';
  const { spec, store, isReadOnly } = found.map;
  const key = memory.bytes(r2, spec.keySize);
  if (key === undefined) return 'out-of-bounds';
  return failure(isReadOnly ? errno.perm : store.remove(key));
}

function entryMap(maps: MapTable, reference: bigint): { map: BpfMap; index: number } | undefined {
  const found = maps.find(reference);
  return found?.map instanceof BpfMap ? { map: found.map, index: found.index } : undefined;
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
