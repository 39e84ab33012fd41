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
import { slotBytes, writeSlot } from './wire.js';

/**
 * The bytes of a program given by slots, so that each wide load is followed by its `wide-end`.
 * @throws BpfError 'range', with its `pc`, when an offset or constant doesn't fit its field
 */
export function encode(insns: readonly LoweredInsn[]): Uint8Array {
  const bytes = new Uint8Array(insns.length * slotBytes);
  const slots = new Slots(bytes);
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    if (insn.kind === 'wide-end') slots.add(0, 0, 0, 0, highHalf(insns[pc - 1]));
    else addInsn(slots, insn);
  }
  return bytes;
}

/** The slots of a program that is being written. */
class Slots {
  readonly #bytes: Uint8Array;
  #pc = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Adds a slot of these fields. @returns itself */
  add(opcode: number, dst: number, src: number, off: number, imm: number): Slots {
    const pc = this.#pc++;
    if (off !== (off << 16) >> 16) throw new BpfError('range', `expected an offset of 16 bits, found ${off}`, { pc });
    if (imm !== (imm | 0)) throw new BpfError('range', `expected a constant of 32 bits, found ${imm}`, { pc });
    writeSlot(this.#bytes, pc * slotBytes, opcode, dst, src, off, imm);
    return this;
  }

  /** The same with a second operand. */
  addOperand(opcode: number, dst: number, operand: Operand, off: number): Slots {
    return 'reg' in operand ? this.add(opcode, dst, operand.reg, off, 0) : this.add(opcode, dst, 0, off, operand.imm);
  }
}

/** Adds an instruction; of a wide load, its first slot. */
function addInsn(slots: Slots, insn: Exclude<LoweredInsn, { kind: 'wide-end' }>): Slots {
  switch (insn.kind) {
    case 'alu':
      return slots.addOperand(aluOpcode(insn.op, insn.width, insn.src), insn.dst, insn.src, alu[insn.op].off);
    case 'neg':
      return slots.add(negOpcode(insn.width), insn.dst, 0, 0, 0);
    case 'movsx':
      return slots.add(aluOpcode('mov', insn.width, { reg: insn.src }), insn.dst, insn.src, insn.bits, 0);
    case 'swap':
      return slots.add(swapOpcode(insn.order), insn.dst, 0, 0, insn.bits);
    case 'addr-space-cast':
      return slots.add(aluOpcode('mov', 64, { reg: insn.src }), insn.dst, insn.src, addrSpaceCast, insn.imm);
    case 'wide':
      return slots.add(opcodes.wide, insn.dst, wideSources[insn.from], 0, insn.low);
    case 'load':
    case 'store':
    case 'atomic':
    case 'load-acquire':
    case 'store-release':
    case 'packet':
      return addMemory(slots, insn);
    case 'jump':
      return slots.addOperand(jumpOpcode(insn.op, insn.width, insn.src), insn.dst, insn.src, insn.off);
    case 'goto':
    case 'may-goto':
    case 'call-helper':
    case 'call-kfunc':
    case 'call-local':
    case 'call-register':
    case 'exit':
      return addControl(slots, insn);
    case 'guard':
    case 'raw':
    case 'captured':
    case 'set':
    case 'lookup':
      return addInternal(slots, insn);
    default:
      return unreachable(insn);
  }
}

type Memory = InsnOf<'load' | 'store' | 'atomic' | 'load-acquire' | 'store-release' | 'packet'>;

function addMemory(slots: Slots, insn: Memory): Slots {
  switch (insn.kind) {
    case 'load':
      return slots.add(memoryOpcode('ldx', insn.signed ? 'memsx' : 'mem', insn.size), insn.dst, insn.src, insn.off, 0);
    case 'store': {
      const opcode = memoryOpcode('reg' in insn.src ? 'stx' : 'st', 'mem', insn.size);
      return slots.addOperand(opcode, insn.dst, insn.src, insn.off);
    }
    case 'atomic': {
      const imm = atomic[insn.op].imm | (insn.fetch ? fetchBit : 0);
      return slots.add(memoryOpcode('stx', 'atomic', insn.size), insn.dst, insn.src, insn.off, imm);
    }
    case 'load-acquire':
    case 'store-release': {
      const imm = insn.kind === 'load-acquire' ? ordered.loadAcquire : ordered.storeRelease;
      return slots.add(memoryOpcode('stx', 'atomic', insn.size), insn.dst, insn.src, insn.off, imm);
    }
    case 'packet': {
      const { size, src, imm } = insn;
      return slots.add(memoryOpcode('ld', src === undefined ? 'abs' : 'ind', size), 0, src ?? 0, 0, imm);
    }
    default:
      return unreachable(insn);
  }
}

type Control = InsnOf<'goto' | 'may-goto' | 'call-helper' | 'call-kfunc' | 'call-local' | 'call-register' | 'exit'>;

function addControl(slots: Slots, insn: Control): Slots {
  switch (insn.kind) {
    case 'goto':
      return insn.long ? slots.add(opcodes.gotoLong, 0, 0, 0, insn.off) : slots.add(opcodes.goto, 0, 0, insn.off, 0);
    case 'may-goto':
      return slots.add(opcodes.mayGoto, 0, 0, insn.off, 0);
    case 'call-helper':
      return slots.add(opcodes.call, 0, callees.helper, 0, insn.helper);
    case 'call-local':
      return slots.add(opcodes.call, 0, callees.local, 0, insn.off);
    case 'call-kfunc':
      return slots.add(opcodes.call, 0, callees.kfunc, insn.off, insn.btf);
    case 'call-register':
      return slots.add(opcodes.callRegister, insn.src, 0, 0, 0);
    case 'exit':
      return slots.add(opcodes.exit, 0, 0, insn.off, 0);
    default:
      return unreachable(insn);
  }
}

function addInternal(slots: Slots, insn: InternalInsn): Slots {
  switch (insn.kind) {
    case 'guard':
      return slots.add(internalOpcodes.guard, 0, 0, insn.off, insn.bytes);
    case 'raw': {
      const { size, order, dst, index, off } = insn;
      return slots.add(rawOpcode(size, index !== undefined), dst, index ?? 0, off, order === 'be' ? 1 : 0);
    }
    case 'captured':
      return slots.add(internalOpcodes.captured, insn.dst, 0, 0, 0);
    case 'set': {
      const { op, width, dst, a, b } = insn;
      return slots.add(setOpcode(width, b), dst, a, jump[op].code, 'reg' in b ? b.reg : b.imm);
    }
    case 'lookup':
      return slots.add(internalOpcodes.lookup, insn.dst, insn.src, 0, insn.table);
    default:
      return unreachable(insn);
  }
}

function highHalf(before: LoweredInsn | undefined): number {
  return before?.kind === 'wide' ? before.high : 0;
}
