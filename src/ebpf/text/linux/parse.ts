// Reads Linux's notation, as its verifier log and LLVM's assembler write it:
//
//   statement   = lvalue '=' value | register op operand | 'lock' '*' pointer op register
//               | 'if' register comparison operand 'goto' target | 'goto' target | 'gotol' target | 'callx' register
//               | 'store_release' '(' pointer ',' register ')'
//   lvalue      = register | '*' pointer
//   value       = operand | number 'll' | '-' register | '(' 's8' ')' register | 'be16' register | '*' pointer
//               | '*' '(' 'u16' '*' ')' 'skb' '[' … ']' | function '(' … ')' | reference
//   pointer     = '(' 'u32' '*' ')' '(' register offset ')'

import { type Insn, type InsnOf, type Operand, type Register, type Size, type Width, wideNumber } from '../../insn.js';
import { type AluName, type AtomicName, alu, atomic, type JumpName, jump, sizes } from '../../rows.js';
import type { Cursor, Token } from '../cursor.js';
import {
  constant,
  type Draft,
  isReference,
  offset,
  reference,
  registerNames,
  registers,
  target,
  wideConstant,
} from '../operands.js';

const plain = registerNames('r');
const named = new Map(
  registers.flatMap((register): [string, { register: Register; width: Width }][] => [
    [`r${register}`, { register, width: 64 }],
    [`w${register}`, { register, width: 32 }],
  ]),
);
const aluSigns = new Map(Object.entries(alu).map(([op, { sign }]) => [sign as string, op as AluName]));
const jumpSigns = new Map(Object.entries(jump).map(([op, { sign }]) => [sign as string, op as JumpName]));
const atomicSigns = new Map(
  Object.entries(atomic).flatMap(([op, { sign, fetch }]) =>
    fetch === 'optional' ? [[sign as string, op as AtomicName]] : [],
  ),
);
const types = new Map(
  ([1, 2, 4, 8] as const).flatMap((size): [string, { size: Size; signed: boolean }][] => [
    [sizes[size].unsigned, { size, signed: false }],
    [sizes[size].signed, { size, signed: true }],
  ]),
);

/** Whether a statement is written in this notation; `call`, `exit` and `may_goto` are the same in both. */
export function isLinux(cursor: Cursor): boolean {
  const first = cursor.peek();
  return named.has(first) || first === '*' || starters.has(first) || (first === 'lock' && cursor.peek(1) === '*');
}

const starters = new Set(['if', 'goto', 'gotol', 'callx', 'store_release']);

export function parseLinux(cursor: Cursor): Draft {
  if (cursor.accept('if')) return conditional(cursor);
  if (cursor.accept('goto')) return jumped(cursor, false);
  if (cursor.accept('gotol')) return jumped(cursor, true);
  if (cursor.accept('callx')) return { insn: { kind: 'call-register', src: cursor.choose(plain, 'a register') } };
  if (cursor.accept('lock')) return { insn: locked(cursor) };
  if (cursor.accept('store_release')) return { insn: released(cursor) };
  if (cursor.peek() === '*') return { insn: store(cursor) };
  return assignment(cursor);
}

// ---- jumps -----------------------------------------------------------------------------------------------------------

function conditional(cursor: Cursor): Draft {
  const { register: dst, width } = cursor.choose(named, 'a register');
  const op = cursor.choose(jumpSigns, 'a comparison');
  const src = operand(cursor, width);
  cursor.expect('goto');
  const { off, label } = target(cursor);
  return { insn: { kind: 'jump', op, width, dst, src, off }, label };
}

function jumped(cursor: Cursor, long: boolean): Draft {
  const { off, label } = target(cursor);
  return { insn: { kind: 'goto', off, long }, label };
}

// ---- stores ----------------------------------------------------------------------------------------------------------

interface Pointer {
  readonly size: Size;
  readonly signed: boolean;
  readonly base: Register;
  readonly off: number;
}

/** (u32 *)(r1 +4) */
function pointer(cursor: Cursor): Pointer {
  cursor.expect('(');
  const type = cursor.choose(types, 'a type (u8 … u64, s8 … s32)');
  cursor.expect('*', ')');
  return { ...type, ...address(cursor) };
}

/** (r1 +4) */
function address(cursor: Cursor): { base: Register; off: number } {
  cursor.expect('(');
  const base = cursor.choose(plain, 'a register');
  const off = offset(cursor);
  cursor.expect(')');
  return { base, off };
}

function unsigned(cursor: Cursor): Pointer {
  const { token } = cursor;
  const found = pointer(cursor);
  if (found.signed) throw cursor.error('syntax', 'expected an unsigned type', token);
  return found;
}

function store(cursor: Cursor): Insn {
  cursor.expect('*');
  const { size, base, off } = unsigned(cursor);
  cursor.expect('=');
  const src = named.has(cursor.peek()) ? { reg: value(cursor, size) } : { imm: constant(cursor) };
  return { kind: 'store', size, dst: base, off, src };
}

/** The register that goes to memory; LLVM calls it by its 32-bit name where the upper half is not stored. */
function value(cursor: Cursor, size: Size): Register {
  const { token } = cursor;
  const { register, width } = cursor.choose(named, 'a register');
  if (size === 8 && width === 32) throw cursor.error('syntax', `expected r${register}, which has 64 bits`, token);
  return register;
}

function released(cursor: Cursor): Insn {
  cursor.expect('(');
  const { size, base, off } = unsigned(cursor);
  cursor.expect(',');
  const src = value(cursor, size);
  cursor.expect(')');
  return { kind: 'store-release', size, dst: base, off, src };
}

function locked(cursor: Cursor): Insn {
  cursor.expect('*');
  const { token } = cursor;
  const { size, base, off } = unsigned(cursor);
  const op = cursor.choose(atomicSigns, 'an atomic operation (+=, |=, &=, ^=)');
  return {
    kind: 'atomic',
    op,
    fetch: false,
    size: atomicSize(cursor, size, token),
    dst: base,
    off,
    src: value(cursor, size),
  };
}

function atomicSize(cursor: Cursor, size: Size, at: Token | undefined): 4 | 8 {
  if (size !== 4 && size !== 8) throw cursor.error('syntax', 'expected an atomic operation on u32 or u64', at);
  return size;
}

// ---- assignments -----------------------------------------------------------------------------------------------------

function assignment(cursor: Cursor): Draft {
  const { token } = cursor;
  const { register: dst, width } = cursor.choose(named, 'an instruction');
  if (cursor.accept('=')) return assigned(cursor, { dst, width, token });
  const op = cursor.choose(aluSigns, 'an assignment');
  return { insn: { kind: 'alu', op, width, dst, src: operand(cursor, width) } };
}

interface Destination {
  readonly dst: Register;
  readonly width: Width;
  readonly token: Token | undefined;
}

const swaps: ReadonlyMap<string, Pick<InsnOf<'swap'>, 'order' | 'bits'>> = new Map(
  (['le', 'be', 'bswap'] as const).flatMap((order) =>
    ([16, 32, 64] as const).map((bits) => [`${order}${bits}`, { order, bits }] as const),
  ),
);

/** What stands behind `=`. */
function assigned(cursor: Cursor, to: Destination): Draft {
  const { dst, width } = to;
  const word = cursor.peek();
  if (word === '-' && named.has(cursor.peek(1))) return { insn: negated(cursor, to) };
  if (word === '(') return { insn: extended(cursor, to) };
  if (word === '*') return { insn: loaded(cursor, to) };
  if (isReference(word)) return reference(cursor, dst);
  if (swaps.has(word)) return { insn: swapped(cursor, to) };
  if (atomics.has(word)) return { insn: fetched(cursor, to) };
  if (cursor.accept('load_acquire')) return { insn: acquired(cursor, to) };
  if (cursor.accept('addr_space_cast')) return { insn: cast(cursor, dst) };
  if (isWide(cursor)) return { insn: wide(cursor, dst) };
  return { insn: { kind: 'alu', op: 'mov', width, dst, src: operand(cursor, width) } };
}

function operand(cursor: Cursor, width: Width): Operand {
  return named.has(cursor.peek()) ? { reg: same(cursor, width) } : { imm: constant(cursor) };
}

/** A register of this width, by its name. */
function same(cursor: Cursor, width: Width): Register {
  const { token } = cursor;
  const found = cursor.choose(named, 'a register');
  if (found.width !== width) {
    throw cursor.error(
      'syntax',
      `expected ${width === 64 ? 'r' : 'w'}${found.register}, a register of ${width} bits`,
      token,
    );
  }
  return found.register;
}

/** The destination once more, where the notation repeats it. */
function again(cursor: Cursor, { dst, width }: Destination): void {
  const { token } = cursor;
  if (same(cursor, width) !== dst)
    throw cursor.error('syntax', `expected ${width === 64 ? 'r' : 'w'}${dst} again`, token);
}

function negated(cursor: Cursor, to: Destination): Insn {
  cursor.expect('-');
  again(cursor, to);
  return { kind: 'neg', width: to.width, dst: to.dst };
}

function swapped(cursor: Cursor, to: Destination): Insn {
  const order = cursor.choose(swaps, 'a byte order');
  again(cursor, to);
  return { kind: 'swap', ...order, dst: to.dst };
}

/** (s8)r2 */
function extended(cursor: Cursor, { dst, width }: Destination): Insn {
  cursor.expect('(');
  const { token } = cursor;
  const { size, signed } = cursor.choose(types, 's8, s16 or s32');
  const bits = 8 * size;
  if (!signed || bits >= width || (bits !== 8 && bits !== 16 && bits !== 32)) {
    throw cursor.error('syntax', `expected a signed type of less than ${width} bits`, token);
  }
  cursor.expect(')');
  return { kind: 'movsx', width, bits, dst, src: same(cursor, width) };
}

/** *(u32 *)(r1 +4), or *(u16 *)skb[12] */
function loaded(cursor: Cursor, to: Destination): Insn {
  cursor.expect('*');
  if (cursor.peek(4) === 'skb') return packet(cursor, to);
  const { size, signed, base, off } = pointer(cursor);
  whole(cursor, to, size === 8 || signed);
  return { kind: 'load', size, signed, dst: to.dst, src: base, off };
}

/** LLVM gives a load that leaves the upper half zero the 32-bit name of its register; any other one has 64 bits. */
function whole(cursor: Cursor, { dst, width, token }: Destination, needed: boolean): void {
  if (needed && width === 32) throw cursor.error('syntax', `expected r${dst}, which has 64 bits`, token);
}

function packet(cursor: Cursor, { dst, token }: Destination): Insn {
  cursor.expect('(');
  const { size, signed } = cursor.choose(types, 'u8, u16 or u32');
  if (size === 8 || signed) throw cursor.error('syntax', 'expected a packet load of u8, u16 or u32', token);
  if (dst !== 0) throw cursor.error('syntax', 'expected r0, which is where packet loads go', token);
  cursor.expect('*', ')', 'skb', '[');
  const src = plain.has(cursor.peek()) ? cursor.choose(plain, 'a register') : undefined;
  if (src !== undefined && cursor.peek(1) === '-') cursor.expect('+');
  const imm = cursor.peek() === ']' ? 0 : constant(cursor);
  cursor.expect(']');
  return { kind: 'packet', size, src, imm };
}

function acquired(cursor: Cursor, to: Destination): Insn {
  cursor.expect('(');
  const { size, base, off } = unsigned(cursor);
  whole(cursor, to, size === 8);
  cursor.expect(')');
  return { kind: 'load-acquire', size, dst: to.dst, src: base, off };
}

/** addr_space_cast(r1, 0, 1) */
function cast(cursor: Cursor, dst: Register): Insn {
  cursor.expect('(');
  const src = cursor.choose(plain, 'a register');
  cursor.expect(',');
  const to = cursor.peek();
  cursor.choose(spaces, '0 or 1');
  cursor.expect(',');
  cursor.expect(to === '0' ? '1' : '0', ')');
  return { kind: 'addr-space-cast', dst, src, imm: to === '0' ? 1 : 0x10000 };
}

const spaces = new Map([
  ['0', 0],
  ['1', 1],
]);

// ---- atomic operations that fetch ------------------------------------------------------------------------------------

interface AtomicFunction {
  readonly op: AtomicName;
  readonly size: 4 | 8;
  /** Whether the address is written without a type, as LLVM does. */
  readonly bare: boolean;
}

const atomics: ReadonlyMap<string, AtomicFunction> = new Map([
  ...(Object.keys(atomic) as AtomicName[]).flatMap((op): [string, AtomicFunction][] => {
    const name = atomic[op].fetch === 'always' ? op : `fetch_${op}`;
    return [
      [`atomic_${name}`, { op, size: 4, bare: false }],
      [`atomic64_${name}`, { op, size: 8, bare: false }],
    ];
  }),
  ...(['xchg', 'cmpxchg'] as const).flatMap((op): [string, AtomicFunction][] => [
    [`${op}32_32`, { op, size: 4, bare: true }],
    [`${op}_64`, { op, size: 8, bare: true }],
  ]),
]);

/** atomic64_fetch_add((u64 *)(r1 +0), r2); LLVM: xchg_64(r1 + 0, r2) */
function fetched(cursor: Cursor, to: Destination): Insn {
  const { op, size, bare } = cursor.choose(atomics, 'an atomic operation');
  cursor.expect('(');
  const { base, off } = bare ? bareAddress(cursor) : typed(cursor, size);
  cursor.expect(',');
  if (op === 'cmpxchg') {
    if (value(cursor, size) !== 0 || to.dst !== 0)
      throw cursor.error('syntax', 'expected r0 for the old value', to.token);
    cursor.expect(',');
  }
  const src = value(cursor, size);
  cursor.expect(')');
  if (op !== 'cmpxchg' && src !== to.dst)
    throw cursor.error('syntax', `expected r${src}, which gets the old value`, to.token);
  return { kind: 'atomic', op, fetch: true, size, dst: base, src, off };
}

function typed(cursor: Cursor, size: Size): Pointer {
  const { token } = cursor;
  const found = unsigned(cursor);
  if (found.size !== size) throw cursor.error('syntax', `expected a pointer to ${sizes[size].unsigned}`, token);
  return found;
}

function bareAddress(cursor: Cursor): { base: Register; off: number } {
  const base = cursor.choose(plain, 'a register');
  return { base, off: offset(cursor) };
}

// ---- wide constants --------------------------------------------------------------------------------------------------

function isWide(cursor: Cursor): boolean {
  return cursor.peek(cursor.peek() === '-' ? 2 : 1) === 'll';
}

function wide(cursor: Cursor, dst: Register): Insn {
  const insn = wideNumber(dst, wideConstant(cursor));
  cursor.expect('ll');
  return insn;
}
