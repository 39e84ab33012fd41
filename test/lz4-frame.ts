// A small LZ4 compressor for the tests: greedy, one candidate a position, with blocks that may refer to the ones before.

import { xxh32 } from '../src/capture/xxh32.js';

export interface FrameOptions {
  readonly independent: boolean;
  readonly checksums: boolean;
  /** How many bytes go into a block, at most 64 KiB. */
  readonly block: number;
}

/** One frame with `data`. */
export function lz4Frame(data: Uint8Array, { independent, checksums, block }: FrameOptions): Uint8Array {
  const flags = 0x40 | (independent ? 0x20 : 0) | (checksums ? 0x14 : 0);
  const descriptor = Uint8Array.of(flags, 0x40);
  const parts: Uint8Array[] = [word(0x184d2204), descriptor, Uint8Array.of(xxh32(descriptor) >>> 8)];
  const seen = new Map<number, number>();
  for (let start = 0; start < data.length; start += block) {
    const end = Math.min(data.length, start + block);
    if (independent) seen.clear();
    const packed = compressed(data, start, end, seen);
    const whole = data.subarray(start, end);
    const body = packed.length < whole.length ? packed : whole;
    parts.push(word(body.length | (body === whole ? 0x8000_0000 : 0)), body);
    if (checksums) parts.push(word(xxh32(body)));
  }
  parts.push(word(0));
  if (checksums) parts.push(word(xxh32(data)));
  return Buffer.concat(parts);
}

/**
 * The last five bytes are always literals, and no match begins in the last twelve.
 * @param seen where four bytes were seen last
 */
function compressed(data: Uint8Array, start: number, end: number, seen: Map<number, number>): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const out: number[] = [];
  let anchor = start;
  let at = start;
  while (at < end - 12) {
    const key = view.getUint32(at);
    const candidate = seen.get(key);
    seen.set(key, at);
    if (candidate === undefined || at - candidate > 0xffff) {
      at++;
      continue;
    }
    let length = 4;
    while (at + length < end - 5 && data[candidate + length] === data[at + length]) length++;
    sequence(out, data.subarray(anchor, at), { back: at - candidate, length });
    at += length;
    anchor = at;
  }
  sequence(out, data.subarray(anchor, end));
  return Uint8Array.from(out);
}

function sequence(out: number[], literals: Uint8Array, match?: { back: number; length: number }): void {
  const extra = (match?.length ?? 4) - 4;
  out.push((Math.min(15, literals.length) << 4) | Math.min(15, extra));
  rest(out, literals.length);
  out.push(...literals);
  if (match === undefined) return;
  out.push(match.back & 255, match.back >> 8);
  rest(out, extra);
}

function rest(out: number[], length: number): void {
  if (length < 15) return;
  let left = length - 15;
  for (; left >= 255; left -= 255) out.push(255);
  out.push(left);
}

export function word(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value >>> 0, true);
  return new Uint8Array(view.buffer);
}
