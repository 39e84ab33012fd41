// Reads the notation of the bpf_conformance suite: a word, which says what the instruction is, then its operands.
//
//   add32 %r0, 5        jeq %r1, %r2, label        ldxw %r0, [%r1+4]        lock fetch add [%r10-8], %r1

import { nearest } from '../../../base/nearest.js';
import { type Insn, type InsnOf, type Operand, type Register, type Size, wideNumber } from '../../insn.js';
import { type AluName, type AtomicName, alu, atomic, type JumpName, jump, sizes } from '../../rows.js';
import type { Cursor } from '../cursor.js';
import {
  callee,
  constant,
  type Draft,
  isReference,
  offset,
  reference,
  registerNames,
  target,
  wideConstant,
} from '../operands.js';

const registers = registerNames('%r', 'r');
type Form = (cursor: Cursor) => Draft;

export function parseMnemonic(cursor: Cursor): Draft {
  const form = forms.get(cursor.peek());
  if (form === undefined) throw unknown(cursor);
  cursor.next('an instruction');
  return form(cursor);
}

function unknown(cursor: Cursor) {
  const word = cursor.peek();
  if (cursor.token?.kind !== 'word') return cursor.unexpected('an instruction');
  return cursor.error('syntax', `unknown instruction '${word}'`, cursor.token, nearest(word, forms.keys()));
}

// ---- what each word reads --------------------------------------------------------------------------------------------

const widths = [
  { width: 64, suffix: '' },
  { width: 32, suffix: '32' },
] as const;
const letters = ([1, 2, 4, 8] as const).map((size) => ({ size, letter: sizes[size].letter }));

const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ...arithmetic(),
  ...swaps(),
  ...moves(),
  ...jumps(),
  ...accesses(),
  ['lock', (cursor) => ({ insn: locked(cursor) })],
  ['lddw', wide],
  ['ja', (cursor) => jumped(cursor, false)],
  ['ja32', (cursor) => jumped(cursor, true)],
  ['may_goto', mayGoto],
  ['call', callee],
  ['exit', (cursor) => ({ insn: { kind: 'exit', off: offset(cursor) } })],
]);

function arithmetic(): [string, Form][] {
  return widths.flatMap(({ width, suffix }): [string, Form][] => [
    ...(Object.keys(alu) as AluName[]).map((op): [string, Form] => [
      `${op}${suffix}`,
      (cursor) => ({ insn: { kind: 'alu', op, width, dst: first(cursor), src: operand(cursor) } }),
    ]),
    [`neg${suffix}`, (cursor) => ({ insn: { kind: 'neg', width, dst: register(cursor) } })],
  ]);
}

function swaps(): [string, Form][] {
  const orders = [
    ['le', 'le'],
    ['be', 'be'],
    ['swap', 'bswap'],
    ['bswap', 'bswap'],
  ] as const;
  return orders.flatMap(([word, order]) =>
    ([16, 32, 64] as const).map((bits): [string, Form] => [
      `${word}${bits}`,
      (cursor) => ({ insn: { kind: 'swap', order, bits, dst: register(cursor) } }),
    ]),
  );
}

function moves(): [string, Form][] {
  const variants = [
    [8, 32],
    [16, 32],
    [8, 64],
    [16, 64],
    [32, 64],
  ] as const;
  return [
    ...variants.map(([bits, width]): [string, Form] => [
      `movsx${bits}${width}`,
      (cursor) => ({ insn: { kind: 'movsx', bits, width, dst: first(cursor), src: register(cursor) } }),
    ]),
    ['addr_space_cast', (cursor) => ({ insn: cast(cursor) })],
  ];
}

function jumps(): [string, Form][] {
  return widths.flatMap(({ width, suffix }) =>
    (Object.keys(jump) as JumpName[]).map((op): [string, Form] => [
      `${jump[op].mnemonic}${suffix}`,
      (cursor) => {
        const [dst, src] = [first(cursor), operand(cursor)];
        cursor.expect(',');
        const { off, to } = target(cursor);
        return { insn: { kind: 'jump', op, width, dst, src, off }, to };
      },
    ]),
  );
}

function accesses(): [string, Form][] {
  return letters.flatMap(({ size, letter }): [string, Form][] => [
    [`ldx${letter}`, (cursor) => ({ insn: loaded(cursor, { kind: 'load', size, signed: false }) })],
    [`load_acquire${letter}`, (cursor) => ({ insn: loaded(cursor, { kind: 'load-acquire', size }) })],
    [`st${letter}`, (cursor) => ({ insn: storedConstant(cursor, size) })],
    [
      `stx${letter}`,
      (cursor) => ({ insn: { kind: 'store', size, ...addressed(cursor), src: { reg: register(cursor) } } }),
    ],
    [
      `store_release${letter}`,
      (cursor) => ({ insn: { kind: 'store-release', size, ...addressed(cursor), src: register(cursor) } }),
    ],
    ...(size === 8 ? [] : narrow(size, letter)),
  ]);
}

/** Loads that don't exist for 64 bits. */
function narrow(size: 1 | 2 | 4, letter: string): [string, Form][] {
  return [
    [`ldxs${letter}`, (cursor) => ({ insn: loaded(cursor, { kind: 'load', size, signed: true }) })],
    [`ldabs${letter}`, (cursor) => ({ insn: { kind: 'packet', size, src: undefined, imm: constant(cursor) } })],
    [`ldind${letter}`, (cursor) => ({ insn: { kind: 'packet', size, src: first(cursor), imm: constant(cursor) } })],
  ];
}

// ---- operands --------------------------------------------------------------------------------------------------------

function register(cursor: Cursor): Register {
  return cursor.choose(registers, 'a register');
}

/** A register and the comma behind it. */
function first(cursor: Cursor): Register {
  const found = register(cursor);
  cursor.expect(',');
  return found;
}

function operand(cursor: Cursor): Operand {
  return registers.has(cursor.peek()) ? { reg: register(cursor) } : { imm: constant(cursor) };
}

/** [%r1+4] */
function address(cursor: Cursor): { base: Register; off: number } {
  cursor.expect('[');
  const base = register(cursor);
  const off = offset(cursor);
  cursor.expect(']');
  return { base, off };
}

/** [%r1+4] and the comma behind it, as the destination of a store */
function addressed(cursor: Cursor): { dst: Register; off: number } {
  const { base, off } = address(cursor);
  cursor.expect(',');
  return { dst: base, off };
}

// ---- instructions ----------------------------------------------------------------------------------------------------

type Load = Omit<InsnOf<'load'>, 'dst' | 'src' | 'off'> | Omit<InsnOf<'load-acquire'>, 'dst' | 'src' | 'off'>;

function loaded(cursor: Cursor, load: Load): Insn {
  const dst = first(cursor);
  const { base, off } = address(cursor);
  return { ...load, dst, src: base, off };
}

function storedConstant(cursor: Cursor, size: Size): Insn {
  const { dst, off } = addressed(cursor);
  return { kind: 'store', size, dst, off, src: { imm: constant(cursor) } };
}

const atomics = new Map(
  (Object.keys(atomic) as AtomicName[]).flatMap((op): [string, { op: AtomicName; size: 4 | 8 }][] => [
    [op, { op, size: 8 }],
    [`${op}32`, { op, size: 4 }],
  ]),
);

function locked(cursor: Cursor): Insn {
  const fetch = cursor.accept('fetch');
  const { op, size } = cursor.choose(atomics, 'an atomic operation');
  const { dst, off } = addressed(cursor);
  return { kind: 'atomic', op, fetch: fetch || atomic[op].fetch === 'always', size, dst, off, src: register(cursor) };
}

function wide(cursor: Cursor): Draft {
  const dst = first(cursor);
  return isReference(cursor.peek()) ? reference(cursor, dst) : { insn: wideNumber(dst, wideConstant(cursor)) };
}

function jumped(cursor: Cursor, long: boolean): Draft {
  const { off, to } = target(cursor);
  return { insn: { kind: 'goto', off, long }, to };
}

function mayGoto(cursor: Cursor): Draft {
  const { off, to } = target(cursor);
  return { insn: { kind: 'may-goto', off }, to };
}

function cast(cursor: Cursor): Insn {
  const [dst, src] = [first(cursor), first(cursor)];
  const { token } = cursor;
  const imm = constant(cursor);
  if (imm !== 1 && imm !== 0x10000) throw cursor.error('syntax', 'expected 0x1 or 0x10000', token);
  return { kind: 'addr-space-cast', dst, src, imm };
}
