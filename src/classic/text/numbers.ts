// Reads programs that were written as numbers:
//
//   -ddd                        2⏎ 40 0 0 12⏎ 6 0 0 0
//   bpf_asm, iptables and tc    2,40 0 0 12,6 0 0 0          both: how many, then code jt jf k
//   -dd and C                   { 0x28, 0, 0, 0x0000000c },  with or without `struct sock_filter code[] = { … };` around it
//   bytes                       280000000c000000             8 an instruction, little-endian

import { BpfError, type Span } from '../../base/error.js';
import { fromHex } from '../../base/hex.js';
import { decode } from '../decode.js';
import { type ClassicInsn, insnBytes } from '../insn.js';
import { Cursor } from './cursor.js';
import type { TextProgram } from './program.js';

/** @throws BpfError with the place of the group that is no instruction */
export function parseDecimals(source: string): TextProgram {
  const [count, ...spans] = groups(source);
  const expected = fields(source, count!, ['the number of instructions'], [0xffff_ffff]);
  if (expected[0] !== spans.length) {
    throw wrong('syntax', source, count!, `expected ${expected[0]} instructions, found ${spans.length}`);
  }
  return { insns: spans.map((span) => insn(source, span)), spans };
}

/** What stands between commas and newlines, without the blanks around it. */
function groups(source: string): Span[] {
  return [...source.matchAll(/[^,\n]+/g)].flatMap(({ 0: text, index }) => {
    const start = index + text.length - text.trimStart().length;
    return text.trim() === '' ? [] : [{ start, end: start + text.trim().length }];
  });
}

const fieldNames = ['code', 'jt', 'jf', 'k'] as const;
const largest = [0xffff, 0xff, 0xff, 0xffff_ffff] as const;

function insn(source: string, span: Span): ClassicInsn {
  const [code, jt, jf, k] = fields(source, span, fieldNames, largest);
  return { code: code!, jt: jt!, jf: jf!, k: k! };
}

/** The numbers of a group, which has as many as there are names. */
function fields(source: string, span: Span, names: readonly string[], limits: readonly number[]): number[] {
  const words = wordsOf(source, span);
  if (words.length !== names.length) {
    const at = words[names.length] ?? words.at(-1)!;
    throw wrong('syntax', source, at, `expected ${names.join(' ')}, found ${words.length} numbers`);
  }
  return words.map((place, i) => {
    const word = source.slice(place.start, place.end);
    if (!/^(?:0x[0-9a-f]+|[0-9]+)$/i.test(word)) throw wrong('syntax', source, place, `'${word}' is no number`);
    if (Number(word) <= limits[i]!) return Number(word);
    throw wrong('range', source, place, `expected ${names[i]} from 0 to ${limits[i]}, found ${word}`);
  });
}

/** The words between blanks in a part of the source. */
function wordsOf(source: string, { start, end }: Span): Span[] {
  const words = source.slice(start, end).matchAll(/\S+/g);
  return Array.from(words, ({ 0: word, index }) => ({ start: start + index, end: start + index + word.length }));
}

/** @throws BpfError with the place of what is no initializer */
export function parseInitializers(source: string): TextProgram {
  const cursor = new Cursor(source);
  const wrapped = skipDeclaration(cursor);
  const insns: ClassicInsn[] = [];
  const spans: Span[] = [];
  for (let start = cursor.token; start?.text === '{'; start = cursor.token) {
    insns.push(initializer(cursor));
    spans.push(cursor.since(start));
    cursor.accept(',');
  }
  if (wrapped) cursor.expect('}');
  if (!cursor.atEnd) throw cursor.unexpected("'{'");
  return { insns, spans };
}

/** Goes over `struct sock_filter code[] =` and the outer brace, if they are there, and says whether that brace is. */
function skipDeclaration(cursor: Cursor): boolean {
  while (!cursor.atEnd && cursor.peek() !== '{') cursor.skip();
  return cursor.peek(1) === '{' && cursor.accept('{');
}

function initializer(cursor: Cursor): ClassicInsn {
  cursor.expect('{');
  const [code, jt, jf, k] = fieldNames.map((name, i) => {
    if (i > 0) cursor.expect(',');
    const token = cursor.token;
    const value = cursor.number(name);
    if (value <= largest[i]!) return value;
    throw cursor.error('range', `expected ${name} from 0 to ${largest[i]}, found ${value}`, token);
  });
  cursor.expect('}');
  return { code: code!, jt: jt!, jf: jf!, k: k! };
}

/** @throws BpfError 'encoding' when the digits are no whole number of instructions */
export function parseHex(source: string): TextProgram {
  const digits = [...source.matchAll(/[0-9a-f]/gi)].map(({ index }) => index);
  const perInsn = insnBytes * 2;
  if (digits.length % perInsn !== 0) {
    const place = wordsOf(source, { start: 0, end: source.length }).at(-1)!;
    throw wrong(
      'encoding',
      source,
      place,
      `expected ${perInsn} digits for each instruction, found ${digits.length} digits`,
    );
  }
  const insns = decode(fromHex(source.replace(/[^0-9a-f]/gi, '')));
  const spans = insns.map((_, pc) => ({ start: digits[pc * perInsn]!, end: digits[(pc + 1) * perInsn - 1]! + 1 }));
  return { insns, spans };
}

function wrong(code: 'syntax' | 'range' | 'encoding', source: string, place: Span, message: string): BpfError {
  return new BpfError(code, message, { place: { source, ...place } });
}
