// Programs with one field of one instruction spoilt, so that some that were safe are not any more.

import type { Insn, Register } from '../src/ebpf/insn.js';
import type { Program } from '../src/ebpf/program.js';
import { isLeading, replaced } from './shrink.js';

/** The program with one of its fields changed. @param draw a number from 0 to n-1 */
export function mutated(program: Program, draw: (n: number) => number): Program {
  const ends = endsOfLoops(program);
  const pc = draw(program.length);
  return ends.has(pc) ? program : replaced(program, pc, mutatedInsn(program.insns[pc]!, draw));
}

/**
 * Where a loop's counter is set, counted on and compared: without an end a verifier goes round a million times before it gives
 * up, and such programs would take most of the time.
 */
function endsOfLoops({ insns }: Program): ReadonlySet<number> {
  const backward = [...insns.entries()].filter(([, insn]) => isLeading(insn) && insn.off < 0);
  return new Set(backward.flatMap(([pc, insn]) => [pc - 3, pc - 2, pc - 1, pc, 'off' in insn ? pc + insn.off : pc]));
}

const nearby = [-8, -4, -1, 1, 4, 8, 32];

function mutatedInsn(insn: Insn, draw: (n: number) => number): Insn {
  const step = nearby[draw(nearby.length)]!;
  // Jumps that lead elsewhere mostly make no program at all.
  if ('off' in insn && !isLeading(insn) && insn.kind !== 'exit' && draw(2) === 0)
    return { ...insn, off: ((insn.off + step) << 16) >> 16 };
  if (insn.kind === 'jump' || insn.kind === 'alu' || insn.kind === 'store') {
    if ('imm' in insn.src && draw(2) === 0) return { ...insn, src: { imm: (insn.src.imm + step) | 0 } };
    if (insn.kind !== 'store' && draw(3) === 0) return { ...insn, width: insn.width === 64 ? 32 : 64 };
  }
  const register = draw(10) as Register;
  if ('dst' in insn) return { ...insn, dst: register };
  return insn;
}
