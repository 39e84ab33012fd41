// One classic instruction as a line of JavaScript, wherever the jumps in it may lead.

import type { Operation } from '../../classic/insn.js';
import { condition, type InputKind, statement } from './statement.js';

/** A trap is returned as its instruction's index below this: no verdict is negative. */
export const trapBase = -(2 ** 33);

export interface SourceOptions {
  readonly input: InputKind;
  /** How many instructions a program with a loop may execute, compared where it jumps backwards. */
  readonly budget: number;
  /** Whether traps are told from the verdict 0. */
  readonly tellsTraps: boolean;
}

/** What goes on with instruction `to`, at the end of instruction `from`. */
export type Jump = (to: number, from: number) => string;

export interface Place {
  readonly input: InputKind;
  readonly known: number;
  readonly jump: Jump;
  /** Whether traps are told from the verdict 0. */
  readonly tellsTraps: boolean;
}

export function lineOf(op: Operation | undefined, pc: number, { input, known, jump, tellsTraps }: Place): string {
  if (op === undefined || op.kind === 'return') return ending(op, trap(pc, tellsTraps));
  if (op.kind === 'goto') return jump(pc + 1 + op.off, pc);
  if (op.kind === 'jump') return test(op, pc, jump);
  return statement(op, input, known) ?? trap(pc, tellsTraps);
}

function test({ op, operand, jt, jf }: Operation & { readonly kind: 'jump' }, pc: number, jump: Jump): string {
  const holds = condition(op, operand);
  const [yes, no] = [jump(pc + 1 + jt, pc), jump(pc + 1 + jf, pc)];
  if (jt === jf) return yes;
  if (yes === '') return `if (!${holds}) ${no}`;
  return no === '' ? `if ${holds} ${yes}` : `if ${holds} ${yes} else ${no}`;
}

/** Whether an instruction ends the run, so that it can stand wherever it is jumped to. */
export function endsThere(op: Operation | undefined): boolean {
  return op === undefined || op.kind === 'return';
}

/** @param trapped what happens where there is no instruction */
export function ending(op: Operation | undefined, trapped: string): string {
  if (op?.kind !== 'return') return trapped;
  return op.value === 'a' ? 'return A >>> 0;' : `return ${op.value.k};`;
}

export function trap(pc: number, isTold: boolean): string {
  return `return ${isTold ? trapBase + pc : 0};`;
}
