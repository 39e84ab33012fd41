// Instructions in the notation of the bpf_conformance suite: ldxw %r0, [%r1+4]
//
// It has no words for some of Linux's instructions; ours are made like its own: load_acquirew, store_releasew, ldabsw,
// may_goto, addr_space_cast.

import type { InsnOf, InternalInsn, LoweredInsn, Operand, Register } from '../../insn.js';
import { jump, sizes } from '../../rows.js';
import { printCall, printExit, printReference, signed } from '../operands.js';

export function printMnemonic(insn: LoweredInsn): string {
  switch (insn.kind) {
    case 'alu':
      return `${insn.op}${width(insn)} %r${insn.dst}, ${operand(insn.src)}`;
    case 'neg':
      return `neg${width(insn)} %r${insn.dst}`;
    case 'movsx':
      return `movsx${insn.bits}${insn.width} %r${insn.dst}, %r${insn.src}`;
    case 'swap':
      return `${insn.order === 'bswap' ? 'swap' : insn.order}${insn.bits} %r${insn.dst}`;
    case 'addr-space-cast':
      return `addr_space_cast %r${insn.dst}, %r${insn.src}, 0x${insn.imm.toString(16)}`;
    case 'wide':
      return `lddw %r${insn.dst}, ${printReference(insn)}`;
    case 'wide-end':
      return '';
    case 'load':
    case 'store':
    case 'atomic':
    case 'load-acquire':
    case 'store-release':
    case 'packet':
      return printAccess(insn);
    case 'jump':
      return `${jump[insn.op].mnemonic}${width(insn)} %r${insn.dst}, ${operand(insn.src)}, ${signed(insn.off)}`;
    case 'goto':
      return `${insn.long ? 'ja32' : 'ja'} ${signed(insn.off)}`;
    case 'may-goto':
      return `may_goto ${signed(insn.off)}`;
    case 'call-helper':
    case 'call-kfunc':
    case 'call-local':
      return printCall(insn);
    case 'call-register':
      return `call helper %r${insn.src}`;
    case 'exit':
      return printExit(insn);
    case 'guard':
    case 'raw':
    case 'captured':
    case 'set':
    case 'lookup':
      return printInternal(insn);
  }
}

function printInternal(insn: InternalInsn): string {
  switch (insn.kind) {
    case 'guard':
      return `guard ${insn.bytes}, ${signed(insn.off)}`;
    case 'raw': {
      const order = insn.size === 1 ? '' : insn.order;
      const index = insn.index === undefined ? '' : `%r${insn.index}, `;
      return `ldraw${sizes[insn.size].letter}${order} %r${insn.dst}, ${index}${insn.off}`;
    }
    case 'captured':
      return `ldcaptured %r${insn.dst}`;
    case 'set':
      return `s${jump[insn.op].mnemonic.slice(1)}${width(insn)} %r${insn.dst}, %r${insn.a}, ${operand(insn.b)}`;
    case 'lookup':
      return `lookup %r${insn.dst}, %r${insn.src}, ${insn.table}`;
  }
}

type Access = InsnOf<'load' | 'store' | 'atomic' | 'load-acquire' | 'store-release' | 'packet'>;

function printAccess(insn: Access): string {
  const { letter } = sizes[insn.size];
  switch (insn.kind) {
    case 'load':
      return `ldx${insn.signed ? 's' : ''}${letter} %r${insn.dst}, ${address(insn.src, insn.off)}`;
    case 'store':
      return `st${'reg' in insn.src ? 'x' : ''}${letter} ${address(insn.dst, insn.off)}, ${operand(insn.src)}`;
    case 'atomic': {
      const fetch = insn.fetch && insn.op !== 'xchg' && insn.op !== 'cmpxchg' ? 'fetch ' : '';
      return `lock ${fetch}${insn.op}${insn.size === 4 ? 32 : ''} ${address(insn.dst, insn.off)}, %r${insn.src}`;
    }
    case 'load-acquire':
      return `load_acquire${letter} %r${insn.dst}, ${address(insn.src, insn.off)}`;
    case 'store-release':
      return `store_release${letter} ${address(insn.dst, insn.off)}, %r${insn.src}`;
    case 'packet':
      return insn.src === undefined ? `ldabs${letter} ${insn.imm}` : `ldind${letter} %r${insn.src}, ${insn.imm}`;
  }
}

function width(insn: { readonly width: 32 | 64 }): string {
  return insn.width === 32 ? '32' : '';
}

function operand(src: Operand): string {
  return 'reg' in src ? `%r${src.reg}` : String(src.imm);
}

function address(register: Register, off: number): string {
  return `[%r${register}${signed(off)}]`;
}
