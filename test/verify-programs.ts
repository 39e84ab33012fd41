// Seeded random programs over plain memory that stand a chance with the verifier: most accesses are bounded by a mask or a
// comparison, some are not quite.

import type { Insn, Operand, Register, Size } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { type AluName, alu, type JumpName, jump } from '../src/ebpf/rows.js';

/** How many bytes of input the programs are made for. */
export const inputSize = 64;

export const aluNames = Object.keys(alu) as AluName[];
export const jumpNames = Object.keys(jump) as JumpName[];
const sizes: readonly Size[] = [1, 2, 4, 8];
export const interesting = [
  0, 1, 2, 7, 8, 15, 31, 32, 63, 64, 255, 256, 0x7fff, 0xffff, 0x7fffffff, -1, -2, -8, -0x80000000,
];
const inputRegister = 9;

/** A generator of numbers from 0 to n-1 (mulberry32). */
export function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

export function randomMemoryProgram(seed: number): Program {
  return new Writer(generator(seed)).program();
}

class Writer {
  readonly #draw: (n: number) => number;
  readonly #insns: Insn[] = [];
  /** Jumps whose targets are drawn when all is written. */
  readonly #jumps: number[] = [];

  constructor(draw: (n: number) => number) {
    this.#draw = draw;
  }

  program(): Program {
    this.#begin();
    const pieces = [
      this.#compute,
      this.#compute,
      this.#branch,
      this.#branch,
      this.#spill,
      this.#fill,
      this.#reachInput,
    ];
    const more = [this.#reachStack, this.#savePointer, this.#extend];
    const all = [...pieces, ...more];
    for (let count = 4 + this.#draw(24); count > 0; count--) all[this.#draw(all.length)]!.call(this);
    this.#insns.push(this.#move(0, { reg: this.#number() }), { kind: 'exit', off: 0 });
    this.#aimJumps();
    return new Program(this.#insns);
  }

  /** r9 holds the input's address, r0 to r8 numbers from it or constants. */
  #begin(): void {
    this.#insns.push(this.#move(inputRegister, { reg: 1 }));
    for (let register = 0; register < 9; register++) {
      const size = this.#pick(sizes);
      const off = this.#draw(inputSize / 8) * 8;
      const load: Insn = { kind: 'load', size, signed: false, dst: register as Register, src: inputRegister, off };
      this.#insns.push(this.#draw(4) === 0 ? this.#move(register as Register, { imm: this.#constant() }) : load);
    }
  }

  #compute(): void {
    const op = this.#pick(aluNames);
    const width = this.#pick([32, 64] as const);
    const isShift = op === 'lsh' || op === 'rsh' || op === 'arsh';
    const imm = isShift ? this.#draw(width) : this.#constant() || 1;
    const src: Operand = this.#draw(2) === 0 ? { imm } : { reg: this.#number() };
    this.#insns.push({ kind: 'alu', op, width, dst: this.#number(), src });
  }

  #branch(): void {
    const src: Operand = this.#draw(3) > 0 ? { imm: this.#constant() } : { reg: this.#number() };
    const width = this.#pick([32, 64] as const);
    this.#jumps.push(this.#insns.length);
    this.#insns.push({ kind: 'jump', op: this.#pick(jumpNames), width, dst: this.#number(), src, off: 0 });
  }

  #spill(): void {
    const [size, off] = [this.#pick(sizes), this.#stackOffset()];
    const src: Operand = this.#draw(3) > 0 ? { reg: this.#number() } : { imm: this.#constant() };
    this.#insns.push({ kind: 'store', size, dst: 10, off, src });
  }

  #fill(): void {
    const size = this.#pick(sizes);
    const signed = size < 8 && this.#draw(4) === 0;
    this.#insns.push({ kind: 'load', size, signed, dst: this.#number(), src: 10, off: this.#stackOffset() });
  }

  /** An access of the input at an offset that a mask or a comparison bounds. */
  #reachInput(): void {
    const [index, pointer] = [this.#number(), this.#number()];
    if (index === pointer) return;
    this.#bound(index, this.#pick([7, 15, 31, 48, 56]));
    this.#insns.push(this.#move(pointer, { reg: inputRegister }));
    this.#insns.push({ kind: 'alu', op: 'add', width: 64, dst: pointer, src: { reg: index } });
    this.#access(pointer, this.#draw(12));
  }

  #reachStack(): void {
    const [index, pointer] = [this.#number(), this.#number()];
    if (index === pointer) return;
    this.#insns.push({ kind: 'alu', op: 'and', width: 64, dst: index, src: { imm: this.#pick([8, 24, 56]) } });
    this.#insns.push(this.#move(pointer, { reg: 10 }));
    this.#insns.push({ kind: 'alu', op: 'add', width: 64, dst: pointer, src: { reg: index } });
    this.#access(pointer, this.#stackOffset());
  }

  #bound(register: Register, limit: number): void {
    if (this.#draw(2) === 0) {
      this.#insns.push({ kind: 'alu', op: 'and', width: 64, dst: register, src: { imm: limit } });
      return;
    }
    const [op, width] = [this.#pick(['gt', 'ge', 'sgt'] as const), this.#pick([32, 64, 64] as const)];
    this.#jumps.push(this.#insns.length);
    this.#insns.push({ kind: 'jump', op, width, dst: register, src: { imm: limit }, off: 0 });
  }

  /** Loads or stores through a register, which holds a number afterwards. */
  #access(pointer: Register, off: number): void {
    const size = this.#pick(sizes);
    if (this.#draw(3) === 0)
      this.#insns.push({ kind: 'store', size, dst: pointer, off, src: { imm: this.#constant() } });
    this.#insns.push({ kind: 'load', size, signed: false, dst: pointer, src: pointer, off });
  }

  #savePointer(): void {
    const [slot, dst] = [this.#stackOffset() & ~7, this.#number()];
    this.#insns.push({ kind: 'store', size: 8, dst: 10, off: slot, src: { reg: inputRegister } });
    this.#insns.push({ kind: 'load', size: 8, signed: false, dst, src: 10, off: slot });
    this.#insns.push({ kind: 'load', size: 1, signed: false, dst, src: dst, off: this.#draw(inputSize) });
  }

  #extend(): void {
    const [dst, src] = [this.#number(), this.#number()];
    this.#insns.push({
      kind: 'movsx',
      width: this.#pick([32, 64] as const),
      bits: this.#pick([8, 16] as const),
      dst,
      src,
    });
  }

  /** Jumps lead ahead. */
  #aimJumps(): void {
    for (const pc of this.#jumps) {
      const insn = this.#insns[pc]!;
      if (insn.kind === 'jump') this.#insns[pc] = { ...insn, off: this.#draw(this.#insns.length - pc - 1) };
    }
  }

  #move(dst: Register, src: Operand): Insn {
    return { kind: 'alu', op: 'mov', width: 64, dst, src };
  }

  #number(): Register {
    return this.#draw(9) as Register;
  }

  #stackOffset(): number {
    return this.#draw(5) === 0 ? -1 - this.#draw(64) : -8 * (1 + this.#draw(8));
  }

  #constant(): number {
    return this.#draw(3) > 0 ? this.#pick(interesting) : this.#draw(0x100000) - 0x80000;
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#draw(items.length)]!;
  }
}
