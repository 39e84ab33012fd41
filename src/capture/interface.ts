// The interface description block of pcapng: what packets were captured on, and how their times are counted.
//
//   0 type   4 total length   8 link type, reserved   12 snaplen   16 options   -4 total length
//   option   0 code   2 length   4 value, filled up to a multiple of four bytes

import type { CaptureInterface } from './batch.js';
import type { Clock } from './clock.js';
import { capturedLimit, savedLink } from './link.js';

const optionCodes = { end: 0, resolution: 9, offset: 14 } as const;
const optionsOffset = 16;
const smallest = 20;

/** @returns what is wrong with the block, where something is */
export function interfaceOf(block: Uint8Array, littleEndian: boolean): CaptureInterface | string {
  if (block.length < smallest) return `an interface description of ${block.length} bytes`;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const link = savedLink(view.getUint16(8, littleEndian));
  const stored = view.getUint32(12, littleEndian);
  const clock = clockOf(view, littleEndian);
  if (typeof clock === 'string') return clock;
  const snaplen = stored === 0 || stored > 0x7fff_ffff ? capturedLimit(link) : stored;
  return { link, linkFlags: 0, snaplen, clock };
}

function clockOf(view: DataView, littleEndian: boolean): Clock | string {
  let perSecond = 1_000_000n;
  let offset = 0n;
  const end = view.byteLength - 4;
  for (let at = optionsOffset; at + 4 <= end; ) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    if (code === optionCodes.end) break;
    if (at + 4 + length > end) return `an option of ${length} bytes reaches beyond its interface description`;
    if (code === optionCodes.resolution) {
      if (length !== 1) return `the time resolution of an interface has ${length} bytes, expected 1`;
      perSecond = resolution(view.getUint8(at + 4));
    }
    if (code === optionCodes.offset) {
      if (length !== 8) return `the time offset of an interface has ${length} bytes, expected 8`;
      offset = view.getBigInt64(at + 4, littleEndian);
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { layout: 'ticks', perSecond, offset };
}

/** The most significant bit tells a power of 2 from one of 10; the other seven are the negated exponent. */
function resolution(value: number): bigint {
  const exponent = BigInt(value & 0x7f);
  return value & 0x80 ? 2n ** exponent : 10n ** exponent;
}
