// Whether instructions make a program: every jump lands on an instruction, and nothing writes the frame pointer. All
// engines rely on it. What happens on the way (a path that runs off the end) is the verifier's or the run's business.

import { BpfError } from '../base/error.js';
import type { LoweredInsn } from './insn.js';
import { written } from './registers.js';

/** @throws BpfError 'encoding', with the `pc` of the first instruction that breaks the structure */
export function checkStructure(insns: readonly LoweredInsn[]): void {
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    const to = target(insn, pc);
    if (to !== undefined) checkTarget(insns, pc, to);
    if (written(insn) === 10) throw new BpfError('encoding', 'the frame pointer r10 is read-only', { pc });
  }
}

/** The slot that a jump, or a call of a function of the program, leads to; undefined for every other instruction. */
export function target(insn: LoweredInsn, pc: number): number | undefined {
  switch (insn.kind) {
    case 'jump':
    case 'goto':
    case 'may-goto':
    case 'guard':
    case 'call-local':
      return pc + 1 + insn.off;
    case 'wide':
      return insn.from === 'code' ? pc + 1 + insn.low : undefined;
    default:
      return undefined;
  }
}

/** The index of the map that an instruction refers to, or to whose value; undefined where it refers to none. */
export function mapIndex(insn: LoweredInsn): number | undefined {
  if (insn.kind !== 'wide') return undefined;
  return insn.from === 'map-index' || insn.from === 'map-index-value' ? insn.low : undefined;
}

function checkTarget(insns: readonly LoweredInsn[], pc: number, to: number): void {
  if (to < 0 || to >= insns.length) {
    throw new BpfError('encoding', `expected a jump within 0 to ${insns.length - 1}, found one to ${to}`, { pc });
  }
  if (insns[to]!.kind === 'wide-end') {
    throw new BpfError('encoding', `expected a jump to an instruction, found one into the wide load at ${to - 1}`, {
      pc,
    });
  }
}
