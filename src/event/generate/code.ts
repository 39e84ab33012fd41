// The program in the making: its instructions, labels, and what every part of the generator knows of registers.
//
// r1 is the record. Where packet loads are used, r6 is as well, since they leave nothing in r0 to r5; r7 to r9 then hold
// what a search has come to. Everything else is calculated in a row of registers, each step from the left.

import * as asm from '../../ebpf/build.js';
import type { Program } from '../../ebpf/program.js';
import { eventPrefix } from '../../env/event.js';
import type { NumberSource } from '../ast.js';
import { prune } from './prune.js';

/** Registers for what is calculated, in the order of their use. */
const row = [
  [asm.r0, asm.w0],
  [asm.r2, asm.w2],
  [asm.r3, asm.w3],
  [asm.r4, asm.w4],
  [asm.r5, asm.w5],
  [asm.r7, asm.w7],
  [asm.r8, asm.w8],
  [asm.r9, asm.w9],
] as const;

export const rowLength = row.length;

export class Code {
  readonly #items: asm.Item[] = [];
  /** The register that holds the record's address everywhere. */
  readonly base: asm.Reg<64>;
  /** Where the record begins: behind what stands before it, if that is asked for. */
  readonly start: number;
  /** Up to where the context may be read. */
  readonly end: number;
  #labels = 0;

  constructor(recordBytes: number, { hasPrefix, loadsPackets }: { hasPrefix: boolean; loadsPackets: boolean }) {
    this.start = hasPrefix ? eventPrefix.size : 0;
    this.end = this.start + recordBytes;
    this.base = loadsPackets ? asm.r6 : asm.r1;
    if (loadsPackets) this.emit(asm.mov(asm.r6, asm.r1));
  }

  emit(...items: asm.Item[]): void {
    this.#items.push(...items);
  }

  newLabel(): string {
    return `L${this.#labels++}`;
  }

  bind(label: string): void {
    this.emit(asm.label(label));
  }

  /** The offset in the context of a place in the record or before it. */
  offset({ in: where, offset }: Pick<NumberSource, 'in' | 'offset'>): number {
    return where === 'record' ? this.start + offset : offset;
  }

  /** Loads a number: from the record's own byte order, extended to 64 bits. */
  load(dst: asm.Reg<64>, source: NumberSource): void {
    const { size, signed } = source;
    const [src, off] = [this.base.register, this.offset(source)];
    this.emit({ insn: { kind: 'load', size, signed: signed && size < 8, dst: dst.register, src, off } });
  }

  /** dst = a constant */
  constant(dst: asm.Reg<64>, value: bigint): void {
    this.emit(isShort(value) ? asm.mov(dst, immediate(value)) : asm.wide(dst, value));
  }

  build(): Program {
    return asm.build(prune(this.#items));
  }
}

/** The register at a place of the row. */
export function full(place: number): asm.Reg<64> {
  return row[place]![0];
}

/** Its low half. */
export function half(place: number): asm.Reg<32> {
  return row[place]![1];
}

/** Whether a constant is what an instruction extends 32 bits to. */
export function isShort(value: bigint): boolean {
  return BigInt.asIntN(32, value) === BigInt.asIntN(64, value);
}

/** A constant of 32 bits as an instruction holds it. */
export function immediate(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
