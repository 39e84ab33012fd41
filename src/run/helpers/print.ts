// Helpers that print.

import { errno, failure } from '../map/errno.js';
import type { Readable } from '../memory.js';
import { type HelperCall, type HelperResult, type HelperRow, low } from './call.js';
import { printk } from './printk.js';
import { textAt } from './text.js';

export const printFunctions: readonly HelperRow[] = [
  [6, tracePrintk],
  [177, traceVprintk],
  [165, snprintf],
];

/** Prints by the format of r2 bytes at r1 with r3, r4 and r5; r0 = how many bytes, a newline included if it has one */
function tracePrintk({ arguments: [r1, r2, ...values], memory, print }: HelperCall): HelperResult {
  const format = memory.bytes(r1, low(r2));
  if (format === undefined) return 'out-of-bounds';
  return printed(printk(format, values, memory), print);
}

/** Prints by the format of r2 bytes at r1 with the numbers of 64 bits in r4 bytes at r3; r0 as above */
function traceVprintk({ arguments: [r1, r2, r3, r4], memory, print }: HelperCall): HelperResult {
  const numbers = numbersAt(r3, low(r4), memory);
  if (typeof numbers === 'string') return numbers;
  if (numbers === undefined) return failure(errno.inval);
  const format = memory.bytes(r1, low(r2));
  return format === undefined ? 'out-of-bounds' : printed(printk(format, numbers, memory), print);
}

/** Writes to the r2 bytes at r1, by the text r3 and the numbers in r5 bytes at r4; r0 = how many bytes it would take */
function snprintf({ arguments: [r1, r2, r3, r4, r5], memory }: HelperCall): HelperResult {
  const numbers = numbersAt(r4, low(r5), memory);
  if (typeof numbers === 'string') return numbers;
  if (numbers === undefined) return failure(errno.inval);
  const format = textAt(r3, memory);
  if (format === undefined) return 'out-of-bounds';
  const text = printk(format, numbers, memory);
  if (text === undefined) return failure(errno.inval);
  const bytes = Buffer.from(`${text}\0`, 'latin1');
  const room = low(r2);
  const written = new Uint8Array(bytes.subarray(0, room));
  if (room > 0) written[written.length - 1] = 0;
  return memory.write(r1, written) || room === 0 ? BigInt(bytes.length) : 'out-of-bounds';
}

/** The numbers of 64 bits in so many bytes; undefined where they are too many, or not whole. */
function numbersAt(address: bigint, bytes: number, memory: Readable): readonly bigint[] | undefined | 'out-of-bounds' {
  if (bytes % 8 !== 0 || bytes > 8 * mostValues) return undefined;
  const values = bytes === 0 ? new Uint8Array() : memory.bytes(address, bytes);
  if (values === undefined) return 'out-of-bounds';
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  return Array.from({ length: bytes / 8 }, (_, i) => view.getBigUint64(8 * i, true));
}

/** How many values Linux takes (MAX_BPRINTF_VARARGS). */
const mostValues = 12;

function printed(text: string | undefined, print: HelperCall['print']): HelperResult {
  if (text === undefined) return failure(errno.inval);
  print(text);
  return BigInt(Buffer.byteLength(text, 'latin1'));
}
