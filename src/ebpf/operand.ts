// What programs written in TypeScript are built of: registers, numbers, places in memory. The compiler refuses what doesn't fit;
// whoever writes JavaScript is told here which argument of which function it was.

import { kindOf } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { Operand, Register, Size, Width } from './insn.js';

/** A register, and how much of it is meant. */
export interface Reg<W extends Width = Width> {
  readonly register: Register;
  readonly width: W;
}

function reg<W extends Width>(register: Register, width: W): Reg<W> {
  return { register, width };
}

export const r0 = reg(0, 64);
export const r1 = reg(1, 64);
export const r2 = reg(2, 64);
export const r3 = reg(3, 64);
export const r4 = reg(4, 64);
export const r5 = reg(5, 64);
export const r6 = reg(6, 64);
export const r7 = reg(7, 64);
export const r8 = reg(8, 64);
export const r9 = reg(9, 64);
/** The frame pointer: the end of the function's 512 bytes of stack. */
export const r10 = reg(10, 64);
export const w0 = reg(0, 32);
export const w1 = reg(1, 32);
export const w2 = reg(2, 32);
export const w3 = reg(3, 32);
export const w4 = reg(4, 32);
export const w5 = reg(5, 32);
export const w6 = reg(6, 32);
export const w7 = reg(7, 32);
export const w8 = reg(8, 32);
export const w9 = reg(9, 32);

/** A number in memory: its size, and where it is. */
export interface Place<S extends Size = Size, Signed extends boolean = boolean> {
  readonly size: S;
  readonly signed: Signed;
  readonly base: Register;
  readonly off: number;
}

function place<S extends Size, Signed extends boolean>(size: S, signed: Signed) {
  const name = `${signed ? 's' : 'u'}${8 * size}`;
  return (base: Reg<64>, off = 0): Place<S, Signed> => {
    expectRegister(base, `base of ${name}`, 64);
    expectWhole(off, `off of ${name}`, -0x8000, 0x7fff);
    return { size, signed, base: base.register, off };
  };
}

export const u8 = place(1, false);
export const u16 = place(2, false);
export const u32 = place(4, false);
export const u64 = place(8, false);
export const s8 = place(1, true);
export const s16 = place(2, true);
export const s32 = place(4, true);

// ---- the door --------------------------------------------------------------------------------------------------------

const registersOf = { 32: 'w0 to w9', 64: 'r0 to r10' } as const;

/** @param what is expected: `dst of mov`; @throws BpfError 'usage' unless the value is a register, and of the width where one is given */
export function expectRegister(value: unknown, what: string, width?: Width): asserts value is Reg {
  if (isRegister(value) && (width === undefined || value.width === width)) return;
  const wanted = width === undefined ? `${registersOf[64]} or ${registersOf[32]}` : registersOf[width];
  throw new BpfError('usage', `expected ${what} as a register, ${wanted}, got ${shown(value)}`);
}

function isRegister(value: unknown): value is Reg {
  if (typeof value !== 'object' || value === null || !('register' in value && 'width' in value)) return false;
  const { register, width } = value;
  const last = width === 64 ? 10 : width === 32 ? 9 : -1;
  return Number.isInteger(register) && Number(register) >= 0 && Number(register) <= last;
}

/** @throws BpfError 'usage' unless the value is a whole number, 'range' where it is none of those from `least` to `most` */
export function expectWhole(value: unknown, what: string, least: number, most: number): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new BpfError('usage', `expected ${what} as a whole number, got ${shown(value)}`);
  }
  if (value < least || value > most) {
    throw new BpfError('range', `expected ${what} from ${least} to ${most}, got ${value}`);
  }
}

/** @throws as `expectWhole` unless the value is a number that an instruction has room for */
export function expectConstant(value: unknown, what: string): asserts value is number {
  expectWhole(value, what, -(2 ** 31), 2 ** 31 - 1);
}

/** A register of the width, or a constant. @throws BpfError 'usage' or 'range' */
export function operandOf(value: unknown, what: string, width?: Width): Operand {
  if (typeof value !== 'number') {
    expectRegisterOrConstant(value, what, width);
    return { reg: value.register };
  }
  expectConstant(value, what);
  return { imm: value };
}

function expectRegisterOrConstant(value: unknown, what: string, width: Width | undefined): asserts value is Reg {
  if (isRegister(value)) return expectRegister(value, what, width);
  throw new BpfError('usage', `expected ${what} as a register or a number, got ${shown(value)}`);
}

/** @throws BpfError 'usage' unless the value is what `u8` … `s32` return */
export function expectPlace(value: unknown, what: string): asserts value is Place {
  const isPlace = typeof value === 'object' && value !== null && 'size' in value && 'base' in value && 'off' in value;
  if (!isPlace) throw new BpfError('usage', `expected ${what} as a place such as u32(r1, 4), got ${shown(value)}`);
}

/** @throws BpfError 'usage' unless the value is such a place, without a sign and of one of the sizes */
export function expectUnsigned(value: unknown, what: string, sizes: readonly Size[]): asserts value is Place {
  expectPlace(value, what);
  if (!value.signed && sizes.includes(value.size)) return;
  const known = sizes.map((size) => `u${8 * size}`).join(', ');
  throw new BpfError('usage', `expected ${what} as one of ${known}, got ${shown(value)}`);
}

/** @throws BpfError 'usage' unless the value is one of the numbers */
export function expectOneOf<N extends number>(value: N, known: readonly N[], what: string): void {
  if (known.includes(value)) return;
  throw new BpfError('usage', `expected ${what} as one of ${known.join(', ')}, got ${shown(value)}`);
}

/** As it is written, where that is short: `w1`, `s16`, `5`, `'r1'`. */
function shown(value: unknown): string {
  if (isRegister(value)) return `${value.width === 64 ? 'r' : 'w'}${value.register}`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'number') return `${value}`;
  if (typeof value === 'object' && value !== null && 'size' in value && 'signed' in value) {
    return `${value.signed === true ? 's' : 'u'}${8 * Number(value.size)}`;
  }
  return kindOf(value);
}
