// The classic instruction set, one row an operation: how it is encoded, written, and what it means
// (McCanne and Jacobson 1993, with Linux's extensions: Documentation/networking/filter.rst).
// Everything else that knows an operation (code, print, parse, asm, check, run, the translator) asks these tables.
// Opcodes are composed, never listed:
//
//   bit      7 6 5 4    3         2 1 0
//   alu/jmp  operation  source    class
//            7 6 5      4 3       2 1 0
//   ld/ldx   mode       size      class

import type { ClassicSize } from './insn.js';

/** The three low bits of every opcode. */
export const classes = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, ret: 6, misc: 7 } as const;

/** The classes that load and store each register. */
export const loadClasses = { a: classes.ld, x: classes.ldx } as const;
export const storeClasses = { a: classes.st, x: classes.stx } as const;

/** Bit 3 of an arithmetic or jump opcode: the second operand is X. */
export const fromX = 0x08;

/** Bits 5 to 7 of a load's opcode. */
export const modes = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, len: 0x80, msh: 0xa0 } as const;

/** Bits 3 and 4 of a load's opcode, and the letter that follows `ld`. */
export const sizes = {
  4: { code: 0x00, letter: '' },
  2: { code: 0x08, letter: 'h' },
  1: { code: 0x10, letter: 'b' },
} as const satisfies Record<ClassicSize, { readonly code: number; readonly letter: string }>;

/** An arithmetic operation on unsigned 32-bit numbers; the caller of `eval` cuts its result to 32 bits. */
export interface AluRow {
  /** The upper half of the opcode. */
  readonly code: number;
  /** How libpcap prints a constant operand. */
  readonly base: 10 | 16;
  /** What must be checked of the operand: a divisor is not 0, an amount to shift by is less than 32. */
  readonly operand: 'any' | 'divisor' | 'amount';
  /** Whether a seccomp filter may use it. */
  readonly seccomp: boolean;
  readonly eval: (a: number, b: number) => number;
}

export const alu = {
  add: { code: 0x0, base: 10, operand: 'any', seccomp: true, eval: (a, b) => a + b },
  sub: { code: 0x1, base: 10, operand: 'any', seccomp: true, eval: (a, b) => a - b },
  mul: { code: 0x2, base: 10, operand: 'any', seccomp: true, eval: (a, b) => Math.imul(a, b) },
  div: { code: 0x3, base: 10, operand: 'divisor', seccomp: true, eval: (a, b) => a / b },
  or: { code: 0x4, base: 16, operand: 'any', seccomp: true, eval: (a, b) => a | b },
  and: { code: 0x5, base: 16, operand: 'any', seccomp: true, eval: (a, b) => a & b },
  lsh: { code: 0x6, base: 10, operand: 'amount', seccomp: true, eval: (a, b) => a << (b & 31) },
  rsh: { code: 0x7, base: 10, operand: 'amount', seccomp: true, eval: (a, b) => a >>> (b & 31) },
  mod: { code: 0x9, base: 10, operand: 'divisor', seccomp: false, eval: (a, b) => a % b },
  xor: { code: 0xa, base: 16, operand: 'any', seccomp: true, eval: (a, b) => a ^ b },
} as const satisfies Record<string, AluRow>;

export type AluName = keyof typeof alu;

/** The upper half of the opcode of the one operation without an operand. */
export const unary = { neg: 0x8 } as const;

/** A conditional jump; `eval` takes unsigned 32-bit numbers. */
export interface JumpRow {
  readonly code: number;
  readonly mnemonic: string;
  /** The mnemonic of bpf_asm for the opposite test, where it has one. */
  readonly inverse: readonly string[];
  readonly eval: (a: number, b: number) => boolean;
}

export const jump = {
  eq: { code: 0x1, mnemonic: 'jeq', inverse: ['jne', 'jneq'], eval: (a, b) => a === b },
  gt: { code: 0x2, mnemonic: 'jgt', inverse: ['jle'], eval: (a, b) => a > b },
  ge: { code: 0x3, mnemonic: 'jge', inverse: ['jlt'], eval: (a, b) => a >= b },
  set: { code: 0x4, mnemonic: 'jset', inverse: [], eval: (a, b) => (a & b) !== 0 },
} as const satisfies Record<string, JumpRow>;

export type JumpName = keyof typeof jump;

/** The upper half of the opcode of the jump without a test. */
export const control = { goto: 0x0 } as const;

/** Bits 3 and 4 of a return's opcode. */
export const returns = { k: 0x00, a: 0x10 } as const;

/** Bits 3 to 7 of the opcodes that move between the registers. */
export const moves = { tax: 0x00, txa: 0x80 } as const;

/** How many scratch cells there are. */
export const cellCount = 16;

/** Linux takes no longer program. */
export const linuxLength = 4096;

/** The longest program that is run here; libpcap sets no limit. Linux runs internal programs up to this length. */
export const runnableLength = 1_000_000;

/** Linux's negative packet offsets, as unsigned numbers: from here up an absolute load asks for an extension. */
export const extensionBase = 0xffff_f000;

/** From here up to the extensions an offset counts from the network header. */
export const networkBase = 0xfff0_0000;

/** From here up to `networkBase` an offset counts from the link header. */
export const linkBase = 0xffe0_0000;

/** What Linux knows of a packet beside its bytes, by the offset behind `extensionBase`. */
export interface ExtensionRow {
  readonly offset: number;
  /** How libpcap writes it, in brackets. */
  readonly bracket: string;
  /** How bpf_asm writes it, after an optional `#`; the first is the one that is printed. */
  readonly words: readonly string[];
}

export const extensions = {
  /** the protocol as the link layer names it (an EtherType), in host order */
  protocol: { offset: 0, bracket: 'proto', words: ['proto'] },
  /** to whom the packet was sent: 0 us, 1 all, 2 a group, 3 others, 4 from us */
  type: { offset: 4, bracket: 'type', words: ['type'] },
  /** the index of the interface */
  ifindex: { offset: 8, bracket: 'ifidx', words: ['ifidx'] },
  /** offset of the netlink attribute of type X that is found from offset A on, or 0 */
  nlattr: { offset: 12, bracket: 'nla', words: ['nla'] },
  /** the same within the attribute at offset A */
  nlattrNest: { offset: 16, bracket: 'nlan', words: ['nlan'] },
  mark: { offset: 20, bracket: 'mark', words: ['mark'] },
  queue: { offset: 24, bracket: 'queue', words: ['queue'] },
  /** the hardware type of the interface, as in ARP */
  hatype: { offset: 28, bracket: 'hatype', words: ['hatype'] },
  rxhash: { offset: 32, bracket: 'rxhash', words: ['rxhash'] },
  cpu: { offset: 36, bracket: 'cpu', words: ['cpu'] },
  /** A ^ X: Linux had it before it had the instruction */
  xorX: { offset: 40, bracket: 'xor_x', words: ['xor_x'] },
  vlanTci: { offset: 44, bracket: 'vlan_tci', words: ['vlan_tci'] },
  vlanPresent: { offset: 48, bracket: 'vlanp', words: ['vlan_avail', 'vlan_pr', 'vlanp'] },
  /** where the payload of the innermost header that Linux knows begins */
  payloadOffset: { offset: 52, bracket: 'poff', words: ['poff'] },
  random: { offset: 56, bracket: 'random', words: ['rand', 'random'] },
  vlanTpid: { offset: 60, bracket: 'vlan_tpid', words: ['vlan_tpid'] },
} as const satisfies Record<string, ExtensionRow>;

export type ExtensionName = keyof typeof extensions;

/** The names of a table's rows, in its order. */
export function names<Name extends string>(table: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(table) as Name[];
}
