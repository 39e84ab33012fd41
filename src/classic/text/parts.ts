// An instruction's mnemonic and operand as text; what both notations have in common.

import type { ClassicOperand, Operation } from '../insn.js';
import { alu, type ExtensionRow, extensions, jump, sizes } from '../rows.js';

/** What the notations write differently. */
export interface Notation {
  readonly length: string;
  readonly extension: (row: ExtensionRow) => string;
  /** The operand of a ret that returns A. */
  readonly a: string;
}

/** libpcap's `bpf_image`. */
export const libpcap: Notation = { length: '#pktlen', extension: ({ bracket }) => `[${bracket}]`, a: '' };

/** Linux's bpf_asm. */
export const bpfAsm: Notation = { length: '#len', extension: ({ words }) => `#${words[0]}`, a: 'a' };

/** Without the places that jumps lead to: each notation has its own way to say them. */
export function parts(op: Operation, notation: Notation): [mnemonic: string, operand: string] {
  switch (op.kind) {
    case 'constant':
      return [load(op.to), hex(op.value)];
    case 'length':
      return [load(op.to), notation.length];
    case 'load-cell':
      return [load(op.to), `M[${op.cell | 0}]`];
    case 'store-cell':
      return [op.from === 'a' ? 'st' : 'stx', `M[${op.cell | 0}]`];
    case 'packet':
      return [`ld${sizes[op.size].letter}`, op.indexed ? `[x + ${op.k | 0}]` : `[${op.k | 0}]`];
    case 'header-length':
      return ['ldxb', `4*([${op.k | 0}]&0xf)`];
    case 'extension':
      return [`ld${sizes[op.size].letter}`, notation.extension(extensions[op.name])];
    case 'alu':
      return [op.op, operandText(op.operand, alu[op.op].base)];
    case 'jump':
      return [jump[op.op].mnemonic, operandText(op.operand, 16)];
    case 'goto':
      return ['ja', ''];
    case 'return':
      return ['ret', op.value === 'a' ? notation.a : `#${op.value.k | 0}`];
    case 'neg':
    case 'tax':
    case 'txa':
      return [op.kind, ''];
  }
}

function load(register: 'a' | 'x'): string {
  return register === 'a' ? 'ld' : 'ldx';
}

function operandText(operand: ClassicOperand, base: 10 | 16): string {
  if (operand === 'x') return 'x';
  return base === 16 ? hex(operand.k) : `#${operand.k | 0}`;
}

function hex(k: number): string {
  return `#0x${k.toString(16)}`;
}
