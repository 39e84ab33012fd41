// Reads Linux's notation, as its verifier log and LLVM's assembler write it:
//
//   statement = lvalue '=' value | register op operand | 'lock' '*' pointer op register
//             | 'if' register comparison operand 'goto' target | 'goto' target | 'gotol' target | 'callx' register
//             | 'store_release' '(' pointer ',' register ')'
//   lvalue    = register | '*' pointer

import type { Insn, Size } from '../../insn.js';
import { type AluName, type AtomicName, alu, atomic, type JumpName, jump } from '../../rows.js';
import type { Cursor, Token } from '../cursor.js';
import { constant, type Draft, target } from '../operands.js';
import { named, operand, plain, stored, unsigned } from './operand.js';
import { assigned } from './value.js';

const aluSigns = new Map(Object.entries(alu).map(([op, { sign }]) => [sign as string, op as AluName]));
const jumpSigns = new Map(Object.entries(jump).map(([op, { sign }]) => [sign as string, op as JumpName]));
const atomicSigns = new Map(
  Object.entries(atomic).flatMap(([op, { sign, fetch }]) =>
    fetch === 'optional' ? [[sign as string, op as AtomicName]] : [],
  ),
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
  const { off, to } = target(cursor);
  return { insn: { kind: 'jump', op, width, dst, src, off }, to };
}

function jumped(cursor: Cursor, long: boolean): Draft {
  const { off, to } = target(cursor);
  return { insn: { kind: 'goto', off, long }, to };
}

// ---- stores ----------------------------------------------------------------------------------------------------------

function store(cursor: Cursor): Insn {
  cursor.expect('*');
  const { size, base, off } = unsigned(cursor);
  cursor.expect('=');
  const src = named.has(cursor.peek()) ? { reg: stored(cursor, size) } : { imm: constant(cursor) };
  return { kind: 'store', size, dst: base, off, src };
}

function released(cursor: Cursor): Insn {
  cursor.expect('(');
  const { size, base, off } = unsigned(cursor);
  cursor.expect(',');
  const src = stored(cursor, size);
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
    src: stored(cursor, size),
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
