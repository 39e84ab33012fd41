// Conditions on a call's arguments, and the words of `seccomp_data` that they are about. Arguments are unsigned numbers of 64
// bits; where registers have 32, libseccomp compares the low 32 of the argument with the low 32 of the value, and so does this.

import type { Arch } from './arch.js';

/** OCI's `SCMP_CMP_*`; the meaning of each is a comparison of unsigned numbers. */
export const operators = {
  EQ: { sign: '==', holds: (a, b) => a === b },
  NE: { sign: '!=', holds: (a, b) => a !== b },
  LT: { sign: '<', holds: (a, b) => a < b },
  LE: { sign: '<=', holds: (a, b) => a <= b },
  GE: { sign: '>=', holds: (a, b) => a >= b },
  GT: { sign: '>', holds: (a, b) => a > b },
  MASKED_EQ: { sign: '==', holds: (a, b) => a === b },
} as const satisfies Record<string, { readonly sign: string; readonly holds: (a: bigint, b: bigint) => boolean }>;

export type Operator = keyof typeof operators;

export const operatorNames = Object.keys(operators) as readonly Operator[];

/** How many arguments a system call has. */
export const argumentCount = 6;

/** `argument & mask OP value`; the mask is all ones, but for MASKED_EQ. */
export interface Condition {
  /** 0 to 5 */
  readonly argument: number;
  readonly op: Operator;
  readonly value: bigint;
  readonly mask: bigint;
}

export const ones64 = 0xffff_ffff_ffff_ffffn;

/** The condition as it is on an architecture: cut to its width, the value to the mask as well. */
export function narrowed({ argument, op, value, mask }: Condition, { bits }: Arch): Condition {
  const width = BigInt.asUintN(bits, ones64);
  return { argument, op, mask: mask & width, value: value & mask & width };
}

/** Whether it says nothing: a mask of no bits, or a bound that no number of the width goes beyond. */
export function isTrivial({ op, value, mask }: Condition, { bits }: Arch): boolean {
  if (mask === 0n) return op === 'MASKED_EQ';
  if (op === 'GE') return value === 0n;
  return op === 'LE' && value === BigInt.asUintN(bits, ones64);
}

/** @param argument 0 to 2^64-1 */
export function holds({ op, value, mask }: Condition, argument: bigint): boolean {
  return operators[op].holds(argument & mask, value);
}

/** `arg0 & 0xff == 0x1` */
export function conditionText({ argument, op, value, mask }: Condition): string {
  const masked = op === 'MASKED_EQ' ? ` & 0x${mask.toString(16)}` : '';
  return `arg${argument}${masked} ${operators[op].sign} ${valueText(value)}`;
}

/** Small numbers as people write them, others in hexadecimal. */
export function valueText(value: bigint | number): string {
  return value < 4096 ? String(value) : `0x${value.toString(16)}`;
}

/** The words of `seccomp_data`, by their index: byte 4 times it. */
export const words = { nr: 0, arch: 1, low: (argument: number) => 4 + 2 * argument, count: 16 } as const;

/** Where the halves of an argument lie. */
export function halves({ bigEndian }: Arch, argument: number): { readonly low: number; readonly high: number } {
  const first = words.low(argument);
  return bigEndian ? { high: first, low: first + 1 } : { low: first, high: first + 1 };
}

/** The words of a call, as a filter reads them. */
export interface Call {
  readonly arch: Arch;
  readonly nr: number;
  /** Up to six; those that are missing are 0. */
  readonly args: readonly bigint[];
}

/** `struct seccomp_data` of a call: 64 bytes, each word little-endian, the halves of arguments where the architecture has them. */
export function seccompData({ arch, nr, args }: Call): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.count));
  view.setUint32(4 * words.nr, nr, true);
  view.setUint32(4 * words.arch, arch.audit, true);
  for (const [argument, value] of args.entries()) {
    const { low, high } = halves(arch, argument);
    view.setUint32(4 * low, Number(value & 0xffff_ffffn), true);
    view.setUint32(4 * high, Number(value >> 32n), true);
  }
  return new Uint8Array(view.buffer);
}

/** The call that `seccomp_data` holds, read as one of an architecture. */
export function callOf(data: Uint8Array, arch: Arch): Call {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const word = (index: number) => view.getUint32(4 * index, true);
  const args = Array.from({ length: argumentCount }, (_, argument) => {
    const { low, high } = halves(arch, argument);
    return (BigInt(word(high)) << 32n) | BigInt(word(low));
  });
  return { arch, nr: word(words.nr), args };
}
