// What a translated program does first: the context is kept, and what the classic program may read before it writes is 0.

import { unwrittenRead } from '../classic/check.js';
import type { Operation } from '../classic/insn.js';
import type { Insn } from '../ebpf/insn.js';
import { move64, registers, set, storeCell } from './registers.js';

/** The instructions that the program needs of these: r6 = r1; w0 = 0; w7 = 0; M[k] = 0. */
export function prologue(operations: readonly Operation[]): Insn[] {
  const insns: Insn[] = [];
  if (operations.some(readsContext)) insns.push(move64(registers.context, 1));
  if (!setsA(operations[0]!)) insns.push(set(registers.a, 0));
  if (operations.some(readsX)) insns.push(set(registers.x, 0));
  if (operations.some(loadsCell)) {
    for (const cell of cellsToClear(operations)) insns.push(storeCell(cell, { imm: 0 }));
  }
  return insns;
}

function readsContext(op: Operation): boolean {
  return op.kind === 'packet' || op.kind === 'header-length' || op.kind === 'extension' || op.kind === 'length';
}

/** Without looking at A, on each way. */
function setsA(op: Operation): boolean {
  if (op.kind === 'constant' || op.kind === 'length' || op.kind === 'load-cell') return op.to === 'a';
  return op.kind === 'packet' || op.kind === 'txa';
}

function readsX(op: Operation): boolean {
  switch (op.kind) {
    case 'alu':
    case 'jump':
      return op.operand === 'x';
    case 'packet':
      return op.indexed;
    case 'store-cell':
      return op.from === 'x';
    case 'extension':
    case 'txa':
      return true;
    case 'constant':
    case 'length':
    case 'load-cell':
    case 'header-length':
    case 'neg':
    case 'goto':
    case 'return':
    case 'tax':
      return false;
  }
}

const loadsCell = (op: Operation): boolean => op.kind === 'load-cell';

/** None in a program that `check` accepts; in others each cell that is read, since it may not have been written. */
function cellsToClear(operations: readonly Operation[]): number[] {
  const loops = operations.some((op) => op.kind === 'goto' && op.off < 0);
  if (!loops && unwrittenRead(operations) === undefined) return [];
  return [...new Set(operations.flatMap((op) => (op.kind === 'load-cell' ? [op.cell] : [])))];
}
