// The internal instruction set, one row an operation: how it is encoded, written, and what it means (RFC 9669).
// Everything else that knows an operation (code, print, parse, the interpreter, docs/isa.md, native/generated/isa.h)
// asks these tables. Opcodes are composed, never listed:
//
//   bit      7 6 5 4    3         2 1 0
//   alu/jmp  operation  source    class
//            7 6 5      4 3       2 1 0
//   memory   mode       size      class

import type { Size, WideSource, Width } from './insn.js';

/** The three low bits of every opcode. */
export const classes = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;

/** Bit 3 of an arithmetic or jump opcode: the second operand is a register. */
export const fromRegister = 0x08;

/** Bits 5 to 7 of a memory opcode. */
export const modes = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;

/** Bits 3 and 4 of a memory opcode, and how the width is written in both notations. */
export const sizes = {
  4: { code: 0x00, letter: 'w', unsigned: 'u32', signed: 's32' },
  2: { code: 0x08, letter: 'h', unsigned: 'u16', signed: 's16' },
  1: { code: 0x10, letter: 'b', unsigned: 'u8', signed: 's8' },
  8: { code: 0x18, letter: 'dw', unsigned: 'u64', signed: 's64' },
} as const satisfies Record<Size, SizeRow>;

interface SizeRow {
  readonly code: number;
  readonly letter: string;
  readonly unsigned: string;
  readonly signed: string;
}

/** The conformance groups of RFC 9669, section 2.4; Linux's own instructions belong to none. */
export type Group = 'base' | 'divmul' | 'atomic' | 'packet' | 'linux';

/**
 * An arithmetic operation. `code` is the upper half of the opcode, `off` the offset field that tells variants apart.
 * `about` says in words what `eval` says in numbers: it takes both operands as unsigned numbers of `w` bits, and its caller
 * cuts the result to `w` bits.
 */
export interface AluRow {
  readonly code: number;
  readonly off: number;
  readonly sign: string;
  readonly group: Group;
  readonly about: string;
  readonly eval: (a: bigint, b: bigint, w: Width) => bigint;
}

const signed = (a: bigint, w: Width) => BigInt.asIntN(w, a);
const amount = (b: bigint, w: Width) => b & BigInt(w - 1);

export const alu = {
  add: { code: 0x0, off: 0, sign: '+=', group: 'base', about: 'sum', eval: (a, b) => a + b },
  sub: { code: 0x1, off: 0, sign: '-=', group: 'base', about: 'difference', eval: (a, b) => a - b },
  mul: { code: 0x2, off: 0, sign: '*=', group: 'divmul', about: 'product', eval: (a, b) => a * b },
  div: {
    code: 0x3,
    off: 0,
    sign: '/=',
    group: 'divmul',
    about: 'unsigned quotient; 0 if src is 0',
    eval: (a, b) => (b === 0n ? 0n : a / b),
  },
  sdiv: {
    code: 0x3,
    off: 1,
    sign: 's/=',
    group: 'divmul',
    about: 'signed quotient, truncated; 0 if src is 0; the least number by -1 is itself',
    eval: (a, b, w) => (b === 0n ? 0n : signed(a, w) / signed(b, w)),
  },
  or: { code: 0x4, off: 0, sign: '|=', group: 'base', about: 'bitwise or', eval: (a, b) => a | b },
  and: { code: 0x5, off: 0, sign: '&=', group: 'base', about: 'bitwise and', eval: (a, b) => a & b },
  lsh: {
    code: 0x6,
    off: 0,
    sign: '<<=',
    group: 'base',
    about: 'left shift; the amount modulo the width',
    eval: (a, b, w) => a << amount(b, w),
  },
  rsh: {
    code: 0x7,
    off: 0,
    sign: '>>=',
    group: 'base',
    about: 'right shift, zeros enter; the amount modulo the width',
    eval: (a, b, w) => a >> amount(b, w),
  },
  mod: {
    code: 0x9,
    off: 0,
    sign: '%=',
    group: 'divmul',
    about: 'unsigned remainder; dst if src is 0',
    eval: (a, b) => (b === 0n ? a : a % b),
  },
  smod: {
    code: 0x9,
    off: 1,
    sign: 's%=',
    group: 'divmul',
    about: 'remainder of the truncated signed division, with the sign of dst; dst if src is 0',
    eval: (a, b, w) => (b === 0n ? a : signed(a, w) % signed(b, w)),
  },
  xor: { code: 0xa, off: 0, sign: '^=', group: 'base', about: 'bitwise exclusive or', eval: (a, b) => a ^ b },
  mov: { code: 0xb, off: 0, sign: '=', group: 'base', about: 'copy', eval: (_, b) => b },
  arsh: {
    code: 0xc,
    off: 0,
    sign: 's>>=',
    group: 'base',
    about: 'right shift, copies of the sign enter; the amount modulo the width',
    eval: (a, b, w) => signed(a, w) >> amount(b, w),
  },
} as const satisfies Record<string, AluRow>;

export type AluName = keyof typeof alu;

/** Operations of the arithmetic classes that have shapes of their own: the upper half of their opcodes. */
export const unary = { neg: 0x8, swap: 0xd } as const;

/** The offset that turns a 64-bit register move into a cast between the address spaces of an arena. */
export const addrSpaceCast = 1;

/** A conditional jump; `eval` takes both operands as unsigned numbers of `w` bits, and `about` says the same in words. */
export interface JumpRow {
  readonly code: number;
  readonly sign: string;
  readonly mnemonic: string;
  readonly about: string;
  readonly eval: (a: bigint, b: bigint, w: Width) => boolean;
}

export const jump = {
  eq: { code: 0x1, sign: '==', mnemonic: 'jeq', about: 'equal', eval: (a, b) => a === b },
  gt: { code: 0x2, sign: '>', mnemonic: 'jgt', about: 'greater, unsigned', eval: (a, b) => a > b },
  ge: { code: 0x3, sign: '>=', mnemonic: 'jge', about: 'greater or equal, unsigned', eval: (a, b) => a >= b },
  set: { code: 0x4, sign: '&', mnemonic: 'jset', about: 'any bit in common', eval: (a, b) => (a & b) !== 0n },
  ne: { code: 0x5, sign: '!=', mnemonic: 'jne', about: 'not equal', eval: (a, b) => a !== b },
  sgt: {
    code: 0x6,
    sign: 's>',
    mnemonic: 'jsgt',
    about: 'greater, signed',
    eval: (a, b, w) => signed(a, w) > signed(b, w),
  },
  sge: {
    code: 0x7,
    sign: 's>=',
    mnemonic: 'jsge',
    about: 'greater or equal, signed',
    eval: (a, b, w) => signed(a, w) >= signed(b, w),
  },
  lt: { code: 0xa, sign: '<', mnemonic: 'jlt', about: 'less, unsigned', eval: (a, b) => a < b },
  le: { code: 0xb, sign: '<=', mnemonic: 'jle', about: 'less or equal, unsigned', eval: (a, b) => a <= b },
  slt: {
    code: 0xc,
    sign: 's<',
    mnemonic: 'jslt',
    about: 'less, signed',
    eval: (a, b, w) => signed(a, w) < signed(b, w),
  },
  sle: {
    code: 0xd,
    sign: 's<=',
    mnemonic: 'jsle',
    about: 'less or equal, signed',
    eval: (a, b, w) => signed(a, w) <= signed(b, w),
  },
} as const satisfies Record<string, JumpRow>;

export type JumpName = keyof typeof jump;

/** Operations of the jump classes that are no comparisons: the upper half of their opcodes. */
export const control = { goto: 0x0, call: 0x8, exit: 0x9, mayGoto: 0xe } as const;

/**
 * The operations that only lowered programs have (InternalInsn), where no public one stands: `guard` among the jumps, `set`
 * and `lookup` in the arithmetic of 32 bits (`set` also of 64), the loads in the class of loads.
 *
 *   guard     imm: bytes, off: where shorter packets go
 *   set       off: the comparison's code; src: the first operand; the second is imm, or the register of that number
 *   lookup    imm: the table's number
 *   raw       mode abs, or ind with the index in src; imm: 1 for network order
 *   captured  mode imm
 */
export const internal = { guard: 0xf, set: 0xe, lookup: 0xf, raw: 0xa0, rawIndexed: 0xe0, captured: 0x00 } as const;

/** What the source-register field of a call says about its `imm`. */
export const callees = { helper: 0, local: 1, kfunc: 2 } as const;

/** An atomic operation: its `imm` without the fetch bit, and the new value of the memory; `about` says it in words. */
export interface AtomicRow {
  readonly imm: number;
  readonly about: string;
  /** Whether the form with, and the one without, the fetch bit exist. */
  readonly fetch: 'optional' | 'always';
  readonly sign: string;
  readonly eval: (old: bigint, src: bigint, r0: bigint) => bigint;
}

/** Bit 0 of an atomic operation's `imm`: the old value is fetched. */
export const fetchBit = 0x01;

export const atomic = {
  add: { imm: 0x00, about: 'old + src', fetch: 'optional', sign: '+=', eval: (old, src) => old + src },
  or: { imm: 0x40, about: 'old | src', fetch: 'optional', sign: '|=', eval: (old, src) => old | src },
  and: { imm: 0x50, about: 'old & src', fetch: 'optional', sign: '&=', eval: (old, src) => old & src },
  xor: { imm: 0xa0, about: 'old ^ src', fetch: 'optional', sign: '^=', eval: (old, src) => old ^ src },
  xchg: { imm: 0xe0, about: 'src', fetch: 'always', sign: 'xchg', eval: (_, src) => src },
  cmpxchg: {
    imm: 0xf0,
    about: 'src if old is r0, else old',
    fetch: 'always',
    sign: 'cmpxchg',
    eval: (old, src, r0) => (old === r0 ? src : old),
  },
} as const satisfies Record<string, AtomicRow>;

export type AtomicName = keyof typeof atomic;

/** The `imm` of Linux's ordered loads and stores, which share the opcode of the atomic operations. */
export const ordered = { loadAcquire: 0x100, storeRelease: 0x110 } as const;

/** The source-register field of a wide load, RFC 9669 section 5.4. */
export const wideSources = {
  imm: 0,
  'map-fd': 1,
  'map-value': 2,
  variable: 3,
  code: 4,
  'map-index': 5,
  'map-index-value': 6,
} as const satisfies Record<WideSource, number>;
