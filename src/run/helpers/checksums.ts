// Helpers that make checksums of the Internet, and mend them in a packet. Answers are those of net/core/filter.c; sums are of
// little-endian numbers, which gives the bytes that sums of big-endian ones give (RFC 1071, section 2).

import { errno, failure } from '../map/errno.js';
import { type HelperCall, type HelperResult, type HelperRow, low } from './call.js';

const sizeFlags = 0xfn;
const marksZeroFlag = 1n << 5n; // BPF_F_MARK_MANGLED_0
const enforceFlag = 1n << 6n; // BPF_F_MARK_ENFORCE
/** Flags beside the size of the field: `BPF_F_PSEUDO_HDR` and `BPF_F_IPV6` are about sums that devices make. */
const transportFlags = (1n << 4n) | marksZeroFlag | enforceFlag | (1n << 7n);
const mostOffset = 0xffff;

export const checksumFunctions: readonly HelperRow[] = [
  [10, replace({ allowed: sizeFlags })], // l3_csum_replace
  [11, replace({ allowed: sizeFlags | transportFlags })], // l4_csum_replace
  [28, checksumDifference],
];

/** Mends the checksum at byte r2 of the packet, where a field was r3 and is r4; r5: how long the field is, and more */
function replace({ allowed }: { readonly allowed: bigint }) {
  return ({ arguments: [_, r2, r3, r4, r5], packet }: HelperCall): HelperResult => {
    if (packet === undefined) return 'bad-call';
    if ((r5 & ~allowed) !== 0n) return failure(errno.inval);
    const at = low(r2);
    if (at > mostOffset || at % 2 !== 0 || at + 2 > packet.length) return failure(errno.fault);
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const before = view.getUint16(at, true);
    const marksZero = (r5 & marksZeroFlag) !== 0n;
    if (marksZero && (r5 & enforceFlag) === 0n && before === 0) return 0n; // there is no checksum
    const after = mended(before, r3, r4, Number(r5 & sizeFlags));
    if (after === undefined) return failure(errno.inval);
    view.setUint16(at, marksZero && after === 0 ? 0xffff : after, true);
    return 0n;
  };
}

/** A checksum after a field of so many bytes has changed; 0 bytes: by a difference of sums. */
function mended(before: number, from: bigint, to: bigint, size: number): number | undefined {
  const rest = ~before >>> 0;
  switch (size) {
    case 0:
      return from === 0n ? ~folded(added(low(to), rest)) & 0xffff : undefined;
    case 2:
      return ~folded(added(added(rest, ~(low(from) & 0xffff) >>> 0), low(to) & 0xffff)) & 0xffff;
    case 4:
      return ~folded(added(added(rest, ~low(from) >>> 0), low(to))) & 0xffff;
    default:
      return undefined;
  }
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
