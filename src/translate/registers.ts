// Where the classic machine's state lives in the internal one, and the few instructions that reach it.

import type { Insn, Operand, Register } from '../ebpf/insn.js';
import type { AluName } from '../ebpf/rows.js';

export const registers = { a: 0, x: 7, context: 6, kept: 8, frame: 10 } as const satisfies Record<string, Register>;

/** dst = dst op src, on 32 bits. */
export function alu(op: AluName, dst: Register, src: Operand): Insn {
  return { kind: 'alu', op, width: 32, dst, src };
}

/** dst = src, on 32 bits. */
export function move(dst: Register, src: Register): Insn {
  return alu('mov', dst, { reg: src });
}

/** dst = src, whole: for addresses. */
export function move64(dst: Register, src: Register): Insn {
  return { kind: 'alu', op: 'mov', width: 64, dst, src: { reg: src } };
}

/** dst = a constant from 0 to 2^32-1. */
export function set(dst: Register, value: number): Insn {
  return alu('mov', dst, { imm: value | 0 });
}

/** dst = the word of the context at an offset. */
export function contextWord(dst: Register, off: number): Insn {
  return { kind: 'load', size: 4, signed: false, dst, src: registers.context, off };
}

export function loadCell(dst: Register, cell: number): Insn {
  return { kind: 'load', size: 4, signed: false, dst, src: registers.frame, off: cellOffset(cell) };
}

export function storeCell(cell: number, src: Operand): Insn {
  return { kind: 'store', size: 4, dst: registers.frame, off: cellOffset(cell), src };
}

function cellOffset(cell: number): number {
  return -4 * (cell + 1);
}
