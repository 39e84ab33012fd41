// How a map lies in its SharedArrayBuffer, version 2. JavaScript and machine code of all workers see the same bytes; the
// C++ twin of this file is native/runtime/map.h. All numbers are unsigned, 32 bits, little-endian; what follows the
// header is aligned to 8 bytes.
//
//   byte   0        4         8         12        16          20           24        28
//          magic    version   type      key size  value size  max entries  flags     lock
//   byte   32       36        40        44        48          52           56        60
//          buckets  seed      used      free      at buckets  at links     at keys   at values
//   byte   64        68       72        80         88 to 128
//          at marks  hand     produced  consumed   0
//
//   array   values: max entries × the value size rounded up to 8
//   hash    buckets: a slot each, or 0        links: a slot for each slot, or 0
//           keys: as many as slots × the key size rounded up to 8          values: as in an array
//   lru     as a hash, and marks: a byte for each slot, 1 where it was used since the hand went by
//   trie    as a hash, and marks: 32 bits for each length of a prefix, how many entries have it
//   ring    values: max entries bytes, and as many behind them (ring.ts); no keys; produced and consumed have 64 bits
//
// In buckets and links a slot is its number + 1, so that 0 is none. An entry's slot doesn't change while it lives. The
// entries of a bucket are a list through `links`; so are the slots that have been freed, from `free` on. `used` slots have
// ever been used, the first ones. A bucket is hash & (buckets - 1), with FNV-1a over the seed's and the key's bytes.
//
// `lock` is 1 while somebody looks up, changes or deletes an entry of a hash; whoever wants it spins. Values are read and
// written outside of it, as in Linux.

import { BpfError } from '../../base/error.js';
import { type MapSpec, mapTypeOf, mapTypes } from '../../ebpf/map.js';

/** "uBPM" */
export const magic = 0x4d50_4275;
export const version = 2;
export const headerBytes = 128;

/** Index of each number of the header in a Uint32Array. */
export const at = {
  magic: 0,
  version: 1,
  type: 2,
  keySize: 3,
  valueSize: 4,
  maxEntries: 5,
  flags: 6,
  lock: 7,
  buckets: 8,
  seed: 9,
  used: 10,
  free: 11,
  atBuckets: 12,
  atLinks: 13,
  atKeys: 14,
  atValues: 15,
  atMarks: 16,
  hand: 17,
} as const;

/** Index of each position of a ring in a BigUint64Array. */
export const position = { produced: 9, consumed: 10 } as const;

/** The most bytes that a map may take. */
const byteLimit = 2 ** 30;

/** What lies in a map beside its header. */
export interface Plan {
  /** Whether there are keys, in lists of buckets. */
  readonly isHash: boolean;
  /** Bytes of all values. */
  readonly values: number;
  /** Bytes of marks. */
  readonly marks: number;
}

/** Room for a map, its header filled in and its content empty. @throws BpfError 'limit' when it would be too big */
export function allocate(spec: MapSpec, { isHash, values, marks }: Plan, seed: number): SharedArrayBuffer {
  const entries = spec.maxEntries;
  const buckets = isHash ? 2 ** Math.ceil(Math.log2(entries)) : 0;
  const atBuckets = headerBytes;
  const atLinks = atBuckets + stride(4 * buckets);
  const atKeys = atLinks + (isHash ? stride(4 * entries) : 0);
  const atMarks = atKeys + (isHash ? stride(spec.keySize) * entries : 0);
  const atValues = atMarks + stride(marks);
  const bytes = atValues + values;
  if (bytes > byteLimit) {
    throw new BpfError('limit', `expected maps of at most ${byteLimit} bytes, and '${spec.name}' would take ${bytes}`);
  }
  const buffer = new SharedArrayBuffer(bytes);
  const header = new Uint32Array(buffer, 0, headerBytes / 4);
  header.set([magic, version, mapTypes[spec.type], spec.keySize, spec.valueSize, entries, spec.flags ?? 0]);
  header.set([buckets, seed, 0, 0, atBuckets, atLinks, atKeys, atValues, atMarks], at.buckets);
  return buffer;
}

/** What the map in a buffer is. @throws BpfError 'encoding' when there is none */
export function specOf(buffer: SharedArrayBuffer, name: string): MapSpec {
  const header = new Uint32Array(buffer, 0, Math.min(headerBytes, buffer.byteLength) >> 2);
  const type = mapTypeOf(header[at.type] ?? 0);
  if (header[at.magic] !== magic || header[at.version] !== version || type === undefined) {
    throw new BpfError('encoding', `expected the buffer of a map, version ${version}`);
  }
  const [keySize, valueSize, maxEntries, flags] = header.subarray(at.keySize);
  return { name, type, keySize: keySize!, valueSize: valueSize!, maxEntries: maxEntries!, flags: flags! };
}

/** Bytes from one key or value to the next. */
export function stride(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** FNV-1a of the seed's bytes, then the key's. */
export function hash(seed: number, key: Uint8Array): number {
  let value = 0x811c9dc5;
  for (let shift = 0; shift < 32; shift += 8) value = Math.imul(value ^ ((seed >>> shift) & 0xff), 0x0100_0193);
  for (const byte of key) value = Math.imul(value ^ byte, 0x0100_0193);
  return value >>> 0;
}
