// The parts of Linux's notation: registers by their names, and places in memory.

import type { Operand, Register, Size, Width } from '../../insn.js';
import { sizes } from '../../rows.js';
import type { Cursor } from '../cursor.js';
import { constant, offset, registerNames, registers } from '../operands.js';

// ---- registers -------------------------------------------------------------------------------------------------------

/** Registers with all 64 bits. */
export const plain = registerNames('r');
/** Registers with all 64 bits, and their low halves. */
export const named = new Map(
  registers.flatMap((register): [string, { register: Register; width: Width }][] => [
    [`r${register}`, { register, width: 64 }],
    [`w${register}`, { register, width: 32 }],
  ]),
);

/** A register of this width, or a constant. */
export function operand(cursor: Cursor, width: Width): Operand {
  return named.has(cursor.peek()) ? { reg: registerOf(cursor, width) } : { imm: constant(cursor) };
}

/** A register of this width, by its name. */
export function registerOf(cursor: Cursor, width: Width): Register {
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

/** The register that goes to memory; LLVM calls it by its 32-bit name where the upper half is not stored. */
export function stored(cursor: Cursor, size: Size): Register {
  const { token } = cursor;
  const { register, width } = cursor.choose(named, 'a register');
  if (size === 8 && width === 32) throw cursor.error('syntax', `expected r${register}, which has 64 bits`, token);
  return register;
}

// ---- memory ----------------------------------------------------------------------------------------------------------

/** The types that a number in memory is written with. */
export const types = new Map(
  ([1, 2, 4, 8] as const).flatMap((size): [string, { size: Size; signed: boolean }][] => [
    [sizes[size].unsigned, { size, signed: false }],
    [sizes[size].signed, { size, signed: true }],
  ]),
);

export interface Pointer {
  readonly size: Size;
  readonly signed: boolean;
  readonly base: Register;
  readonly off: number;
}

/** (u32 *)(r1 +4) */
export function pointer(cursor: Cursor): Pointer {
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

/** A pointer to a number without a sign. */
export function unsigned(cursor: Cursor): Pointer {
  const { token } = cursor;
  const found = pointer(cursor);
  if (found.signed) throw cursor.error('syntax', 'expected an unsigned type', token);
  return found;
}
