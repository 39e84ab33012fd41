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

import { expectArray, expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { altered, type Insn, type Operand, type Register, type Size, type Width, wideNumber } from './insn.js';
import type { MapSpec } from './map.js';
import { Program } from './program.js';
import { type AluName, type AtomicName, alu, type JumpName, jump } from './rows.js';

// ---- operands --------------------------------------------------------------------------------------------------------

/** A register, and how much of it is meant. */
export interface Reg<W extends Width = Width> {
  readonly register: Register;
  readonly width: W;
}

function reg<W extends Width>(register: Register, width: W): Reg<W> {
  return { register, width };
}

export const r0 = reg(0, 64);
export const r1 = reg(1, 64);
export const r2 = reg(2, 64);
export const r3 = reg(3, 64);
export const r4 = reg(4, 64);
export const r5 = reg(5, 64);
export const r6 = reg(6, 64);
export const r7 = reg(7, 64);
export const r8 = reg(8, 64);
export const r9 = reg(9, 64);
/** The frame pointer: the end of the function's 512 bytes of stack. */
export const r10 = reg(10, 64);
export const w0 = reg(0, 32);
export const w1 = reg(1, 32);
export const w2 = reg(2, 32);
export const w3 = reg(3, 32);
export const w4 = reg(4, 32);
export const w5 = reg(5, 32);
export const w6 = reg(6, 32);
export const w7 = reg(7, 32);
export const w8 = reg(8, 32);
export const w9 = reg(9, 32);

/** A number in memory: its size, and where it is. */
export interface Place<S extends Size = Size, Signed extends boolean = boolean> {
  readonly size: S;
  readonly signed: Signed;
  readonly base: Register;
  readonly off: number;
}

function place<S extends Size, Signed extends boolean>(size: S, signed: Signed) {
  return (base: Reg<64>, off = 0): Place<S, Signed> => ({ size, signed, base: base.register, off });
}

export const u8 = place(1, false);
export const u16 = place(2, false);
export const u32 = place(4, false);
export const u64 = place(8, false);
export const s8 = place(1, true);
export const s16 = place(2, true);
export const s32 = place(4, true);

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
  return { label: name };
}

/** A function of the program, for `call`. */
export function fn(name: string, body: readonly Item[]): Item {
  return [label(name), ...body];
}

// ---- arithmetic ------------------------------------------------------------------------------------------------------

/** dst = dst operation src, over all 64 bits or over the low 32. */
type Arithmetic = <W extends Width>(dst: Reg<W>, src: Reg<NoInfer<W>> | number) => Item;

function arithmetic(op: AluName): Arithmetic {
  return ({ register, width }, src) => ({ insn: { kind: 'alu', op, width, dst: register, src: operand(src) } });
}

const operations = Object.fromEntries((Object.keys(alu) as AluName[]).map((op) => [op, arithmetic(op)])) as Record<
  AluName,
  Arithmetic
>;
export const { add, sub, mul, div, sdiv, or, and, lsh, rsh, mod, smod, xor, mov, arsh } = operations;

/** dst = -dst */
export function neg({ register, width }: Reg): Item {
  return { insn: { kind: 'neg', width, dst: register } };
}

/** dst = the low bits of src, sign-extended */
export function movsx(dst: Reg<64>, bits: 8 | 16 | 32, src: Reg<64>): Item;
export function movsx(dst: Reg<32>, bits: 8 | 16, src: Reg<32>): Item;
export function movsx(dst: Reg, bits: 8 | 16 | 32, src: Reg): Item {
  return { insn: { kind: 'movsx', width: dst.width, bits, dst: dst.register, src: src.register } };
}

/** dst = its low bits in little-endian (`le`) or big-endian (`be`) order, or reversed (`bswap`) */
export function swap(dst: Reg<64>, order: 'le' | 'be' | 'bswap', bits: 16 | 32 | 64): Item {
  return { insn: { kind: 'swap', order, bits, dst: dst.register } };
}

/** dst = a constant of 64 bits */
export function wide(dst: Reg<64>, value: bigint): Item {
  return { insn: wideNumber(dst.register, value) };
}

/** dst = a map, for helpers */
export function map(dst: Reg<64>, spec: MapSpec): Item {
  return { insn: { kind: 'wide', dst: dst.register, from: 'map-index', low: 0, high: 0 }, map: spec };
}

/** dst = the address of a byte of an array's values */
export function mapValue(dst: Reg<64>, spec: MapSpec, offset = 0): Item {
  return { insn: { kind: 'wide', dst: dst.register, from: 'map-index-value', low: 0, high: offset | 0 }, map: spec };
}

// ---- memory ----------------------------------------------------------------------------------------------------------

/** dst = the number at a place, extended to 64 bits: load(r0, u32(r1, 4)) */
export function load(dst: Reg<64>, { size, signed, base, off }: Place): Item {
  return { insn: { kind: 'load', size, signed, dst: dst.register, src: base, off } };
}

/** The number at a place = the low bits of src: store(u32(r10, -4), r1) */
export function store({ size, base, off }: Place<Size, false>, src: Reg | number): Item {
  return { insn: { kind: 'store', size, dst: base, off, src: operand(src) } };
}

/** dst = the number at a place, before everything that follows */
export function loadAcquire(dst: Reg<64>, { size, base, off }: Place<Size, false>): Item {
  return { insn: { kind: 'load-acquire', size, dst: dst.register, src: base, off } };
}

/** The number at a place = src, after everything that precedes */
export function storeRelease({ size, base, off }: Place<Size, false>, src: Reg): Item {
  return { insn: { kind: 'store-release', size, dst: base, src: src.register, off } };
}

/** The number at a place = itself operation src, indivisibly; with `fetch` src becomes what it was: atomic('add', u64(r1), r2) */
export function atomic(
  op: AtomicName,
  { size, base, off }: Place<4 | 8, false>,
  src: Reg,
  { fetch = op === 'xchg' || op === 'cmpxchg' }: { fetch?: boolean } = {},
): Item {
  return { insn: { kind: 'atomic', op, fetch, size, dst: base, src: src.register, off } };
}

/** r0 = the number of so many bytes at an offset of the packet (+ src), from network order; r6 must hold the context */
export function packet(size: 1 | 2 | 4, offset: number, src?: Reg<64>): Item {
  return { insn: { kind: 'packet', size, src: src?.register, imm: offset } };
}

// ---- control ---------------------------------------------------------------------------------------------------------

/** A comparison, as Linux's notation writes it: `==`, `s<`, `&` (any bit in common) … */
export type Comparison = (typeof jump)[JumpName]['sign'];

const comparisons = new Map((Object.keys(jump) as JumpName[]).map((op) => [jump[op].sign as Comparison, op]));

/** Goes to the label if the comparison holds: jumpIf(r1, 's>', -1, 'done') */
export function jumpIf<W extends Width>(
  dst: Reg<W>,
  comparison: Comparison,
  src: Reg<NoInfer<W>> | number,
  to: string,
): Item {
  const op = comparisons.get(comparison);
  if (op === undefined) throw new BpfError('usage', `expected a comparison, found '${comparison}'`);
  return { insn: { kind: 'jump', op, width: dst.width, dst: dst.register, src: operand(src), off: 0 }, to };
}

/** Goes to the label; `long` where it may be more than 32767 slots away. */
export function goto(to: string, { long = false }: { long?: boolean } = {}): Item {
  return { insn: { kind: 'goto', off: 0, long }, to };
}

/** Goes to the label if the loop has run too often. */
export function mayGoto(to: string): Item {
  return { insn: { kind: 'may-goto', off: 0 }, to };
}

/** r0 = a helper, by its number, or a function of the program, by its name */
export function call(callee: number | string): Item {
  return typeof callee === 'number'
    ? { insn: { kind: 'call-helper', helper: callee } }
    : { insn: { kind: 'call-local', off: 0 }, to: callee };
}

/** Leaves the function with r0. */
export function exit(): Item {
  return { insn: { kind: 'exit', off: 0 } };
}

function operand(src: Reg | number): Operand {
  return typeof src === 'number' ? { imm: src } : { reg: src.register };
}
