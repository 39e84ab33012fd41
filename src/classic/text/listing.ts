// Reads what `tcpdump -d` prints:
//
//   (000) ldh      [12]
//   (001) jeq      #0x800           jt 2	jf 5

import type { Span } from '../../base/error.js';
import { insnOf } from '../encode.js';
import type { ClassicInsn } from '../insn.js';
import { Cursor, type Token } from './cursor.js';
import { bare, compared, gotoMnemonics, jumpMnemonics, mnemonics, unknownMnemonic } from './mnemonic.js';
import { operand, type TextOperand } from './operand.js';
import type { TextProgram } from './program.js';

/** @throws BpfError with the place of what is no listing */
export function parseListing(source: string): TextProgram {
  const cursor = new Cursor(source);
  const insns: ClassicInsn[] = [];
  const spans: Span[] = [];
  while (!cursor.atEnd) {
    expectNumber(cursor, insns.length);
    const mnemonic = cursor.take('word', 'an instruction');
    insns.push(insn(cursor, mnemonic, insns.length));
    spans.push(cursor.since(mnemonic));
  }
  return { insns, spans };
}

/** `(003)`: lines are numbered from 0 without a gap. */
function expectNumber(cursor: Cursor, pc: number): void {
  cursor.expect('(');
  const token = cursor.token;
  const number = cursor.decimal('the number of an instruction');
  if (number !== pc) throw cursor.error('syntax', `expected instruction ${pc}, found ${number}`, token);
  cursor.expect(')');
}

function insn(cursor: Cursor, token: Token, pc: number): ClassicInsn {
  const word = token.text.toLowerCase();
  if (word === 'unimp') return { code: code(cursor), jt: 0, jf: 0, k: 0 };
  if (gotoMnemonics.has(word)) return insnOf({ kind: 'goto', off: (cursor.number('an instruction') - pc - 1) | 0 });
  if (jumpMnemonics.get(word)?.negated === false) return conditional(cursor, word, pc);
  const mnemonic = mnemonics.get(word);
  if (mnemonic === undefined) throw unknownMnemonic(cursor, token);
  const at = cursor.token;
  const operation = mnemonic.operation(plainOperand(cursor, word));
  if (operation === undefined) throw cursor.error('syntax', `'${word}' takes ${mnemonic.takes}`, at);
  return insnOf(operation);
}

/** What libpcap prints of an instruction that it doesn't know. */
function code(cursor: Cursor): number {
  const token = cursor.token;
  const number = cursor.number('a code');
  if (number > 0xffff) throw cursor.error('range', `expected a code from 0 to 65535, found ${number}`, token);
  return number;
}

/** `ret` without an operand returns A. */
function plainOperand(cursor: Cursor, word: string): TextOperand {
  if (bare.has(word)) return { kind: 'none' };
  const ended = cursor.atEnd || cursor.peek() === '(';
  return word === 'ret' && ended ? { kind: 'register', name: 'a' } : operand(cursor);
}

function conditional(cursor: Cursor, word: string, pc: number): ClassicInsn {
  const { op } = jumpMnemonics.get(word)!;
  const at = cursor.token;
  const second = compared(operand(cursor));
  if (second === undefined) throw cursor.error('syntax', `'${word}' takes '#k' or 'x'`, at);
  cursor.expect('jt');
  const jt = target(cursor, pc);
  cursor.expect('jf');
  return insnOf({ kind: 'jump', op, operand: second, jt, jf: target(cursor, pc) });
}

/** The number of an instruction, as how many are skipped to get there. */
function target(cursor: Cursor, pc: number): number {
  const token = cursor.token;
  const number = cursor.decimal('the number of an instruction');
  const skipped = number - pc - 1;
  if (skipped >= 0 && skipped <= 0xff) return skipped;
  throw cursor.error('range', `expected an instruction from ${pc + 1} to ${pc + 256}, found ${number}`, token);
}
