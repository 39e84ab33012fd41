// What stands behind '=' in Linux's notation.
//
//   value    = operand | number 'll' | '-' register | '(' 's8' ')' register | 'be16' register | '*' pointer
//            | '*' '(' 'u16' '*' ')' 'skb' '[' … ']' | function '(' … ')' | reference
//   pointer  = '(' 'u32' '*' ')' '(' register offset ')'

import { type Insn, type InsnOf, type Register, type Size, type Width, wideNumber } from '../../insn.js';
import { type AtomicName, atomic, sizes } from '../../rows.js';
import type { Cursor, Token } from '../cursor.js';
import { constant, type Draft, isReference, offset, reference, wideConstant } from '../operands.js';
import { named, operand, type Pointer, plain, pointer, registerOf, stored, types, unsigned } from './operand.js';

/** What stands before it. */
export interface Destination {
  readonly dst: Register;
  readonly width: Width;
  readonly token: Token | undefined;
}

const swaps: ReadonlyMap<string, Pick<InsnOf<'swap'>, 'order' | 'bits'>> = new Map(
  (['le', 'be', 'bswap'] as const).flatMap((order) =>
    ([16, 32, 64] as const).map((bits) => [`${order}${bits}`, { order, bits }] as const),
  ),
);

/** Reads a value; the instruction is the whole assignment. */
export function assigned(cursor: Cursor, to: Destination): Draft {
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

/** The destination once more, where the notation repeats it. */
function again(cursor: Cursor, { dst, width }: Destination): void {
  const { token } = cursor;
  if (registerOf(cursor, width) !== dst)
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
  return { kind: 'movsx', width, bits, dst, src: registerOf(cursor, width) };
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
    if (stored(cursor, size) !== 0 || to.dst !== 0)
      throw cursor.error('syntax', 'expected r0 for the old value', to.token);
    cursor.expect(',');
  }
  const src = stored(cursor, size);
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
