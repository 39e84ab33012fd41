// The format of bpf_trace_printk and bpf_trace_vprintk: %d %i %u %x %X %o %c %s %p %%, with l and ll for 64 bits, a width and a
// leading 0 or -.

import type { Readable } from '../memory.js';

const directive = /%(?<flags>[-0]*)(?<width>\d{0,2})(?<long>ll?|h{0,2})(?<kind>[diuxXocsp%])/y;

/** The longest string that %s reads. */
const stringLimit = 511;

/** The text, or undefined where the format has no zero at its end, a directive that there isn't, or more of them than values. */
export function printk(format: Uint8Array, values: readonly bigint[], memory: Readable): string | undefined {
  if (format.at(-1) !== 0) return undefined;
  const pattern = Buffer.from(format.subarray(0, format.indexOf(0))).toString('latin1');
  const rest = [...values];
  let text = '';
  for (let at = 0; at < pattern.length; ) {
    if (pattern[at] !== '%') {
      text += pattern[at++];
      continue;
    }
    directive.lastIndex = at;
    const { flags, width, long, kind } = directive.exec(pattern)?.groups ?? {};
    if (kind === undefined) return undefined;
    at = directive.lastIndex;
    const value = kind === '%' ? 0n : rest.shift();
    if (value === undefined) return undefined;
    text += padded(shown(kind, bitsOf(long!, kind), value, memory), flags!, Number(width));
  }
  return text;
}

function bitsOf(long: string, kind: string): number {
  if (long.startsWith('l') || kind === 'p') return 64;
  return long === '' ? 32 : 32 >> long.length;
}

function shown(kind: string, bits: number, value: bigint, memory: Readable): string {
  switch (kind) {
    case 'd':
    case 'i':
      return BigInt.asIntN(bits, value).toString();
    case 'u':
      return BigInt.asUintN(bits, value).toString();
    case 'x':
      return BigInt.asUintN(bits, value).toString(16);
    case 'X':
      return BigInt.asUintN(bits, value).toString(16).toUpperCase();
    case 'o':
      return BigInt.asUintN(bits, value).toString(8);
    case 'p':
      return value.toString(16).padStart(16, '0');
    case 'c':
      return String.fromCharCode(Number(value & 0xffn));
    case 's':
      return string(value, memory);
    default:
      return '%';
  }
}

/** The bytes at an address up to a zero, or to where memory ends. */
function string(address: bigint, memory: Readable): string {
  let text = '';
  while (text.length < stringLimit) {
    const byte = memory.bytes(address + BigInt(text.length), 1)?.[0];
    if (byte === undefined || byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}

function padded(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  return text.startsWith('-') ? `-${text.slice(1).padStart(width - 1, '0')}` : text.padStart(width, '0');
}
