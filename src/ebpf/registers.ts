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

/** A set of registers, a bit each. */
export type RegisterSet = number;

/** The registers whose values an instruction uses, ascending; of a call, only those that its encoding names. */
export function read(insn: LoweredInsn): readonly Register[] {
  const set = readSet(insn);
  return allRegisters.filter((register) => (set & (1 << register)) !== 0);
}

const allRegisters: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** `read` as a set. */
export function readSet(insn: LoweredInsn): RegisterSet {
  switch (insn.kind) {
    case 'alu':
      return insn.op === 'mov' ? setOf(insn.src) : (1 << insn.dst) | setOf(insn.src);
    case 'neg':
    case 'swap':
      return 1 << insn.dst;
    case 'movsx':
    case 'addr-space-cast':
    case 'load':
    case 'load-acquire':
    case 'call-register':
    case 'lookup':
      return 1 << insn.src;
    case 'store':
    case 'jump':
      return (1 << insn.dst) | setOf(insn.src);
    case 'atomic':
      return (1 << insn.dst) | (1 << insn.src) | (insn.op === 'cmpxchg' ? 1 << 0 : 0);
    case 'store-release':
      return (1 << insn.dst) | (1 << insn.src);
    case 'packet':
      return (1 << 6) | (insn.src === undefined ? 0 : 1 << insn.src);
    case 'raw':
      return insn.index === undefined ? 0 : 1 << insn.index;
    case 'set':
      return (1 << insn.a) | setOf(insn.b);
    case 'exit':
      return 1 << 0;
    case 'wide':
    case 'wide-end':
    case 'goto':
    case 'may-goto':
    case 'call-helper':
    case 'call-kfunc':
    case 'call-local':
    case 'guard':
    case 'captured':
      return 0;
  }
}

/** Whether r1 to r5 hold nothing afterwards (RFC 9669, section 2.1; packet loads are calls in disguise). */
export function forgets(insn: LoweredInsn): boolean {
  return insn.kind === 'packet' || isCall(insn);
}

export function isCall({ kind }: LoweredInsn): boolean {
  return kind === 'call-helper' || kind === 'call-local' || kind === 'call-kfunc' || kind === 'call-register';
}

function setOf(operand: Operand): RegisterSet {
  return 'reg' in operand ? 1 << operand.reg : 0;
}
