// Which registers an instruction reads and sets.

import type { LoweredInsn, Operand, Register } from './insn.js';

/** The register that an instruction sets. A call also takes r1 to r5 away: `forgets`. */
export function written(insn: LoweredInsn): Register | undefined {
  switch (insn.kind) {
    case 'alu':
    case 'neg':
    case 'movsx':
    case 'swap':
    case 'addr-space-cast':
    case 'wide':
    case 'load':
    case 'load-acquire':
    case 'raw':
    case 'captured':
    case 'set':
    case 'lookup':
      return insn.dst;
    case 'atomic':
      if (!insn.fetch) return undefined;
      return insn.op === 'cmpxchg' ? 0 : insn.src;
    case 'packet':
    case 'call-helper':
    case 'call-kfunc':
    case 'call-local':
    case 'call-register':
      return 0;
    case 'wide-end':
    case 'store':
    case 'store-release':
    case 'jump':
    case 'goto':
    case 'may-goto':
    case 'guard':
    case 'exit':
      return undefined;
  }
}

/** The registers whose values an instruction uses; of a call, only those that its encoding names. */
export function read(insn: LoweredInsn): readonly Register[] {
  switch (insn.kind) {
    case 'alu':
      return insn.op === 'mov' ? registers(insn.src) : [insn.dst, ...registers(insn.src)];
    case 'neg':
    case 'swap':
      return [insn.dst];
    case 'movsx':
    case 'addr-space-cast':
    case 'load':
    case 'load-acquire':
    case 'call-register':
    case 'lookup':
      return [insn.src];
    case 'store':
    case 'jump':
      return [insn.dst, ...registers(insn.src)];
    case 'atomic':
      return insn.op === 'cmpxchg' ? [insn.dst, insn.src, 0] : [insn.dst, insn.src];
    case 'store-release':
      return [insn.dst, insn.src];
    case 'packet':
      return insn.src === undefined ? [6] : [6, insn.src];
    case 'raw':
      return insn.index === undefined ? [] : [insn.index];
    case 'set':
      return [insn.a, ...registers(insn.b)];
    case 'exit':
      return [0];
    case 'wide':
    case 'wide-end':
    case 'goto':
    case 'may-goto':
    case 'call-helper':
    case 'call-kfunc':
    case 'call-local':
    case 'guard':
    case 'captured':
      return [];
  }
}

/** Whether r1 to r5 hold nothing afterwards (RFC 9669, section 2.1; packet loads are calls in disguise). */
export function forgets(insn: LoweredInsn): boolean {
  return insn.kind === 'packet' || insn.kind.startsWith('call-');
}

function registers(operand: Operand): readonly Register[] {
  return 'reg' in operand ? [operand.reg] : [];
}
