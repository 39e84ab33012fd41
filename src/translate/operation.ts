// One classic instruction as internal ones.

import type { ClassicEnvironment } from '../classic/check.js';
import type { ClassicOperand, Operation } from '../classic/insn.js';
import type { JumpName as ClassicJump } from '../classic/rows.js';
import type { Insn, Operand } from '../ebpf/insn.js';
import type { JumpName } from '../ebpf/rows.js';
import { seccompSize } from '../env/seccomp.js';
import { skbLayout } from '../env/skb.js';
import { extension } from './extension.js';
import { alu, contextWord, loadCell, move, registers, set, storeCell } from './registers.js';

/** An instruction; `skip` says how many classic instructions a jump goes over, where its own offset is still open. */
export interface Draft {
  readonly insn: Insn;
  readonly skip?: number;
}

const { a, x, kept } = registers;
const exit: Insn = { kind: 'exit', off: 0 };

export function translated(op: Operation, environment: ClassicEnvironment): readonly Draft[] {
  switch (op.kind) {
    case 'jump':
      return conditional(op);
    case 'goto':
      return op.off === 0 ? [] : [leap(op.off)];
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
      return straight(op, environment).map((insn) => ({ insn }));
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
function conditional({ op, operand, jt, jf }: Extract<Operation, { kind: 'jump' }>): Draft[] {
  const src = operandOf(operand);
  const test = (name: JumpName, skip: number): Draft => ({
    insn: { kind: 'jump', op: name, width: 32, dst: a, src, off: 0 },
    skip,
  });
  if (jt === jf) return jt === 0 ? [] : [leap(jt)];
  if (jf === 0) return [test(op, jt)];
  const inverse = opposite[op];
  if (jt === 0 && inverse !== undefined) return [test(inverse, jf)];
  return [test(op, jt), leap(jf)];
}

function leap(skip: number): Draft {
  return { insn: { kind: 'goto', off: 0, long: false }, skip };
}

function operandOf(operand: ClassicOperand): Operand {
  return operand === 'x' ? { reg: x } : { imm: operand.k | 0 };
}
