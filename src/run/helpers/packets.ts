// Helpers about a packet: they copy its bytes, change them, and say where it goes. Answers are those of net/core/filter.c.

import { payloadOffset } from '../../classic/dissect.js';
import { findAttribute, findNestedAttribute } from '../../classic/netlink.js';
import { packetHelpers } from '../../env/packet.js';
import { errno, failure } from '../map/errno.js';
import { type HelperCall, type HelperResult, type HelperRow, low } from './call.js';

/** Helpers that look for a socket, or see one as another kind: no packet has any here. */
const sockets = [84, 85, 95, 96, 98, 99, 136, 137, 138, 139, 140, 178, 196];

export const packetFunctions: readonly HelperRow[] = [
  [9, storeBytes(errno.fault)], // skb_store_bytes
  [26, loadSkbBytes],
  [23, redirect],
  [39, pullData],
  [40, () => failure(errno.notsupp)], // csum_update: a packet brings no checksum of its device
  [17, () => 0n], // get_cgroup_classid: no packet belongs to a group
  [86, () => 'bad-call'], // sk_release: nothing can have been found that could be released
  [189, loadXdpBytes],
  [190, storeBytes(errno.inval)], // xdp_store_bytes
  ...sockets.map((helper): HelperRow => [helper, () => 0n]),
  [packetHelpers.payloadOffset, ofPacket(payloadOffset)],
  [packetHelpers.netlinkAttribute, ofPacket(findAttribute)],
  [packetHelpers.netlinkNested, ofPacket(findNestedAttribute)],
  [packetHelpers.hardwareType, ofPacket(() => 0)], // a packet has no device here
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

const ingressFlag = 1n;
const xdp = { aborted: 0n, redirect: 4n };
const tc = { shot: 2n, redirect: 7n };

/** Sends the packet to device r1, with flags r2: what the program answers then */
function redirect({ arguments: [_, r2], environment }: HelperCall): HelperResult {
  if (environment === 'xdp') return r2 === 0n ? xdp.redirect : xdp.aborted;
  return (r2 & ~ingressFlag) === 0n ? tc.redirect : tc.shot;
}

/** Makes r2 bytes of the packet reachable, as they are here; r2 = 0 are those that are */
function pullData({ arguments: [_, r2], packet }: HelperCall): HelperResult {
  if (packet === undefined) return 'bad-call';
  return low(r2) <= packet.length ? 0n : failure(errno.nomem);
}

/** A helper that is asked something of the packet, whose context is r1; r2 and r3 are unsigned numbers of 32 bits. */
function ofPacket(answer: (packet: Uint8Array, r2: number, r3: number) => number) {
  return ({ arguments: [_, r2, r3], packet }: HelperCall): HelperResult =>
    packet === undefined ? 'bad-call' : BigInt(answer(packet, low(r2), low(r3)));
}
