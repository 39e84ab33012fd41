// What a classic program can see of a packet: its bytes by Linux's rules for offsets, and what Linux knows beside them.
// The internal machine's packet loads and helpers follow the same rules and call the same functions.

import type { ClassicSize } from './insn.js';
import { linkBase, networkBase } from './rows.js';

/** Bytes of the Ethernet header: where the network header begins. */
export const linkHeaderBytes = 14;

/** What Linux knows of a packet beside its bytes. All are unsigned 32-bit numbers. */
export interface Metadata {
  /** The EtherType, in host order. */
  readonly protocol: number;
  readonly type: number;
  readonly ifindex: number;
  readonly mark: number;
  readonly queue: number;
  readonly hatype: number;
  readonly rxhash: number;
  readonly cpu: number;
  readonly vlanTci: number;
  readonly vlanPresent: number;
  readonly vlanTpid: number;
}

/** The metadata of a packet of which nothing is known but its bytes. */
export function metadataOf(data: Uint8Array): Metadata {
  const nothing = { type: 0, ifindex: 0, mark: 0, queue: 0, hatype: 0, rxhash: 0, cpu: 0 };
  return { protocol: etherType(data), ...nothing, vlanTci: 0, vlanPresent: 0, vlanTpid: 0 };
}

/** Lengths and types share a field of the Ethernet header: from here up it is a type (IEEE 802.3). */
const leastType = 0x0600;
/** Linux's names for frames whose field is a length: Novell's raw 802.3, and 802.2 with its own header. */
const protocol8023 = 0x0001;
const protocol8022 = 0x0004;

/** The protocol of an Ethernet frame, as Linux's `eth_type_trans` has it; 0 where the header isn't whole. */
export function etherType(data: Uint8Array): number {
  const type = loadBigEndian(data, linkHeaderBytes - 2, 2);
  if (type === undefined || type >= leastType) return type ?? 0;
  return loadBigEndian(data, linkHeaderBytes, 2) === 0xffff ? protocol8023 : protocol8022;
}

/**
 * A packet load: an unsigned number from network byte order, or undefined where it leaves the packet.
 * @param offset from 0 to 2^32-1; from `networkBase` up it counts from the network header, from `linkBase` up from the
 * link header; what else is negative as a signed number leads nowhere
 * @param networkHeader the byte of `data` at which the network header begins
 */
export function loadPacket(
  data: Uint8Array,
  offset: number,
  size: ClassicSize,
  networkHeader: number = linkHeaderBytes,
): number | undefined {
  const start = packetByte(offset, networkHeader);
  return start === undefined ? undefined : loadBigEndian(data, start, size);
}

/** The byte of the packet that an offset, as in `loadPacket`, names; undefined where it names none. */
export function packetByte(offset: number, networkHeader: number): number | undefined {
  if (offset < 0x8000_0000) return offset;
  if (offset >= networkBase) return offset - networkBase + networkHeader;
  const start = offset - linkBase + networkHeader - linkHeaderBytes;
  return offset >= linkBase && start >= 0 ? start : undefined;
}

/** The number in network byte order at `offset`, or undefined where not all of its bytes are there. */
export function loadBigEndian(data: Uint8Array, offset: number, size: ClassicSize): number | undefined {
  if (offset + size > data.length) return undefined;
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 0x100 + data[offset + i]!;
  return value;
}
