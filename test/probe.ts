// Programs that show all that one instruction does: r0 to r9 and a word of memory before it and after it.
//
//   data    r0 to r9, 8 bytes each, then 16 bytes of memory that r1's place at the start leads to
//
// The program loads all registers, executes the instruction, and writes all registers back. Memory operands are reached
// through r10: the word at r10-112 is copied from the data before, and to it afterwards. At r10-120 stands 1 if a jump was not taken.

import type { Insn, Register } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';

/** Bytes of the data. */
export const probeBytes = 96;
/** Offset of the word in memory from r10. */
export const probeWord = -112;
const jumped = -120;
const kept = -8;

const registers: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** @param insn an instruction that doesn't leave the program; a jump must lead over one instruction */
export function probe(...insns: readonly Insn[]): Program {
  return new Program([
    store(10, kept, 1),
    load(2, 1, 80),
    store(10, probeWord, 2),
    { kind: 'store', size: 8, dst: 10, off: jumped, src: { imm: 0 } },
    ...[0, 2, 3, 4, 5, 6, 7, 8, 9, 1].map((register) => load(register as Register, 1, 8 * register)),
    ...insns,
    { kind: 'store', size: 8, dst: 10, off: jumped, src: { imm: 1 } },
    ...registers.map((register) => store(10, spill(register), register)),
    load(1, 10, kept),
    ...registers.flatMap((register) => [load(0, 10, spill(register)), store(1, 8 * register, 0)]),
    load(0, 10, probeWord),
    store(1, 80, 0),
    load(0, 10, jumped),
    { kind: 'exit', off: 0 },
  ]);
}

/** The data for registers r0 to r9 and a word of memory. */
export function probeData(values: readonly bigint[], word: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(probeBytes));
  for (const [register, value] of [...values, word].entries()) view.setBigUint64(8 * register, value, true);
  return new Uint8Array(view.buffer);
}

function spill(register: Register): number {
  return -16 - 8 * register;
}

function load(dst: Register, src: Register, off: number): Insn {
  return { kind: 'load', size: 8, signed: false, dst, src, off };
}

function store(dst: Register, off: number, src: Register): Insn {
  return { kind: 'store', size: 8, dst, off, src: { reg: src } };
}
