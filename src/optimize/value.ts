// What a program computes, as expressions: equal ones are one object, so that what is computed twice is known to be the
// same. That alone folds constants, follows copies and drops what nobody reads.

import type { Size, Width } from '../ebpf/insn.js';
import { type AluName, alu } from '../ebpf/rows.js';
import { largest } from './numbers.js';

export type Value = { readonly id: number; readonly most: number } & Shape;

/** `most` is the largest number that a value can be; Infinity where that has more than 32 bits. */
type Shape =
  /** a number from 0 to 2^32-1 */
  | { readonly kind: 'number'; readonly number: number }
  /** a larger one, as two halves without signs */
  | { readonly kind: 'wide'; readonly high: number; readonly low: number }
  /** the packet's bytes at offset (+ index), from network byte order; 0 where they aren't there */
  | { readonly kind: 'packet'; readonly size: Size; readonly offset: number; readonly index: Value | undefined }
  /** how many bytes of the packet there are: less than 2^31 */
  | { readonly kind: 'captured' }
  /** what r1, r2 … hold at the start */
  | { readonly kind: 'argument'; readonly number: number }
  /** a number behind the address that r1 holds at the start */
  | { readonly kind: 'context'; readonly size: Size; readonly signed: boolean; readonly offset: number }
  | { readonly kind: 'alu'; readonly op: AluName; readonly width: Width; readonly a: Value; readonly b: Value }
  | { readonly kind: 'swap'; readonly order: 'le' | 'be' | 'bswap'; readonly bits: 16 | 32 | 64; readonly a: Value }
  | { readonly kind: 'movsx'; readonly width: Width; readonly bits: 8 | 16 | 32; readonly a: Value };

export type ValueOf<K extends Value['kind']> = Extract<Value, { kind: K }>;

/** Makes values, each once. */
export class Values {
  readonly #made = new Map<string | number, Value>();
  readonly #folds: boolean;

  /** @param folds whether what can be computed now is */
  constructor(folds: boolean) {
    this.#folds = folds;
  }

  number(number: number): ValueOf<'number'> {
    return this.#one(number, (id) => ({ kind: 'number', number, id, most: number }));
  }

  /** A number of 64 bits, as two halves without signs. */
  halves(high: number, low: number): ValueOf<'number' | 'wide'> {
    if (high === 0) return this.number(low);
    const most = Number.POSITIVE_INFINITY;
    return this.#one(`n${high},${low}`, (id): ValueOf<'wide'> => ({ kind: 'wide', high, low, id, most }));
  }

  packet(size: Size, offset: number, index?: Value): ValueOf<'packet'> {
    return this.#one(`p${size},${offset},${index?.id}`, (id) => {
      return { kind: 'packet', size, offset, index, id, most: mostOfBytes(size) };
    });
  }

  captured(): ValueOf<'captured'> {
    return this.#one('captured', (id) => ({ kind: 'captured', id, most: 0x7fff_ffff }));
  }

  argument(number: number): ValueOf<'argument'> {
    return this.#one(`r${number}`, (id) => ({ kind: 'argument', number, id, most: Number.POSITIVE_INFINITY }));
  }

  context(size: Size, signed: boolean, offset: number): ValueOf<'context'> {
    const most = signed ? Number.POSITIVE_INFINITY : mostOfBytes(size);
    return this.#one(`c${size},${signed},${offset}`, (id) => ({ kind: 'context', size, signed, offset, id, most }));
  }

  swap(order: ValueOf<'swap'>['order'], bits: 16 | 32 | 64, a: Value): Value {
    if (order === 'le' && a.most < 2 ** bits) return a;
    const most = bits === 64 ? Number.POSITIVE_INFINITY : 2 ** bits - 1;
    return this.#one(`s${order}${bits},${a.id}`, (id): ValueOf<'swap'> => ({ kind: 'swap', order, bits, a, id, most }));
  }

  movsx(width: Width, bits: 8 | 16 | 32, a: Value): Value {
    if (a.most < 2 ** (bits - 1)) return a;
    const most = width === 32 ? largest : Number.POSITIVE_INFINITY;
    return this.#one(
      `x${width},${bits},${a.id}`,
      (id): ValueOf<'movsx'> => ({ kind: 'movsx', width, bits, a, id, most }),
    );
  }

  alu(op: AluName, width: Width, a: Value, b: Value): Value {
    const [first, second] = width === 32 ? [this.#low(a), this.#low(b)] : [a, b];
    const folded = this.#folds ? this.#folded(op, width, first, second) : undefined;
    return folded ?? this.#operation(op, width, first, second);
  }

  /** What an operation of 32 bits sees of a constant. */
  #low(value: Value): Value {
    return value.kind === 'wide' ? this.number(value.low) : value;
  }

  #operation(op: AluName, width: Width, a: Value, b: Value): Value {
    return this.#one(`${op}${width},${a.id},${b.id}`, (id): ValueOf<'alu'> => {
      return { kind: 'alu', op, width, a, b, id, most: mostOf(op, width, a, b) };
    });
  }

  /** What needs no operation; undefined where one is needed. */
  #folded(op: AluName, width: Width, a: Value, b: Value): Value | undefined {
    if (isConstant(a) && isConstant(b)) {
      const result = BigInt.asUintN(width, alu[op].eval(bitsOf(a), bitsOf(b), width));
      return this.halves(Number(result >> 32n), Number(BigInt.asUintN(32, result)));
    }
    if (b.kind !== 'number') return undefined;
    const isWhole = width === 64 || a.most <= largest;
    if (b.number === 0 && isWhole && keepsByZero.has(op)) return a;
    if (b.number === 0 && (op === 'and' || op === 'mul')) return this.number(0);
    if (op === 'and' && (a.most & b.number) >>> 0 === a.most && isAllOnes(a.most)) return a;
    if (op === 'and' && width === 64) return this.alu(op, 32, a, b);
    if (op === 'and' && a.kind === 'alu' && a.op === 'and' && a.b.kind === 'number') {
      return this.alu('and', 32, a.a, this.number((a.b.number & b.number) >>> 0));
    }
    return undefined;
  }

  #one<V extends Value>(key: string | number, make: (id: number) => V): V {
    const known = this.#made.get(key);
    if (known !== undefined) return known as V;
    const value = make(this.#made.size);
    this.#made.set(key, value);
    return value;
  }
}

/** Whether it is known what the value is. */
export function isConstant(value: Value): value is ValueOf<'number' | 'wide'> {
  return value.kind === 'number' || value.kind === 'wide';
}

export function bitsOf(value: ValueOf<'number' | 'wide'>): bigint {
  return value.kind === 'number' ? BigInt(value.number) : (BigInt(value.high) << 32n) | BigInt(value.low);
}

/** The largest number of so many bytes. */
function mostOfBytes(size: Size): number {
  return size === 8 ? Number.POSITIVE_INFINITY : 2 ** (8 * size) - 1;
}

const keepsByZero: ReadonlySet<AluName> = new Set(['add', 'sub', 'or', 'xor', 'lsh', 'rsh', 'arsh']);

function isAllOnes(number: number): boolean {
  return number <= largest && (number & (number + 1)) === 0;
}

/** The largest result of an operation whose operands are known to be small enough not to wrap. */
function mostOf(op: AluName, width: Width, a: Value, b: Value): number {
  const unknown = width === 32 ? largest : Number.POSITIVE_INFINITY;
  const fits = (most: number) => (most <= largest ? most : unknown);
  switch (op) {
    case 'add':
      return fits(a.most + b.most);
    case 'mul':
      return a.most <= 0xffff && b.most <= 0xffff ? a.most * b.most : unknown;
    case 'and':
      return Math.min(a.most, b.most, unknown);
    case 'or':
    case 'xor':
      return fits(ones(Math.max(a.most, b.most)));
    case 'lsh':
      return b.kind === 'number' && b.number < 32 ? fits(a.most * 2 ** b.number) : unknown;
    case 'rsh':
      if (b.kind !== 'number' || b.number >= width) return unknown;
      if (a.most > largest) return width === 64 && b.number >= 32 ? 2 ** (64 - b.number) - 1 : unknown;
      return Math.floor(a.most / 2 ** b.number);
    case 'div':
      return a.most <= largest ? a.most : unknown;
    case 'mod':
      return a.most <= largest ? a.most : unknown;
    default:
      return unknown;
  }
}

/** The number with all bits set below the highest of another. */
function ones(number: number): number {
  return number === 0 ? 0 : 2 ** (Math.floor(Math.log2(number)) + 1) - 1;
}
