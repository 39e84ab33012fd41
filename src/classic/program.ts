// A classic program as a value: made of instructions, bytes or text, printed, compared, attached; it never changes.

import { expectBytes, expectText, expectWord } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { Origin } from '../base/origin.js';
import { decode, operation } from './decode.js';
import { encode } from './encode.js';
import type { ClassicInsn, Operation } from './insn.js';
import { parse } from './parse.js';
import { printAssembly, printDecimals, printHex, printInitializers, printLine, printListing } from './print.js';

/**
 * The forms of text: `d`, `dd` and `ddd` as tcpdump's options of these names print them, `asm` as bpf_asm reads it, `line`
 * as bpf_asm prints it and iptables and tc take it, `hex` the bytes.
 */
export const classicForms = ['d', 'dd', 'ddd', 'asm', 'line', 'hex'] as const;
export type ClassicForm = (typeof classicForms)[number];

const printers = {
  d: printListing,
  dd: printInitializers,
  ddd: printDecimals,
  asm: printAssembly,
  line: printLine,
  hex: printHex,
} as const satisfies Record<ClassicForm, (insns: readonly ClassicInsn[]) => string>;

const largest = { code: 0xffff, jt: 0xff, jf: 0xff, k: 0xffff_ffff } as const;

/** A program of the classic machine. Having one says nothing about whether it is a good one: `check` does. */
export class ClassicProgram {
  readonly insns: readonly ClassicInsn[];
  /** What each instruction says, by its index; undefined for a code that no machine knows. */
  readonly operations: readonly (Operation | undefined)[];
  readonly origin: Origin | undefined;

  /** @throws BpfError 'encoding' when a field of an instruction is no whole number or doesn't fit */
  constructor(insns: readonly ClassicInsn[], origin?: Origin) {
    insns.forEach(checkFields);
    const copies = insns.map(({ code, jt, jf, k }) => Object.freeze({ code, jt, jf, k }));
    this.operations = Object.freeze(copies.map(operation));
    this.insns = Object.freeze(copies);
    this.origin = origin;
  }

  /**
   * A program from text, in any form that people paste: `tcpdump -d`, `-dd` and `-ddd`, C initializers, assembly of
   * bpf_asm and the one line that it prints, the bytecode of iptables and tc, hexadecimal bytes.
   * @throws BpfError 'syntax', 'name' or 'range' with the place of what can't be read
   */
  static parse(text: string): ClassicProgram {
    expectText(text, 'a classic program');
    const { insns, origin } = parse(text);
    return new ClassicProgram(insns, origin);
  }

  /**
   * A program from its bytes: 8 an instruction, little-endian.
   * @throws BpfError 'encoding' when they are no whole number of instructions
   */
  static decode(bytes: Uint8Array): ClassicProgram {
    expectBytes(bytes, 'a classic program');
    return new ClassicProgram(decode(bytes));
  }

  get length(): number {
    return this.insns.length;
  }

  /** The program's bytes: 8 an instruction, little-endian, as `struct sock_filter` has them. */
  encode(): Uint8Array {
    return encode(this.insns);
  }

  /**
   * The program as text, without a trailing newline.
   * @throws BpfError 'encoding' when `asm` has no word for an instruction, 'usage' when there is no such form
   */
  toString(form: ClassicForm = 'd'): string {
    return printers[expectWord(form, classicForms, 'a form')](this.insns);
  }
}

function checkFields(insn: ClassicInsn, pc: number): void {
  const { code, jt, jf, k } = insn;
  if (code === (code & 0xffff) && jt === (jt & 0xff) && jf === (jf & 0xff) && k === k >>> 0) return;
  for (const field of ['code', 'jt', 'jf', 'k'] as const) {
    const value = insn[field];
    if (Number.isInteger(value) && value >= 0 && value <= largest[field]) continue;
    const message = `expected ${field} of classic instruction ${pc} from 0 to ${largest[field]}, found ${value}`;
    throw new BpfError('encoding', message, { pc });
  }
}
