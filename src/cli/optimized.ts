// What the optimizer makes of a program, and what each of its passes saves: beside the whole, what it comes to without one.

import type { LoweredInsn } from '../ebpf/insn.js';
import { printInsn } from '../ebpf/print.js';
import { type LoweredProgram, optimize } from '../optimize/optimize.js';
import { type PassName, passNames } from '../optimize/switches.js';
import type { VerifiedProgram } from '../verify/verify.js';

/** What each pass is about, in a few words. */
const abouts: Readonly<Record<PassName, string>> = {
  fold: 'computes constants now',
  redundant: 'drops tests that others decide',
  guard: 'asks for the length once',
  swap: 'swaps constants, not loads',
  merge: 'compares neighbours at once',
  branchFree: 'makes tests numbers, not jumps',
  tables: 'looks lists up',
};

/** The listing, behind a table of the passes. */
export function optimizedText(verified: VerifiedProgram): string {
  const lowered = optimize(verified);
  if (lowered.reason !== undefined) return `; the program stays as it is: ${lowered.reason}\n${listing(lowered.insns)}`;
  const lines = [
    row('', 'instructions', 'jumps', 'loads', 'tables'),
    row('the program', ...figures(verified.program.insns, 0)),
    row('optimized', ...figuresOf(lowered)),
    ...passNames.map((name) => {
      const without = optimize(verified, { passes: passNames.filter((other) => other !== name) });
      return row(`without ${name}`, ...figuresOf(without), abouts[name]);
    }),
  ];
  return `${lines.join('\n')}\n\n${listing(lowered.insns)}`;
}

function row(first: string, ...cells: string[]): string {
  return `; ${[first.padEnd(20), ...cells.map((cell, i) => (i < 4 ? cell.padStart(12) : `  ${cell}`))].join('')}`.trimEnd();
}

/** Of the fast instructions: not of the copy behind them. */
function figuresOf({ insns, tables }: LoweredProgram): string[] {
  const guard = insns[0];
  const fast = guard?.kind === 'guard' ? insns.slice(0, 1 + guard.off) : insns;
  return figures(fast, tables.length);
}

function figures(insns: readonly LoweredInsn[], tables: number): string[] {
  const count = (kinds: readonly LoweredInsn['kind'][]) => insns.filter(({ kind }) => kinds.includes(kind)).length;
  return [insns.length, count(['jump', 'goto', 'guard']), count(['packet', 'raw', 'load']), tables].map(String);
}

/** Each instruction behind its slot. */
function listing(insns: readonly LoweredInsn[]): string {
  return insns
    .flatMap((insn, pc) => (insn.kind === 'wide-end' ? [] : [`${`${pc}`.padStart(4)}: ${printInsn(insn)}`]))
    .join('\n');
}
