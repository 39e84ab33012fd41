// Instructions of one kind as objects of one shape, wherever they were made: V8 then knows where their fields are. A copy
// made by `{ ...insn, off }` has a shape to itself once it is frozen, which makes each look at it twenty times as slow.

import type { Insn, Operand } from './insn.js';

/** A copy in the shape of its kind. */
export function shaped(insn: Insn): Insn {
  const { kind } = insn;
  switch (kind) {
    case 'alu':
      return { kind, op: insn.op, width: insn.width, dst: insn.dst, src: shapedOperand(insn.src) };
    case 'neg':
      return { kind, width: insn.width, dst: insn.dst };
    case 'movsx':
      return { kind, width: insn.width, bits: insn.bits, dst: insn.dst, src: insn.src };
    case 'swap':
      return { kind, order: insn.order, bits: insn.bits, dst: insn.dst };
    case 'addr-space-cast':
      return { kind, dst: insn.dst, src: insn.src, imm: insn.imm };
    case 'wide':
      return { kind, dst: insn.dst, from: insn.from, low: insn.low, high: insn.high };
    case 'load':
      return { kind, size: insn.size, signed: insn.signed, dst: insn.dst, src: insn.src, off: insn.off };
    case 'store':
      return { kind, size: insn.size, dst: insn.dst, off: insn.off, src: shapedOperand(insn.src) };
    case 'atomic': {
      const { op, fetch, size, dst, src, off } = insn;
      return { kind, op, fetch, size, dst, src, off };
    }
    case 'load-acquire':
      return { kind, size: insn.size, dst: insn.dst, src: insn.src, off: insn.off };
    case 'store-release':
      return { kind, size: insn.size, dst: insn.dst, src: insn.src, off: insn.off };
    case 'packet':
      return { kind, size: insn.size, src: insn.src, imm: insn.imm };
    case 'jump': {
      const { op, width, dst, src, off } = insn;
      return { kind, op, width, dst, src: shapedOperand(src), off };
    }
    case 'goto':
      return { kind, off: insn.off, long: insn.long };
    case 'may-goto':
      return { kind, off: insn.off };
    case 'call-local':
      return { kind, off: insn.off };
    case 'exit':
      return { kind, off: insn.off };
    case 'call-helper':
      return { kind, helper: insn.helper };
    case 'call-kfunc':
      return { kind, btf: insn.btf, off: insn.off };
    case 'call-register':
      return { kind, src: insn.src };
    case 'wide-end':
      return { kind };
  }
}

function shapedOperand(operand: Operand): Operand {
  return 'reg' in operand ? { reg: operand.reg } : { imm: operand.imm };
}
