// Addresses as people write them.

import type { Bytes } from './line.js';

export function ip4Text(packet: Bytes, at: number): string {
  return `${packet.u8(at)}.${packet.u8(at + 1)}.${packet.u8(at + 2)}.${packet.u8(at + 3)}`;
}

/** As RFC 5952 says: the longest run of zeros, of two groups at least, is cut out; the first of equal ones. */
export function ip6Text(packet: Bytes, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => packet.u16(at + 2 * i));
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) return `::ffff:${ip4Text(packet, at + 12)}`;
  const [start, size] = longestZeros(groups);
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (size < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + size))}`;
}

function longestZeros(groups: readonly number[]): readonly [start: number, size: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let size = 0;
    while (groups[start + size] === 0) size++;
    if (size > best[1]) best = [start, size];
  }
  return best;
}

/** Bytes in hexadecimal with colons, as of an Ethernet address. */
export function macText(packet: Bytes, at: number, size = 6): string {
  return Array.from(packet.slice(at, size), (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
