// Writes a program's instructions one after the other; a jump is aimed when what it leads to is written.

import type { Insn, Operand, Register, Width } from '../src/ebpf/insn.js';
import type { AluName, JumpName } from '../src/ebpf/rows.js';
import type { AccessSize } from '../src/env/environment.js';

export class InsnWriter {
  readonly #insns: Insn[] = [];

  get insns(): readonly Insn[] {
    return this.#insns;
  }

  /** The slot of what is written next. */
  get next(): number {
    return this.#insns.length;
  }

  push(...insns: readonly Insn[]): void {
    this.#insns.push(...insns);
  }

  mov(dst: Register, src: Operand): void {
    this.alu('mov', 64, dst, src);
  }

  alu(op: AluName, width: Width, dst: Register, src: Operand): void {
    this.push({ kind: 'alu', op, width, dst, src });
  }

  /** An address in the stack. */
  place(dst: Register, off: number): void {
    this.mov(dst, { reg: 10 });
    this.alu('add', 64, dst, { imm: off });
  }

  load(size: AccessSize, dst: Register, src: Register, off: number, signed = false): void {
    this.push({ kind: 'load', size, signed: signed && size < 8, dst, src, off });
  }

  store(size: AccessSize, dst: Register, off: number, src: Operand): void {
    this.push({ kind: 'store', size, dst, off, src });
  }

  /** @param index of the program's maps */
  map(dst: Register, index: number): void {
    this.push({ kind: 'wide', dst, from: 'map-index', low: index, high: 0 }, { kind: 'wide-end' });
  }

  helper(helper: number): void {
    this.push({ kind: 'call-helper', helper });
  }

  /** @returns what aims the jump: at what is written next, unless another place is given */
  jump(op: JumpName, width: Width, dst: Register, src: Operand): (to?: number) => void {
    const pc = this.next;
    this.push({ kind: 'jump', op, width, dst, src, off: 0 });
    return (to = this.next) => this.aim(pc, to);
  }

  goto(): (to?: number) => void {
    const pc = this.next;
    this.push({ kind: 'goto', off: 0, long: false });
    return (to = this.next) => this.aim(pc, to);
  }

  aim(pc: number, to: number): void {
    const insn = this.#insns[pc]!;
    if ('off' in insn) this.#insns[pc] = { ...insn, off: to - pc - 1 };
  }
}
