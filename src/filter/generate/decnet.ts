// DECnet node addresses, in data packets with no or one byte of padding before the routing header.
//
//   bytes 0-1     2                   then
//   length        0x81 if padded      flags · destination or more · source
//
// Bits 0 to 2 of the flags are 2 for a short header, 6 for a long one. Addresses are little-endian.

import { and, type Condition, or } from '../condition.js';
import type { Generator } from './generator.js';

/** Offsets of the address behind the length, in a header without padding. */
const offsets = { dst: { short: 1, long: 7 }, src: { short: 3, long: 15 } } as const;

const headerStart = 2;

export function decnetHost(g: Generator, node: number, side: 'src' | 'dst'): Condition {
  const address = ((node & 0xff) << 8) | (node >>> 8);
  const { short, long } = offsets[side];
  const is = (padding: number, offset: number) => g.equal('network', headerStart + padding + offset, 2, address);
  const paddedLong = and(g.masked('network', headerStart, 2, 0x8106, 0xff07), is(1, long));
  const plainLong = and(g.masked('network', headerStart, 1, 0x06, 0x07), is(0, long));
  if (side === 'src') {
    const paddedShort = and(g.masked('network', headerStart, 2, 0x8102, 0xff07), is(1, short));
    const plainShort = and(g.masked('network', headerStart, 1, 0x02, 0x07), is(0, short));
    return or(plainShort, paddedShort, plainLong, paddedLong);
  }
  // The destination is so near to the flags that one word holds both.
  const paddedShort = g.masked('network', headerStart, 4, 0x81020000 | address, 0xff07ffff);
  const plainShort = g.masked('network', headerStart, 4, 0x02000000 | (address << 8), 0x07ffff00);
  return or(plainShort, paddedShort, plainLong, paddedLong);
}
