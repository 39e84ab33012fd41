// Opcodes, composed from the parts that rows.ts names. Nobody writes one down as a number.

import type { Operand, Size, Width } from './insn.js';
import {
  type AluName,
  alu,
  classes,
  control,
  fromRegister,
  internal,
  type JumpName,
  jump,
  modes,
  sizes,
  unary,
} from './rows.js';

export const modeMask = 0xe0;
export const sizeMask = 0x18;

export type MemoryClass = 'ld' | 'ldx' | 'st' | 'stx';

/** The opcodes that stand alone. */
export const opcodes = {
  wide: memoryOpcode('ld', 'imm', 8),
  goto: (control.goto << 4) | classes.jmp,
  gotoLong: (control.goto << 4) | classes.jmp32,
  mayGoto: (control.mayGoto << 4) | classes.jmp,
  call: (control.call << 4) | classes.jmp,
  callRegister: (control.call << 4) | fromRegister | classes.jmp,
  exit: (control.exit << 4) | classes.jmp,
} as const;

/** Those of lowered programs alone. */
export const internalOpcodes = {
  guard: (internal.guard << 4) | classes.jmp,
  lookup: (internal.lookup << 4) | classes.alu,
  captured: internal.captured | sizes[8].code | classes.ldx,
} as const;

export function rawOpcode(size: Size, isIndexed: boolean): number {
  return (isIndexed ? internal.rawIndexed : internal.raw) | sizes[size].code | classes.ldx;
}

export function setOpcode(width: Width, second: Operand): number {
  return (internal.set << 4) | sourceBit(second) | aluClass(width);
}

export function aluOpcode(op: AluName, width: Width, src: Operand): number {
  return (alu[op].code << 4) | sourceBit(src) | aluClass(width);
}

export function negOpcode(width: Width): number {
  return (unary.neg << 4) | aluClass(width);
}

/** `bswap` is the 64-bit class; in the 32-bit class the source bit chooses the byte order. */
export function swapOpcode(order: 'le' | 'be' | 'bswap'): number {
  return (unary.swap << 4) | (order === 'be' ? fromRegister : 0) | aluClass(order === 'bswap' ? 64 : 32);
}

export function jumpOpcode(op: JumpName, width: Width, src: Operand): number {
  return (jump[op].code << 4) | sourceBit(src) | (width === 64 ? classes.jmp : classes.jmp32);
}

export function memoryOpcode(class_: MemoryClass, mode: keyof typeof modes, size: Size): number {
  return modes[mode] | sizes[size].code | classes[class_];
}

function aluClass(width: Width): number {
  return width === 64 ? classes.alu64 : classes.alu;
}

function sourceBit(src: Operand): number {
  return 'reg' in src ? fromRegister : 0;
}
