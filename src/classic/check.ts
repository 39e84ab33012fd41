// Whether a classic program is one that Linux takes: the rules of `bpf_check_classic` (net/core/filter.c), and for seccomp
// those of `seccomp_check_filter` (kernel/seccomp.c). A program that passes ends on every packet, and never leaves its cells.

import { expectInstance, expectWord } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { originPlace } from '../base/origin.js';
import { expansion, furthestJump } from './expansion.js';
import type { ClassicOperand, Operation } from './insn.js';
import { printOperation } from './print.js';
import { ClassicProgram } from './program.js';
import { alu, cellCount, extensionBase, linuxLength, runnableLength } from './rows.js';

/** What a classic program is attached to: a socket (or a capture), or a process. */
export const classicEnvironments = ['packet', 'seccomp'] as const;
export type ClassicEnvironment = (typeof classicEnvironments)[number];

/** Bytes of `struct seccomp_data`. */
const seccompBytes = 64;

/** What is wrong with an instruction, to follow its name in a sentence; undefined where nothing is. */
type Rule = (op: Operation, pc: number, length: number) => string | undefined;

/**
 * Refuses what Linux refuses.
 * @returns what each instruction says: all are known
 * @throws BpfError 'verify' with the `pc` of the first instruction that breaks a rule
 */
export function check(program: ClassicProgram, environment: ClassicEnvironment): readonly Operation[] {
  expectInstance(program, ClassicProgram);
  expectWord(environment, classicEnvironments, 'the environment');
  checkLength(program, linuxLength);
  const operations = checkEach(program, [forward, structure, ...(environment === 'seccomp' ? [seccomp] : [])]);
  checkCells(program, operations);
  if (environment === 'packet') checkReach(program, operations);
  return operations;
}

/**
 * Refuses what no classic machine can run. Unlike `check` it lets programs loop, as the filters do that libpcap makes of
 * `protochain`, be longer than 4096 instructions, and read cells before they are written, which gives 0.
 * @returns and throws as `check`
 */
export function checkRunnable(program: ClassicProgram): readonly Operation[] {
  checkLength(program, runnableLength);
  return checkEach(program, [structure]);
}

function checkLength({ length }: ClassicProgram, most: number): void {
  if (length > 0 && length <= most) return;
  throw new BpfError('verify', `expected 1 to ${most} instructions, found ${length}`, { pc: 0 });
}

function checkEach(program: ClassicProgram, rules: readonly Rule[]): readonly Operation[] {
  const { length, insns } = program;
  // A copy: V8 can't look into a frozen list as fast.
  const operations = [...program.operations].map((op, pc) => {
    if (op === undefined) throw refusal(program, pc, `has no meaning: no instruction has code ${insns[pc]!.code}`);
    for (const rule of rules) {
      const fault = rule(op, pc, length);
      if (fault !== undefined) throw refusal(program, pc, fault);
    }
    return op;
  });
  if (operations.at(-1)?.kind !== 'return') throw refusal(program, length - 1, 'is the last one and not a ret');
  return operations;
}

function refusal(program: ClassicProgram, pc: number, fault: string): BpfError {
  const op = program.operations[pc];
  const name = op === undefined ? '' : ` '${printOperation(op)}'`;
  return new BpfError('verify', `instruction ${pc}${name} ${fault}`, { pc, place: originPlace(program.origin, pc) });
}

function structure(op: Operation, pc: number, length: number): string | undefined {
  switch (op.kind) {
    case 'packet':
      if (op.indexed || op.k < extensionBase) return undefined;
      return 'loads from an offset of extensions at which there is none';
    case 'load-cell':
    case 'store-cell':
      return op.cell < cellCount ? undefined : `uses a cell beyond M[${cellCount - 1}]`;
    case 'alu':
      return constantOperand(op.operand, alu[op.op].operand);
    case 'jump':
      return pc + 1 + Math.max(op.jt, op.jf) < length ? undefined : 'jumps beyond the end';
    case 'goto':
      if (pc + 1 + op.off < 0) return 'jumps before the start';
      return pc + 1 + op.off < length ? undefined : 'jumps beyond the end';
    case 'constant':
    case 'length':
    case 'header-length':
    case 'extension':
    case 'neg':
    case 'return':
    case 'tax':
    case 'txa':
      return undefined;
  }
}

function constantOperand(operand: ClassicOperand, demand: 'any' | 'divisor' | 'amount'): string | undefined {
  if (operand === 'x') return undefined;
  if (demand === 'divisor' && operand.k === 0) return 'divides by a constant 0';
  if (demand === 'amount' && operand.k >= 32) return 'shifts by a constant of 32 or more';
  return undefined;
}

function forward(op: Operation): string | undefined {
  return op.kind === 'goto' && op.off < 0 ? 'jumps backwards' : undefined;
}

function seccomp(op: Operation): string | undefined {
  switch (op.kind) {
    case 'packet':
      if (op.indexed || op.size !== 4)
        return 'is not allowed in a seccomp filter, which loads words at constant offsets';
      if (op.k % 4 !== 0) return 'loads from an offset that is no multiple of 4';
      return op.k < seccompBytes ? undefined : `loads beyond the ${seccompBytes} bytes of seccomp_data`;
    case 'alu':
      return alu[op.op].seccomp ? undefined : 'is not allowed in a seccomp filter';
    case 'header-length':
    case 'extension':
      return 'is not allowed in a seccomp filter';
    case 'constant':
    case 'length':
    case 'load-cell':
    case 'store-cell':
    case 'neg':
    case 'jump':
    case 'goto':
    case 'return':
    case 'tax':
    case 'txa':
      return undefined;
  }
}

function checkCells(program: ClassicProgram, operations: readonly Operation[]): void {
  const pc = unwrittenRead(operations);
  if (pc !== undefined) throw refusal(program, pc, 'reads a cell that not every way to it has written');
}

/**
 * The first instruction that reads a cell which not every way to it has written, if there is one. One pass is enough, since
 * jumps only go forward (of a program with loops the answer means nothing): `written[pc]` is what all jumps to pc have
 * written. As in Linux what follows a ret counts as if the ret fell through.
 */
export function unwrittenRead(operations: readonly Operation[]): number | undefined {
  const all = (1 << cellCount) - 1;
  const written = new Uint16Array(operations.length).fill(all);
  let cells = 0;
  for (const [pc, op] of operations.entries()) {
    cells &= written[pc]!;
    if (op.kind === 'store-cell') cells |= 1 << op.cell;
    if (op.kind === 'load-cell' && (cells & (1 << op.cell)) === 0) return pc;
    const targets = op.kind === 'jump' ? [op.jt, op.jf] : op.kind === 'goto' ? [op.off] : [];
    for (const target of targets) written[pc + 1 + target]! &= cells;
    if (targets.length > 0) cells = all;
  }
  return undefined;
}

/**
 * No jump goes over more internal instructions than Linux's translation has room for. Only a goto can be so long, and only
 * in a socket filter: a seccomp filter of 4096 instructions stays below.
 */
function checkReach(program: ClassicProgram, operations: readonly Operation[]): void {
  const starts = [0];
  for (const op of operations) starts.push(starts.at(-1)! + expansion(op));
  operations.forEach((op, pc) => {
    if (op.kind !== 'goto') return;
    const distance = starts[pc + 1 + op.off]! - starts[pc + 1]!;
    if (distance > furthestJump) throw refusal(program, pc, 'jumps further than Linux can translate');
  });
}
