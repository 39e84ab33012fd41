// Reads the language of bpf_asm (tools/bpf of Linux; Documentation/networking/filter.rst):
//
//         ldh [12]
//         jne #0x806, drop
//         ret #-1
//   drop: ret #0

import type { Span } from '../../base/error.js';
import { nearest } from '../../base/nearest.js';
import { insnOf } from '../encode.js';
import type { Operation } from '../insn.js';
import { Cursor, type Token } from './cursor.js';
import { bare, compared, gotoMnemonics, jumpMnemonics, mnemonics, unknownMnemonic } from './mnemonic.js';
import { operand } from './operand.js';
import type { TextProgram } from './program.js';

/** An instruction whose labels are still names: those of a conditional jump, or the one of a goto. */
interface Draft {
  readonly operation: Operation;
  readonly whenTrue?: Token | undefined;
  readonly whenFalse?: Token | undefined;
  readonly span: Span;
}

/** @throws BpfError with the place of what is no assembly, 'name' for an unknown instruction, extension or label */
export function parseAssembly(source: string): TextProgram {
  const cursor = new Cursor(source);
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  while (!cursor.atEnd) {
    const word = cursor.take('word', 'an instruction or a label');
    if (cursor.accept(':')) define(cursor, labels, word, drafts.length);
    else drafts.push(draft(cursor, word));
  }
  return {
    insns: drafts.map((item, pc) => insnOf(resolved(cursor, item, pc, labels))),
    spans: drafts.map(({ span }) => span),
  };
}

function define(cursor: Cursor, labels: Map<string, number>, label: Token, pc: number): void {
  if (labels.has(label.text)) throw cursor.error('name', `label '${label.text}' stands twice`, label);
  labels.set(label.text, pc);
}

function draft(cursor: Cursor, token: Token): Draft {
  const word = token.text.toLowerCase();
  if (gotoMnemonics.has(word)) return leap(cursor, token);
  const jump = jumpMnemonics.get(word);
  if (jump !== undefined) return jump.negated ? negated(cursor, token) : conditional(cursor, token);
  const mnemonic = mnemonics.get(word);
  if (mnemonic === undefined) throw unknownMnemonic(cursor, token);
  const at = cursor.token;
  const operation = mnemonic.operation(bare.has(word) ? { kind: 'none' } : operand(cursor));
  if (operation === undefined) throw cursor.error('syntax', `'${word}' takes ${mnemonic.takes}`, at);
  return { operation, span: cursor.since(token) };
}

function leap(cursor: Cursor, token: Token): Draft {
  const whenTrue = label(cursor);
  return { operation: { kind: 'goto', off: 0 }, whenTrue, span: cursor.since(token) };
}

/** `jeq #k, true` or `jeq #k, true, false` */
function conditional(cursor: Cursor, token: Token): Draft {
  const operation = test(cursor, token);
  cursor.expect(',');
  const whenTrue = label(cursor);
  const whenFalse = cursor.accept(',') ? label(cursor) : undefined;
  return { operation, whenTrue, whenFalse, span: cursor.since(token) };
}

/** `jne #k, false` */
function negated(cursor: Cursor, token: Token): Draft {
  const operation = test(cursor, token);
  cursor.expect(',');
  const whenFalse = label(cursor);
  return { operation, whenFalse, span: cursor.since(token) };
}

function test(cursor: Cursor, token: Token): Operation {
  const word = token.text.toLowerCase();
  const at = cursor.token;
  const second = compared(operand(cursor));
  if (second === undefined) throw cursor.error('syntax', `'${word}' takes '#k' or 'x', and a label`, at);
  return { kind: 'jump', op: jumpMnemonics.get(word)!.op, operand: second, jt: 0, jf: 0 };
}

function label(cursor: Cursor): Token {
  return cursor.take('word', 'a label');
}

/** The operation with how many instructions its jumps go over. */
function resolved(cursor: Cursor, item: Draft, pc: number, labels: ReadonlyMap<string, number>): Operation {
  const { operation, whenTrue, whenFalse } = item;
  const skipped = (token: Token | undefined) => (token === undefined ? 0 : position(cursor, labels, token) - pc - 1);
  if (operation.kind === 'goto') return { kind: 'goto', off: skipped(whenTrue) };
  if (operation.kind !== 'jump') return operation;
  const jt = within(cursor, whenTrue, skipped(whenTrue));
  return { ...operation, jt, jf: within(cursor, whenFalse, skipped(whenFalse)) };
}

function position(cursor: Cursor, labels: ReadonlyMap<string, number>, token: Token): number {
  const pc = labels.get(token.text);
  if (pc !== undefined) return pc;
  throw cursor.error('name', `unknown label '${token.text}'`, token, nearest(token.text, labels.keys()));
}

function within(cursor: Cursor, token: Token | undefined, skipped: number): number {
  if (skipped < 0)
    throw cursor.error('range', `a conditional jump leads back to '${token?.text}': only 'ja' can`, token);
  if (skipped <= 0xff) return skipped;
  const message = `a conditional jump goes over ${skipped} instructions to '${token?.text}', and at most 255 are possible`;
  throw cursor.error('range', message, token);
}
