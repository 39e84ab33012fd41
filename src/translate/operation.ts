// One classic instruction as internal ones.

import type { ClassicEnvironment } from '../classic/check.js';
import type { ClassicOperand, Operation } from '../classic/insn.js';
import type { JumpName as ClassicJump } from '../classic/rows.js';
import type { Insn, Operand } from '../ebpf/insn.js';
import type { JumpName } from '../ebpf/rows.js';
import { seccompSize } from '../env/seccomp.js';
import { skbLayout } from '../env/skb.js';
import type { Draft } from './draft.js';
import { extension } from './extension.js';
import { alu, contextWord, loadCell, move, registers, set, storeCell } from './registers.js';

const { a, x, kept } = registers;
const exit: Insn = { kind: 'exit', off: 0 };

/** Adds the instructions for a classic one. */
export function addTranslated(op: Operation, environment: ClassicEnvironment, draft: Draft): void {
  switch (op.kind) {
    case 'jump':
      addConditional(op, draft);
      return;
    case 'goto':
      addLeap(op.off, draft);
      return;
    case 'constant':
    case 'length':
    case 'load-cell':
    case 'store-cell':
    case 'packet':
    case 'header-length':
    case 'extension':
    case 'alu':
    case 'neg':
    case 'return':
    case 'tax':
    case 'txa':
      for (const insn of straight(op, environment)) draft.add(insn);
  }
}

type Straight = Exclude<Operation, { kind: 'jump' | 'goto' }>;

function straight(op: Straight, environment: ClassicEnvironment): readonly Insn[] {
  switch (op.kind) {
    case 'constant':
      return [set(registers[op.to], op.value)];
    case 'length':
      return [
        environment === 'seccomp'
          ? set(registers[op.to], seccompSize)
          : contextWord(registers[op.to], skbLayout.len.offset),
      ];
    case 'load-cell':
      return [loadCell(registers[op.to], op.cell)];
    case 'store-cell':
      return [storeCell(op.cell, { reg: registers[op.from] })];
    case 'packet':
      return [environment === 'seccomp' ? contextWord(a, op.k) : packetLoad(op)];
    case 'header-length':
      return headerLength(op.k);
    case 'extension':
      return extension(op.name);
    case 'alu':
      return arithmetic(op);
    case 'neg':
      return [{ kind: 'neg', width: 32, dst: a }];
    case 'return':
      return op.value === 'a' ? [exit] : [set(a, op.value.k), exit];
    case 'tax':
      return [move(x, a)];
    case 'txa':
      return [move(a, x)];
  }
}

function packetLoad({ size, indexed, k }: Extract<Operation, { kind: 'packet' }>): Insn {
  return { kind: 'packet', size, src: indexed ? x : undefined, imm: k | 0 };
}

// w8 = w0; r0 = packet[k]; w0 &= 15; w0 <<= 2; w7 = w0; w0 = w8
function headerLength(k: number): Insn[] {
  return [
    move(kept, a),
    packetLoad({ kind: 'packet', size: 1, indexed: false, k }),
    alu('and', a, { imm: 0xf }),
    alu('lsh', a, { imm: 2 }),
    move(x, a),
    move(a, kept),
  ];
}

function arithmetic({ op, operand }: Extract<Operation, { kind: 'alu' }>): Insn[] {
  const insn = alu(op, a, operandOf(operand));
  if (operand !== 'x' || (op !== 'div' && op !== 'mod')) return [insn];
  // if w7 != 0 goto +2; w0 = 0; exit; w0 /= w7
  return [{ kind: 'jump', op: 'ne', width: 32, dst: x, src: { imm: 0 }, off: 2 }, set(a, 0), exit, insn];
}

/** The test that holds where the classic one fails; there is none for a test of bits. */
const opposite = { eq: 'ne', gt: 'le', ge: 'lt', set: undefined } as const satisfies Record<
  ClassicJump,
  JumpName | undefined
>;

/** One jump where one of the ways is the next instruction, else two. Comparisons of 32 bits take any constant as it is. */
function addConditional({ op, operand, jt, jf }: Extract<Operation, { kind: 'jump' }>, draft: Draft): void {
  const inverse = jt === 0 ? opposite[op] : undefined;
  if (jt === jf) addLeap(jt, draft);
  else if (inverse !== undefined) draft.addJump(test(inverse, operand), jf);
  else {
    draft.addJump(test(op, operand), jt);
    addLeap(jf, draft);
  }
}

function test(op: JumpName, operand: ClassicOperand): Insn {
  return { kind: 'jump', op, width: 32, dst: a, src: operandOf(operand), off: 0 };
}

/** A jump that is always taken, where it goes over anything. */
function addLeap(skip: number, draft: Draft): void {
  if (skip !== 0) draft.addJump({ kind: 'goto', off: 0, long: false }, skip);
}

function operandOf(operand: ClassicOperand): Operand {
  return operand === 'x' ? { reg: x } : { imm: operand.k | 0 };
}
