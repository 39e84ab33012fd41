// Programs as text, in either notation; `parse` reads it back.

import type { LoweredInsn } from './insn.js';
import { printLinux } from './text/linux/print.js';
import { printMnemonic } from './text/mnemonic/print.js';

/** `linux`: that of Linux's verifier log. `mnemonic`: that of the bpf_conformance suite. */
export const notations = ['linux', 'mnemonic'] as const;
export type Notation = (typeof notations)[number];

export function printInsn(insn: LoweredInsn, notation: Notation = 'linux'): string {
  return notation === 'linux' ? printLinux(insn) : printMnemonic(insn);
}

/** One instruction a line; jumps say how many slots of 8 bytes they skip. */
export function print(insns: readonly LoweredInsn[], notation: Notation = 'linux'): string {
  return insns
    .filter((insn) => insn.kind !== 'wide-end')
    .map((insn) => printInsn(insn, notation))
    .join('\n');
}
