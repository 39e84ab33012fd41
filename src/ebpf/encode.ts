// Instructions to the encoding of RFC 9669; every number comes from rows.ts.

import { BpfError, unreachable } from '../base/error.js';
import type { InsnOf, InternalInsn, LoweredInsn, Operand } from './insn.js';
import {
  aluOpcode,
  internalOpcodes,
  jumpOpcode,
  memoryOpcode,
  negOpcode,
  opcodes,
  rawOpcode,
  setOpcode,
  swapOpcode,
} from './opcode.js';
import { addrSpaceCast, alu, atomic, callees, fetchBit, jump, ordered, wideSources } from './rows.js';
import { type Fields, slotBytes, writeSlot } from './wire.js';

/**
 * The bytes of a program given by slots, so that each wide load is followed by its `wide-end`.
 * @throws BpfError 'range', with its `pc`, when an offset or constant doesn't fit its field
 */
export function encode(insns: readonly LoweredInsn[]): Uint8Array {
  const bytes = new Uint8Array(insns.length * slotBytes);
  const view = new DataView(bytes.buffer);
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    const fields = insn.kind === 'wide-end' ? secondHalf(insns[pc - 1]) : encodeInsn(insn);
    checkRange(fields, pc);
    writeSlot(view, pc * slotBytes, fields);
  }
  return bytes;
}

const nothing: Fields = { opcode: 0, dst: 0, src: 0, off: 0, imm: 0 };

/** The fields of an instruction; of a wide load, those of its first slot. */
function encodeInsn(insn: Exclude<LoweredInsn, { kind: 'wide-end' }>): Fields {
  switch (insn.kind) {
    case 'alu': {
      const { op, width, dst, src } = insn;
      return { ...nothing, opcode: aluOpcode(op, width, src), dst, off: alu[op].off, ...source(src) };
    }
    case 'neg':
      return { ...nothing, opcode: negOpcode(insn.width), dst: insn.dst };
    case 'movsx': {
      const src = { reg: insn.src };
      return { ...nothing, opcode: aluOpcode('mov', insn.width, src), dst: insn.dst, src: insn.src, off: insn.bits };
    }
    case 'swap':
      return { ...nothing, opcode: swapOpcode(insn.order), dst: insn.dst, imm: insn.bits };
    case 'addr-space-cast': {
      const { dst, src, imm } = insn;
      return { opcode: aluOpcode('mov', 64, { reg: src }), dst, src, off: addrSpaceCast, imm };
    }
    case 'wide':
      return { ...nothing, opcode: opcodes.wide, dst: insn.dst, src: wideSources[insn.from], imm: insn.low };
    case 'load':
    case 'store':
    case 'atomic':
    case 'load-acquire':
    case 'store-release':
    case 'packet':
      return encodeMemory(insn);
    case 'jump': {
      const { op, width, dst, src, off } = insn;
      return { ...nothing, opcode: jumpOpcode(op, width, src), dst, off, ...source(src) };
    }
    case 'goto':
    case 'may-goto':
    case 'call-helper':
    case 'call-kfunc':
    case 'call-local':
    case 'call-register':
    case 'exit':
      return encodeControl(insn);
    case 'guard':
    case 'raw':
    case 'captured':
    case 'set':
    case 'lookup':
      return encodeInternal(insn);
    default:
      return unreachable(insn);
  }
}

type Memory = InsnOf<'load' | 'store' | 'atomic' | 'load-acquire' | 'store-release' | 'packet'>;

function encodeMemory(insn: Memory): Fields {
  switch (insn.kind) {
    case 'load': {
      const { size, signed, dst, src, off } = insn;
      return { opcode: memoryOpcode('ldx', signed ? 'memsx' : 'mem', size), dst, src, off, imm: 0 };
    }
    case 'store': {
      const { size, dst, off, src } = insn;
      return { ...nothing, opcode: memoryOpcode('reg' in src ? 'stx' : 'st', 'mem', size), dst, off, ...source(src) };
    }
    case 'atomic': {
      const imm = atomic[insn.op].imm | (insn.fetch ? fetchBit : 0);
      return { opcode: memoryOpcode('stx', 'atomic', insn.size), dst: insn.dst, src: insn.src, off: insn.off, imm };
    }
    case 'load-acquire':
    case 'store-release': {
      const imm = insn.kind === 'load-acquire' ? ordered.loadAcquire : ordered.storeRelease;
      return { opcode: memoryOpcode('stx', 'atomic', insn.size), dst: insn.dst, src: insn.src, off: insn.off, imm };
    }
    case 'packet': {
      const { size, src, imm } = insn;
      return { ...nothing, opcode: memoryOpcode('ld', src === undefined ? 'abs' : 'ind', size), src: src ?? 0, imm };
    }
    default:
      return unreachable(insn);
  }
}

type Control = InsnOf<'goto' | 'may-goto' | 'call-helper' | 'call-kfunc' | 'call-local' | 'call-register' | 'exit'>;

function encodeControl(insn: Control): Fields {
  switch (insn.kind) {
    case 'goto':
      return insn.long
        ? { ...nothing, opcode: opcodes.gotoLong, imm: insn.off }
        : { ...nothing, opcode: opcodes.goto, off: insn.off };
    case 'may-goto':
      return { ...nothing, opcode: opcodes.mayGoto, off: insn.off };
    case 'call-helper':
      return { ...nothing, opcode: opcodes.call, src: callees.helper, imm: insn.helper };
    case 'call-local':
      return { ...nothing, opcode: opcodes.call, src: callees.local, imm: insn.off };
    case 'call-kfunc':
      return { ...nothing, opcode: opcodes.call, src: callees.kfunc, off: insn.off, imm: insn.btf };
    case 'call-register':
      return { ...nothing, opcode: opcodes.callRegister, dst: insn.src };
    case 'exit':
      return { ...nothing, opcode: opcodes.exit, off: insn.off };
    default:
      return unreachable(insn);
  }
}

function encodeInternal(insn: InternalInsn): Fields {
  switch (insn.kind) {
    case 'guard':
      return { ...nothing, opcode: internalOpcodes.guard, off: insn.off, imm: insn.bytes };
    case 'raw': {
      const { size, order, dst, index, off } = insn;
      return { opcode: rawOpcode(size, index !== undefined), dst, src: index ?? 0, off, imm: order === 'be' ? 1 : 0 };
    }
    case 'captured':
      return { ...nothing, opcode: internalOpcodes.captured, dst: insn.dst };
    case 'set': {
      const { op, width, dst, a, b } = insn;
      return { opcode: setOpcode(width, b), dst, src: a, off: jump[op].code, imm: 'reg' in b ? b.reg : b.imm };
    }
    case 'lookup':
      return { ...nothing, opcode: internalOpcodes.lookup, dst: insn.dst, src: insn.src, imm: insn.table };
    default:
      return unreachable(insn);
  }
}

function source(operand: Operand): Pick<Fields, 'src' | 'imm'> {
  return 'reg' in operand ? { src: operand.reg, imm: 0 } : { src: 0, imm: operand.imm };
}

function secondHalf(before: LoweredInsn | undefined): Fields {
  return { ...nothing, imm: before?.kind === 'wide' ? before.high : 0 };
}

function checkRange({ off, imm }: Fields, pc: number): void {
  if (off !== (off << 16) >> 16) throw new BpfError('range', `expected an offset of 16 bits, found ${off}`, { pc });
  if (imm !== (imm | 0)) throw new BpfError('range', `expected a constant of 32 bits, found ${imm}`, { pc });
}
