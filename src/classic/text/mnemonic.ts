// Mnemonics: what each takes as its operand, and the operation that the two say.

import { nearest } from '../../base/nearest.js';
import type { ClassicOperand, ClassicRegister, ClassicSize, Operation } from '../insn.js';
import { alu, type JumpName, jump, names } from '../rows.js';
import type { Cursor, Token } from './cursor.js';
import type { TextOperand } from './operand.js';

/** A mnemonic that needs no target. */
export interface Mnemonic {
  /** How its operands are described to a user. */
  readonly takes: string;
  /** undefined: no such operand. */
  readonly operation: (operand: TextOperand) => Operation | undefined;
}

type Row = [word: string, mnemonic: Mnemonic];

const offsets = "an offset '[k]' or '[x + k]' or an extension";

const alone = ['neg', 'tax', 'txa'] as const;

const rows: readonly Row[] = [
  ['ld', { takes: `a constant '#k', ${offsets}, 'M[k]' or '#len'`, operation: (o) => load('a', o) ?? packet(4, o) }],
  ['ldh', { takes: offsets, operation: (o) => packet(2, o) }],
  ['ldb', { takes: offsets, operation: (o) => packet(1, o) }],
  ['ldi', { takes: "a constant '#k'", operation: (o) => constant('a', o) }],
  ['ldx', { takes: "a constant '#k', 'M[k]', '#len' or '4*([k]&0xf)'", operation: (o) => load('x', o) ?? header(o) }],
  ['ldxi', { takes: "a constant '#k'", operation: (o) => constant('x', o) }],
  ['ldxb', { takes: "'4*([k]&0xf)'", operation: header }],
  ['st', { takes: "'M[k]'", operation: (o) => store('a', o) }],
  ['stx', { takes: "'M[k]'", operation: (o) => store('x', o) }],
  ...names(alu).map((op): Row => [op, { takes: "'#k' or 'x'", operation: (o) => arithmetic(op, o) }]),
  ['ret', { takes: "'#k' or 'a'", operation: returned }],
  ...alone.map((kind): Row => [kind, { takes: 'no operand', operation: () => ({ kind }) }]),
];

export const mnemonics: ReadonlyMap<string, Mnemonic> = new Map(rows);

/** Mnemonics without an operand. */
export const bare: ReadonlySet<string> = new Set(alone);

export const gotoMnemonics: ReadonlySet<string> = new Set(['ja', 'jmp']);

/** A conditional jump; one that is negated is given the place to go to when the test fails. */
export interface JumpMnemonic {
  readonly op: JumpName;
  readonly negated: boolean;
}

export const jumpMnemonics: ReadonlyMap<string, JumpMnemonic> = new Map(
  names(jump).flatMap((op): [string, JumpMnemonic][] => [
    [jump[op].mnemonic, { op, negated: false }],
    ...jump[op].inverse.map((word): [string, JumpMnemonic] => [word, { op, negated: true }]),
  ]),
);

export function unknownMnemonic(cursor: Cursor, token: Token): Error {
  const known = [...mnemonics.keys(), ...gotoMnemonics, ...jumpMnemonics.keys()];
  return cursor.error('name', `unknown instruction '${token.text}'`, token, nearest(token.text, known));
}

/** The second operand of a comparison; undefined where it can't be one. */
export function compared(operand: TextOperand): ClassicOperand | undefined {
  if (operand.kind === 'number') return { k: operand.value };
  return operand.kind === 'register' && operand.name === 'x' ? 'x' : undefined;
}

function load(to: ClassicRegister, operand: TextOperand): Operation | undefined {
  if (operand.kind === 'length') return { kind: 'length', to };
  if (operand.kind === 'cell') return { kind: 'load-cell', to, cell: operand.cell };
  return constant(to, operand);
}

function constant(to: ClassicRegister, operand: TextOperand): Operation | undefined {
  return operand.kind === 'number' ? { kind: 'constant', to, value: operand.value } : undefined;
}

function packet(size: ClassicSize, operand: TextOperand): Operation | undefined {
  if (operand.kind === 'packet') return { kind: 'packet', size, indexed: operand.indexed, k: operand.k };
  return operand.kind === 'extension' ? { kind: 'extension', name: operand.name, size } : undefined;
}

function header(operand: TextOperand): Operation | undefined {
  return operand.kind === 'header-length' ? { kind: 'header-length', k: operand.k } : undefined;
}

function store(from: ClassicRegister, operand: TextOperand): Operation | undefined {
  return operand.kind === 'cell' ? { kind: 'store-cell', from, cell: operand.cell } : undefined;
}

function arithmetic(op: keyof typeof alu, operand: TextOperand): Operation | undefined {
  const second = compared(operand);
  return second === undefined ? undefined : { kind: 'alu', op, operand: second };
}

function returned(operand: TextOperand): Operation | undefined {
  if (operand.kind === 'number') return { kind: 'return', value: { k: operand.value } };
  return operand.kind === 'register' && operand.name === 'a' ? { kind: 'return', value: 'a' } : undefined;
}
