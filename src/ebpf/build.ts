// Programs written in TypeScript, in the manner of an assembler:
//
//   const program = build([
//     mov(r0, 0),
//     load(r2, u32(r1, 4)),
//     label('again'),
//     add(r0, r2),
//     sub(w2, 1),
//     jumpIf(w2, '!=', 0, 'again'),
//     mov(r1, r0),
//     call('double'),
//     exit(),
//     fn('double', [mov(r0, r1), add(r0, r1), exit()]),
//   ]);
//
// r0 to r10 are the registers with all 64 bits, w0 to w9 their low halves; the compiler refuses to mix them. Signs of
// comparisons are those of Linux's notation.

import { expectArray, expectObject, expectText, expectWord } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { altered, type Insn, type Size, type Width, wideNumber } from './insn.js';
import type { MapSpec } from './map.js';
import {
  expectConstant,
  expectOneOf,
  expectPlace,
  expectRegister,
  expectUnsigned,
  expectWhole,
  operandOf,
  type Place,
  type Reg,
} from './operand.js';
import { Program } from './program.js';
import { type AluName, type AtomicName, alu, atomic as atomicRows, type JumpName, jump } from './rows.js';

export type { Place, Reg } from './operand.js';
export {
  r0,
  r1,
  r2,
  r3,
  r4,
  r5,
  r6,
  r7,
  r8,
  r9,
  r10,
  s8,
  s16,
  s32,
  u8,
  u16,
  u32,
  u64,
  w0,
  w1,
  w2,
  w3,
  w4,
  w5,
  w6,
  w7,
  w8,
  w9,
} from './operand.js';

// ---- items -----------------------------------------------------------------------------------------------------------

/** What a program is built of: an instruction, maybe with where it leads or the map that it names; a label; or several. */
export type Item =
  | { readonly insn: Insn; readonly to?: string; readonly map?: MapSpec }
  | { readonly label: string }
  | readonly Item[];

/**
 * The program of these items; its maps are those that they name, in the order of their first use.
 * @throws BpfError 'name' when a label is unknown or set twice
 */
export function build(items: readonly Item[]): Program {
  expectArray(items, 'the items of a program');
  const flat = items.flatMap(flatten);
  const labels = labelsOf(flat);
  const maps: MapSpec[] = [];
  const insns: Insn[] = [];
  for (const item of flat) {
    if ('label' in item) continue;
    const { insn, to, map } = item;
    if (map !== undefined && !maps.includes(map)) maps.push(map);
    if (to !== undefined) insns.push(leading(insn, find(labels, to) - insns.length - 1));
    else if (map !== undefined) insns.push(altered(insn, { low: maps.indexOf(map) }));
    else insns.push(insn);
    if (insn.kind === 'wide') insns.push({ kind: 'wide-end' });
  }
  return new Program(insns, { maps });
}

type Flat = Exclude<Item, readonly Item[]>;

function flatten(item: Item): Flat[] {
  if (!Array.isArray(item)) expectObject(item, 'an item of a program');
  return 'insn' in item || 'label' in item ? [item] : item.flatMap(flatten);
}

function labelsOf(flat: readonly Flat[]): Map<string, number> {
  const labels = new Map<string, number>();
  let slot = 0;
  for (const item of flat) {
    if ('insn' in item) slot += item.insn.kind === 'wide' ? 2 : 1;
    else if (labels.has(item.label)) throw new BpfError('name', `the label '${item.label}' is set twice`);
    else labels.set(item.label, slot);
  }
  return labels;
}

function find(labels: ReadonlyMap<string, number>, label: string): number {
  const slot = labels.get(label);
  if (slot !== undefined) return slot;
  throw new BpfError('name', `unknown label '${label}'`, { suggestion: nearest(label, labels.keys()) });
}

function leading(insn: Insn, off: number): Insn {
  return 'off' in insn ? altered(insn, { off }) : insn;
}

/** A place to jump to. */
export function label(name: string): Item {
  expectText(name, 'name of label');
  return { label: name };
}

/** A function of the program, for `call`. */
export function fn(name: string, body: readonly Item[]): Item {
  expectText(name, 'name of fn');
  expectArray(body, 'body of fn');
  return [label(name), ...body];
}

// ---- arithmetic ------------------------------------------------------------------------------------------------------

/** dst = dst operation src, over all 64 bits or over the low 32. */
type Arithmetic = <W extends Width>(dst: Reg<W>, src: Reg<NoInfer<W>> | number) => Item;

function arithmetic(op: AluName): Arithmetic {
  return (dst, src) => {
    expectRegister(dst, `dst of ${op}`);
    const { register, width } = dst;
    return { insn: { kind: 'alu', op, width, dst: register, src: operandOf(src, `src of ${op}`, width) } };
  };
}

const operations = Object.fromEntries((Object.keys(alu) as AluName[]).map((op) => [op, arithmetic(op)])) as Record<
  AluName,
  Arithmetic
>;
export const { add, sub, mul, div, sdiv, or, and, lsh, rsh, mod, smod, xor, mov, arsh } = operations;

/** dst = -dst */
export function neg(dst: Reg): Item {
  expectRegister(dst, 'dst of neg');
  return { insn: { kind: 'neg', width: dst.width, dst: dst.register } };
}

/** dst = the low bits of src, sign-extended */
export function movsx(dst: Reg<64>, bits: 8 | 16 | 32, src: Reg<64>): Item;
export function movsx(dst: Reg<32>, bits: 8 | 16, src: Reg<32>): Item;
export function movsx(dst: Reg, bits: 8 | 16 | 32, src: Reg): Item {
  expectRegister(dst, 'dst of movsx');
  expectOneOf(bits, dst.width === 64 ? [8, 16, 32] : [8, 16], 'bits of movsx');
  expectRegister(src, 'src of movsx', dst.width);
  return { insn: { kind: 'movsx', width: dst.width, bits, dst: dst.register, src: src.register } };
}

/** dst = its low bits in little-endian (`le`) or big-endian (`be`) order, or reversed (`bswap`) */
export function swap(dst: Reg<64>, order: 'le' | 'be' | 'bswap', bits: 16 | 32 | 64): Item {
  expectRegister(dst, 'dst of swap', 64);
  expectWord(order, ['le', 'be', 'bswap'], 'order of swap');
  expectOneOf(bits, [16, 32, 64], 'bits of swap');
  return { insn: { kind: 'swap', order, bits, dst: dst.register } };
}

/** dst = a constant of 64 bits */
export function wide(dst: Reg<64>, value: bigint): Item {
  expectRegister(dst, 'dst of wide', 64);
  if (typeof value !== 'bigint') throw new BpfError('usage', `expected value of wide as a bigint, got ${typeof value}`);
  if (value < -(1n << 63n) || value >= 1n << 64n) {
    throw new BpfError('range', `expected value of wide as 64 bits, got ${value}`);
  }
  return { insn: wideNumber(dst.register, value) };
}

/** dst = a map, for helpers */
export function map(dst: Reg<64>, spec: MapSpec): Item {
  expectRegister(dst, 'dst of map', 64);
  expectObject(spec, 'spec of map');
  return { insn: { kind: 'wide', dst: dst.register, from: 'map-index', low: 0, high: 0 }, map: spec };
}

/** dst = the address of a byte of an array's values */
export function mapValue(dst: Reg<64>, spec: MapSpec, offset = 0): Item {
  expectRegister(dst, 'dst of mapValue', 64);
  expectObject(spec, 'spec of mapValue');
  expectWhole(offset, 'offset of mapValue', 0, 2 ** 32 - 1);
  return { insn: { kind: 'wide', dst: dst.register, from: 'map-index-value', low: 0, high: offset | 0 }, map: spec };
}

// ---- memory ----------------------------------------------------------------------------------------------------------

/** dst = the number at a place, extended to 64 bits: load(r0, u32(r1, 4)) */
export function load(dst: Reg<64>, from: Place): Item {
  expectRegister(dst, 'dst of load', 64);
  expectPlace(from, 'place of load');
  const { size, signed, base, off } = from;
  return { insn: { kind: 'load', size, signed, dst: dst.register, src: base, off } };
}

const anySize = [1, 2, 4, 8] as const;

/** The number at a place = the low bits of src: store(u32(r10, -4), r1) */
export function store(to: Place<Size, false>, src: Reg | number): Item {
  expectUnsigned(to, 'place of store', anySize);
  const { size, base, off } = to;
  return { insn: { kind: 'store', size, dst: base, off, src: operandOf(src, 'src of store') } };
}

/** dst = the number at a place, before everything that follows */
export function loadAcquire(dst: Reg<64>, from: Place<Size, false>): Item {
  expectRegister(dst, 'dst of loadAcquire', 64);
  expectUnsigned(from, 'place of loadAcquire', anySize);
  const { size, base, off } = from;
  return { insn: { kind: 'load-acquire', size, dst: dst.register, src: base, off } };
}

/** The number at a place = src, after everything that precedes */
export function storeRelease(to: Place<Size, false>, src: Reg): Item {
  expectUnsigned(to, 'place of storeRelease', anySize);
  expectRegister(src, 'src of storeRelease');
  const { size, base, off } = to;
  return { insn: { kind: 'store-release', size, dst: base, src: src.register, off } };
}

const atomicNames = Object.keys(atomicRows) as AtomicName[];

/** The number at a place = itself operation src, indivisibly; with `fetch` src becomes what it was: atomic('add', u64(r1), r2) */
export function atomic(
  op: AtomicName,
  at: Place<4 | 8, false>,
  src: Reg,
  { fetch = op === 'xchg' || op === 'cmpxchg' }: { fetch?: boolean } = {},
): Item {
  expectWord(op, atomicNames, 'op of atomic');
  expectUnsigned(at, 'place of atomic', [4, 8]);
  expectRegister(src, 'src of atomic');
  if (!fetch && atomicRows[op].fetch === 'always')
    throw new BpfError('usage', `expected fetch of atomic: ${op} always does`);
  const { size, base, off } = at;
  return { insn: { kind: 'atomic', op, fetch, size, dst: base, src: src.register, off } };
}

/** r0 = the number of so many bytes at an offset of the packet (+ src), from network order; r6 must hold the context */
export function packet(size: 1 | 2 | 4, offset: number, src?: Reg<64>): Item {
  expectOneOf(size, [1, 2, 4], 'size of packet');
  expectConstant(offset, 'offset of packet');
  if (src !== undefined) expectRegister(src, 'src of packet', 64);
  return { insn: { kind: 'packet', size, src: src?.register, imm: offset } };
}

// ---- control ---------------------------------------------------------------------------------------------------------

/** A comparison, as Linux's notation writes it: `==`, `s<`, `&` (any bit in common) … */
export type Comparison = (typeof jump)[JumpName]['sign'];

const signs = (Object.keys(jump) as JumpName[]).map((op) => jump[op].sign as Comparison);
const comparisons = new Map((Object.keys(jump) as JumpName[]).map((op) => [jump[op].sign as Comparison, op]));

/** Goes to the label if the comparison holds: jumpIf(r1, 's>', -1, 'done') */
export function jumpIf<W extends Width>(
  dst: Reg<W>,
  comparison: Comparison,
  src: Reg<NoInfer<W>> | number,
  to: string,
): Item {
  expectRegister(dst, 'dst of jumpIf');
  const { register, width } = dst;
  const op = comparisons.get(expectWord(comparison, signs, 'comparison of jumpIf'))!;
  expectText(to, 'label of jumpIf');
  return { insn: { kind: 'jump', op, width, dst: register, src: operandOf(src, 'src of jumpIf', width), off: 0 }, to };
}

/** Goes to the label; `long` where it may be more than 32767 slots away. */
export function goto(to: string, { long = false }: { long?: boolean } = {}): Item {
  expectText(to, 'label of goto');
  return { insn: { kind: 'goto', off: 0, long }, to };
}

/** Goes to the label if the loop has run too often. */
export function mayGoto(to: string): Item {
  expectText(to, 'label of mayGoto');
  return { insn: { kind: 'may-goto', off: 0 }, to };
}

/** r0 = a helper, by its number, or a function of the program, by its name */
export function call(callee: number | string): Item {
  if (typeof callee === 'string') return { insn: { kind: 'call-local', off: 0 }, to: callee };
  expectConstant(callee, 'callee of call, where it is no name,');
  return { insn: { kind: 'call-helper', helper: callee } };
}

/** Leaves the function with r0. */
export function exit(): Item {
  return { insn: { kind: 'exit', off: 0 } };
}
