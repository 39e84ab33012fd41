// Helpers that read text: numbers in it, and which of two comes first. Answers are those of kernel/bpf/helpers.c.

import { errno, failure } from '../map/errno.js';
import type { Readable } from '../memory.js';
import { type HelperCall, type HelperResult, type HelperRow, low } from './call.js';

export const textFunctions: readonly HelperRow[] = [
  [105, (call) => parseNumber(call, true)], // strtol
  [106, (call) => parseNumber(call, false)], // strtoul
  [182, compare],
];

/** The most characters of a number that are looked at, its sign aside. */
const longestNumber = 63;
const bases = [0, 8, 10, 16];

/** Reads a number in the base r3 from the r2 bytes at r1, and writes its 64 bits to r4; r0 = how many bytes it has */
function parseNumber({ arguments: [r1, r2, r3, r4], memory }: HelperCall, isSigned: boolean): HelperResult {
  const bytes = memory.bytes(r1, low(r2));
  if (bytes === undefined || memory.bytes(r4, 8) === undefined) return 'out-of-bounds';
  const text = Buffer.from(bytes).toString('latin1');
  const number = bases.includes(Number(r3)) ? numberIn(text, Number(r3), isSigned) : { error: errno.inval };
  const out = new DataView(new ArrayBuffer(8));
  out.setBigUint64(0, BigInt.asUintN(64, number.value ?? 0n), true);
  if (!memory.write(r4, new Uint8Array(out.buffer))) return 'out-of-bounds';
  return number.value === undefined ? failure(number.error) : BigInt(number.length);
}

type Parsed =
  | { readonly value: bigint; readonly length: number }
  | { readonly value?: undefined; readonly error: number };

function numberIn(text: string, base: number, isSigned: boolean): Parsed {
  const [start = '', sign = ''] = /^\s*(-?)/.exec(text) ?? [];
  const rest = text.slice(start.length, start.length + longestNumber);
  const [prefix, radix] = radixOf(rest, base);
  const digits = digitsOf(rest.slice(prefix), radix);
  if (digits === '') return { error: errno.inval };
  const size = [...digits].reduce((sum, digit) => sum * BigInt(radix) + BigInt(Number.parseInt(digit, 16)), 0n);
  if (BigInt.asUintN(64, size) !== size) return { error: errno.range };
  if (sign === '-' && !isSigned) return { error: errno.inval };
  const value = sign === '-' ? -size : size;
  if (isSigned && BigInt.asIntN(64, value) !== value) return { error: errno.range };
  return { value, length: start.length + prefix + digits.length };
}

/** How long the sign of the base is, and the base. */
function radixOf(text: string, base: number): readonly [prefix: number, radix: number] {
  const isHex = /^0x[0-9a-f]/i.test(text);
  const radix = base === 0 ? (isHex ? 16 : text.startsWith('0') ? 8 : 10) : base;
  return [radix === 16 && /^0x/i.test(text) ? 2 : 0, radix];
}

function digitsOf(text: string, radix: number): string {
  const digits = { 8: /^[0-7]*/, 10: /^[0-9]*/, 16: /^[0-9a-f]*/i }[radix]!;
  return digits.exec(text)![0];
}

/** Compares the text of at most r2 bytes at r1 with the text at r3: -1, 0 or 1 */
function compare({ arguments: [r1, r2, r3], memory }: HelperCall): HelperResult {
  const [one, other] = [memory.bytes(r1, low(r2)), textAt(r3, memory)];
  if (one === undefined || other === undefined) return 'out-of-bounds';
  for (const [i, byte] of one.entries()) {
    const opposite = other[i] ?? 0;
    if (byte !== opposite) return byte < opposite ? BigInt.asUintN(64, -1n) : 1n;
    if (byte === 0) return 0n;
  }
  return 0n;
}

/** The longest text that is looked for its end. */
const longestText = 4096;

/** A text with the zero at its end; undefined where the program may not read so far. */
export function textAt(address: bigint, memory: Readable): Uint8Array | undefined {
  for (let length = 1; length <= longestText; length++) {
    const bytes = memory.bytes(address, length);
    if (bytes === undefined || bytes[length - 1] === 0) return bytes;
  }
  return undefined;
}
