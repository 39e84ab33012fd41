// Helpers about a packet: they copy its bytes, change them, and add them up. Answers are those of net/core/filter.c.

import type { HelperCall, HelperResult } from './helpers.js';
import { errno, failure } from './map/errno.js';

/** Helpers that look for a socket, or see one as another kind: no packet has any here. */
const sockets = [84, 85, 95, 96, 98, 99, 136, 137, 138, 139, 140, 178, 196];

/** By Linux's numbers (linux/bpf.h). */
export const packetFunctions: readonly (readonly [helper: number, (call: HelperCall) => HelperResult])[] = [
  [9, storeBytes(errno.fault)], // skb_store_bytes
  [26, loadSkbBytes],
  [28, checksumDifference],
  [40, () => failure(errno.notsupp)], // csum_update: a packet brings no checksum of its device
  [17, () => 0n], // get_cgroup_classid: no packet belongs to a group
  [86, () => 'bad-call'], // sk_release: nothing can have been found that could be released
  [189, loadXdpBytes],
  [190, storeBytes(errno.inval)], // xdp_store_bytes
  ...sockets.map((helper) => [helper, () => 0n] as const),
];

/** Where a helper reads or writes in the packet: r2 = offset, r4 = how many bytes; undefined where they aren't all there. */
function rangeOf({ arguments: [_1, r2, _3, r4], packet }: HelperCall): [start: number, end: number] | undefined {
  const [start, length] = [low(r2), low(r4)];
  return packet !== undefined && start + length <= packet.length ? [start, start + length] : undefined;
}

/** Copies to r3; where the packet is too short, it clears what is there. */
function loadSkbBytes(call: HelperCall): HelperResult {
  const [, , r3, r4] = call.arguments;
  const range = rangeOf(call);
  const bytes = range === undefined ? new Uint8Array(low(r4)) : call.packet!.slice(...range);
  if (!call.memory.write(r3, bytes)) return 'out-of-bounds';
  return range === undefined ? failure(errno.fault) : 0n;
}

function loadXdpBytes(call: HelperCall): HelperResult {
  const range = rangeOf(call);
  if (range === undefined) return failure(errno.inval);
  return call.memory.write(call.arguments[2], call.packet!.slice(...range)) ? 0n : 'out-of-bounds';
}

/** Copies from r3 into the packet, or returns the error where it is too short. */
function storeBytes(tooShort: number) {
  return (call: HelperCall): HelperResult => {
    const [, , r3, r4] = call.arguments;
    const bytes = call.memory.bytes(r3, low(r4));
    if (bytes === undefined) return 'out-of-bounds';
    const range = rangeOf(call);
    if (range === undefined) return failure(tooShort);
    call.packet!.set(bytes, range[0]);
    return 0n;
  };
}

/** r0 = the checksum r5 of 16 bits without the r2 bytes at r1 and with the r4 bytes at r3 */
function checksumDifference({ arguments: [r1, r2, r3, r4, r5], memory }: HelperCall): HelperResult {
  const [fromSize, toSize, seed] = [low(r2), low(r4), low(r5)];
  const from = fromSize === 0 ? new Uint8Array() : memory.bytes(r1, fromSize);
  const to = toSize === 0 ? new Uint8Array() : memory.bytes(r3, toSize);
  if (from === undefined || to === undefined) return 'out-of-bounds';
  return BigInt(folded(difference(from, to, seed)));
}

/** In ones' complement: there is nothing to take away where there is nothing to add, so that the seed is turned. */
function difference(from: Uint8Array, to: Uint8Array, seed: number): number {
  if (from.length === 0) return sum(to, seed);
  if (to.length === 0) return ~sum(from, ~seed >>> 0) >>> 0;
  return added(sum(to, seed), ~sum(from, 0) >>> 0);
}

/** The sum in ones' complement of 32 bits, of a seed and of little-endian numbers; the last one may lack bytes. */
function sum(bytes: Uint8Array, seed: number): number {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  const view = new DataView(whole.buffer);
  let total = seed;
  for (let at = 0; at < whole.length; at += 4) total = added(total, view.getUint32(at, true));
  return total;
}

function added(a: number, b: number): number {
  const total = a + b;
  return total > 0xffff_ffff ? total - 0xffff_ffff : total;
}

/** The sum of both halves, in ones' complement of 16 bits. */
function folded(total: number): number {
  return ((total + ((total << 16) | (total >>> 16))) >>> 16) & 0xffff;
}

function low(register: bigint): number {
  return Number(BigInt.asUintN(32, register));
}
