// The encoding of RFC 9669 to instructions; every number comes from rows.ts.
//
// What Linux's check of encodings refuses is refused: unknown opcodes, registers above r10, and anything but zero in a
// field that the instruction doesn't use (`exit` excepted, whose offset Linux leaves alone). Whether the instructions
// make a program (jump targets, a frame pointer that is written) is asked by structure.ts.

import { BpfError } from '../base/error.js';
import type { Insn, Operand, Register, Size, WideSource, Width } from './insn.js';
import { modeMask, opcodes, sizeMask } from './opcode.js';
import {
  type AluName,
  type AtomicName,
  addrSpaceCast,
  alu,
  atomic,
  callees,
  classes,
  fetchBit,
  fromRegister,
  type JumpName,
  jump,
  modes,
  ordered,
  sizes,
  unary,
  wideSources,
} from './rows.js';
import { type Fields, readSlots, type Slot } from './wire.js';

export interface DecodeOptions {
  /** Accept calls through a register (opcode 0x8d), which no standard knows. */
  readonly callRegister?: boolean;
}

/** @throws BpfError 'encoding', with the `pc` of the first instruction that isn't one */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): Insn[] {
  const slots = readSlots(bytes);
  const insns: Insn[] = [];
  while (insns.length < slots.length) {
    const pc = insns.length;
    const slot = slots[pc]!;
    const insn = slot.opcode === opcodes.wide ? decodeWide(slot, slots[pc + 1]) : decodeSlot(slot);
    if (insn.kind === 'call-register' && options.callRegister !== true) throw unknownOpcode(slot);
    insns.push(insn);
    if (insn.kind === 'wide') insns.push({ kind: 'wide-end' });
  }
  return insns;
}

const sizeOfCode = new Map<number, Size>(([1, 2, 4, 8] as const).map((size) => [sizes[size].code, size]));
const aluCodes = new Set<number>(Object.values(alu).map((row) => row.code));
const aluOfCode = new Map(names<AluName>(alu).map((name) => [aluKey(alu[name].code, alu[name].off), name]));
const jumpOfCode = new Map(names<JumpName>(jump).map((name) => [jump[name].code as number, name]));
const atomicOfImm = new Map(names<AtomicName>(atomic).map((name) => [atomic[name].imm as number, name]));
const wideOfCode = new Map(names<WideSource>(wideSources).map((name) => [wideSources[name] as number, name]));

function names<Name extends string>(rows: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(rows) as Name[];
}

function aluKey(code: number, off: number): number {
  return (off << 4) | code;
}

function decodeSlot(slot: Slot): Insn {
  switch (slot.opcode & 0x7) {
    case classes.alu:
      return decodeAlu(slot, 32);
    case classes.alu64:
      return decodeAlu(slot, 64);
    case classes.jmp:
      return decodeJump(slot, 64);
    case classes.jmp32:
      return decodeJump(slot, 32);
    case classes.ld:
      return decodeLd(slot);
    case classes.ldx:
      return decodeLdx(slot);
    case classes.st:
      return decodeSt(slot);
    default:
      return decodeStx(slot);
  }
}

function decodeAlu(slot: Slot, width: Width): Insn {
  const code = slot.opcode >> 4;
  if (code === unary.neg) return decodeNeg(slot, width);
  if (code === unary.swap) return decodeSwap(slot, width);
  if (!aluCodes.has(code)) throw unknownOpcode(slot);
  const isRegister = (slot.opcode & fromRegister) !== 0;
  if (code === alu.mov.code && isRegister && slot.off !== 0) return decodeMoveVariant(slot, width);
  const op = aluOfCode.get(aluKey(code, slot.off));
  if (op === undefined) throw reserved(slot, 'off');
  return { kind: 'alu', op, width, dst: register(slot, 'dst'), src: operand(slot) };
}

function decodeNeg(slot: Slot, width: Width): Insn {
  if ((slot.opcode & fromRegister) !== 0) throw unknownOpcode(slot);
  zero(slot, 'src', 'off', 'imm');
  return { kind: 'neg', width, dst: register(slot, 'dst') };
}

function decodeSwap(slot: Slot, width: Width): Insn {
  const flag = (slot.opcode & fromRegister) !== 0;
  if (width === 64 && flag) throw unknownOpcode(slot);
  zero(slot, 'src', 'off');
  const bits = slot.imm;
  if (bits !== 16 && bits !== 32 && bits !== 64) throw unexpected(slot, 'imm', '16, 32 or 64');
  const order = width === 64 ? 'bswap' : flag ? 'be' : 'le';
  return { kind: 'swap', order, bits, dst: register(slot, 'dst') };
}

/** The moves that an offset turns into something else. */
function decodeMoveVariant(slot: Slot, width: Width): Insn {
  const [dst, src, { off, imm }] = [register(slot, 'dst'), register(slot, 'src'), slot];
  if (off === addrSpaceCast && width === 64) {
    if (imm !== 1 && imm !== 0x10000) throw unexpected(slot, 'imm', '0x1 or 0x10000');
    return { kind: 'addr-space-cast', dst, src, imm };
  }
  zero(slot, 'imm');
  if (off === 8 || off === 16 || (off === 32 && width === 64)) return { kind: 'movsx', width, bits: off, dst, src };
  throw reserved(slot, 'off');
}

function decodeJump(slot: Slot, width: Width): Insn {
  const op = jumpOfCode.get(slot.opcode >> 4);
  if (op === undefined) return decodeControl(slot);
  return { kind: 'jump', op, width, dst: register(slot, 'dst'), src: operand(slot), off: slot.off };
}

function decodeControl(slot: Slot): Insn {
  const { off, imm } = slot;
  switch (slot.opcode) {
    case opcodes.goto:
      zero(slot, 'dst', 'src', 'imm');
      return { kind: 'goto', off, long: false };
    case opcodes.gotoLong:
      zero(slot, 'dst', 'src', 'off');
      return { kind: 'goto', off: imm, long: true };
    case opcodes.mayGoto:
      zero(slot, 'dst', 'src', 'imm');
      return { kind: 'may-goto', off };
    case opcodes.exit:
      zero(slot, 'dst', 'src', 'imm');
      return { kind: 'exit', off };
    case opcodes.call:
      return decodeCall(slot);
    case opcodes.callRegister:
      zero(slot, 'src', 'off', 'imm');
      return { kind: 'call-register', src: register(slot, 'dst') };
    default:
      throw unknownOpcode(slot);
  }
}

function decodeCall(slot: Slot): Insn {
  const { src, off, imm } = slot;
  zero(slot, 'dst');
  if (src === callees.kfunc) return { kind: 'call-kfunc', btf: imm, off };
  zero(slot, 'off');
  if (src === callees.helper) return { kind: 'call-helper', helper: imm };
  if (src === callees.local) return { kind: 'call-local', off: imm };
  throw unexpected(slot, 'src', '0, 1 or 2');
}

function decodeLd(slot: Slot): Insn {
  const [mode, size] = [slot.opcode & modeMask, sizeOf(slot)];
  if ((mode !== modes.abs && mode !== modes.ind) || size === 8) throw unknownOpcode(slot);
  zero(slot, 'dst', 'off');
  if (mode === modes.abs) zero(slot, 'src');
  return { kind: 'packet', size, src: mode === modes.ind ? register(slot, 'src') : undefined, imm: slot.imm };
}

/** @param next the slot that follows, if there is one: the second half */
function decodeWide(slot: Slot, next: Slot | undefined): Insn {
  zero(slot, 'off');
  const from = wideOfCode.get(slot.src);
  if (from === undefined) throw unexpected(slot, 'src', '0 to 6');
  if (next === undefined) throw new BpfError('encoding', 'a wide load lacks its second half', slot);
  zeroInSecond(slot.pc, next, 'opcode', 'dst', 'src', 'off');
  if (from === 'map-fd' || from === 'map-index') zeroInSecond(slot.pc, next, 'imm');
  return { kind: 'wide', dst: register(slot, 'dst'), from, low: slot.imm, high: next.imm };
}

function decodeLdx(slot: Slot): Insn {
  const [mode, size, off] = [slot.opcode & modeMask, sizeOf(slot), slot.off];
  const signed = mode === modes.memsx;
  if ((mode !== modes.mem && !signed) || (signed && size === 8)) throw unknownOpcode(slot);
  zero(slot, 'imm');
  return { kind: 'load', size, signed, dst: register(slot, 'dst'), src: register(slot, 'src'), off };
}

function decodeSt(slot: Slot): Insn {
  if ((slot.opcode & modeMask) !== modes.mem) throw unknownOpcode(slot);
  zero(slot, 'src');
  return { kind: 'store', size: sizeOf(slot), dst: register(slot, 'dst'), off: slot.off, src: { imm: slot.imm } };
}

function decodeStx(slot: Slot): Insn {
  const mode = slot.opcode & modeMask;
  if (mode === modes.atomic) return decodeAtomic(slot);
  if (mode !== modes.mem) throw unknownOpcode(slot);
  zero(slot, 'imm');
  const src = { reg: register(slot, 'src') };
  return { kind: 'store', size: sizeOf(slot), dst: register(slot, 'dst'), off: slot.off, src };
}

function decodeAtomic(slot: Slot): Insn {
  const [size, { imm, off }] = [sizeOf(slot), slot];
  const [dst, src] = [register(slot, 'dst'), register(slot, 'src')];
  if (imm === ordered.loadAcquire) return { kind: 'load-acquire', size, dst, src, off };
  if (imm === ordered.storeRelease) return { kind: 'store-release', size, dst, src, off };
  if (size !== 4 && size !== 8) throw unknownOpcode(slot);
  const op = atomicOfImm.get(imm & ~fetchBit);
  const fetch = (imm & fetchBit) !== 0;
  if (op === undefined || (!fetch && atomic[op].fetch === 'always')) {
    throw unexpected(slot, 'imm', 'an atomic operation');
  }
  return { kind: 'atomic', op, fetch, size, dst, src, off };
}

/** Second operand of arithmetic and jumps; the field that isn't used must be zero. */
function operand(slot: Slot): Operand {
  if ((slot.opcode & fromRegister) !== 0) {
    zero(slot, 'imm');
    return { reg: register(slot, 'src') };
  }
  zero(slot, 'src');
  return { imm: slot.imm };
}

function register(slot: Slot, field: 'dst' | 'src'): Register {
  if (slot[field] > 10)
    throw new BpfError('encoding', `expected a register from r0 to r10, found r${slot[field]}`, slot);
  return slot[field] as Register;
}

function sizeOf(slot: Slot): Size {
  return sizeOfCode.get(slot.opcode & sizeMask)!;
}

function zero(slot: Slot, ...fields: (keyof Fields)[]): void {
  for (const field of fields) if (slot[field] !== 0) throw reserved(slot, field);
}

/** @param pc of the wide load */
function zeroInSecond(pc: number, second: Fields, ...fields: (keyof Fields)[]): void {
  for (const field of fields) {
    if (second[field] !== 0) throw wrong(pc, 'the second half of a wide load', field, second[field], '0');
  }
}

function unknownOpcode({ opcode, pc }: Slot): BpfError {
  return new BpfError('encoding', `unknown opcode ${hex(opcode)}`, { pc });
}

function reserved(slot: Slot, field: keyof Fields): BpfError {
  return unexpected(slot, field, '0');
}

function unexpected(slot: Slot, field: keyof Fields, wanted: string): BpfError {
  return wrong(slot.pc, `opcode ${hex(slot.opcode)}`, field, slot[field], wanted);
}

function wrong(pc: number, where: string, field: keyof Fields, value: number, wanted: string): BpfError {
  const found = field === 'off' || field === 'dst' || field === 'src' ? value : hex(value);
  return new BpfError('encoding', `expected ${wanted} in field ${field} of ${where}, found ${found}`, { pc });
}

function hex(value: number): string {
  return `${value < 0 ? '-' : ''}0x${Math.abs(value).toString(16).padStart(2, '0')}`;
}
