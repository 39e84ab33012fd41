// Operands, as `tcpdump -d` and bpf_asm write them.
//
//   #12   12   a   x   %x   [12]   [x + 14]   M[3]   4*([14]&0xf)   #len   len   #pktlen   proto   #proto   [proto]

import { nearest } from '../../base/nearest.js';
import { type ExtensionName, extensions, names } from '../rows.js';
import type { Cursor, Token } from './cursor.js';

export type TextOperand =
  | { readonly kind: 'none' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'register'; readonly name: 'a' | 'x' }
  | { readonly kind: 'packet'; readonly indexed: boolean; readonly k: number }
  | { readonly kind: 'cell'; readonly cell: number }
  | { readonly kind: 'header-length'; readonly k: number }
  | { readonly kind: 'length' }
  | { readonly kind: 'extension'; readonly name: ExtensionName };

const lengthWords = ['len', 'pktlen'];

/** Extensions by every word that stands for them. */
const extensionWords: ReadonlyMap<string, ExtensionName> = new Map(
  names(extensions).flatMap((name) =>
    [extensions[name].bracket, ...extensions[name].words].map((word) => [word, name] as const),
  ),
);

export function operand(cursor: Cursor): TextOperand {
  if (cursor.accept('#')) return cursor.token?.kind === 'word' ? named(cursor) : constant(cursor);
  if (cursor.accept('%')) return register(cursor);
  if (cursor.accept('[')) return bracketed(cursor);
  if (cursor.peek() === 'a' || cursor.peek() === 'x') return register(cursor);
  if (cursor.peek() === 'm' && cursor.peek(1) === '[') return cell(cursor);
  if (cursor.token?.kind === 'word') return named(cursor);
  const token = cursor.token;
  const number = cursor.number('an operand');
  if (!cursor.accept('*')) return { kind: 'number', value: number };
  if (number !== 4) throw otherProduct(cursor, token);
  return headerLength(cursor);
}

function constant(cursor: Cursor): TextOperand {
  return { kind: 'number', value: cursor.number('a number') };
}

function register(cursor: Cursor): TextOperand {
  if (cursor.accept('a')) return { kind: 'register', name: 'a' };
  if (cursor.accept('x')) return { kind: 'register', name: 'x' };
  throw cursor.unexpected("'a' or 'x'");
}

/** The word of an extension, or of the packet's length. */
function named(cursor: Cursor): TextOperand {
  const token = cursor.take('word', 'an extension');
  const word = token.text.toLowerCase();
  if (lengthWords.includes(word)) return { kind: 'length' };
  const name = extensionWords.get(word);
  if (name === undefined) throw unknownExtension(cursor, token);
  return { kind: 'extension', name };
}

function unknownExtension(cursor: Cursor, token: Token): Error {
  const suggestion = nearest(token.text, [...extensionWords.keys(), ...lengthWords]);
  return cursor.error('name', `unknown extension '${token.text}'`, token, suggestion);
}

function bracketed(cursor: Cursor): TextOperand {
  const found = inBrackets(cursor);
  cursor.expect(']');
  return found;
}

function inBrackets(cursor: Cursor): TextOperand {
  if (cursor.accept('%') || cursor.peek() === 'x') {
    cursor.expect('x', '+');
    return { kind: 'packet', indexed: true, k: cursor.number('an offset') };
  }
  if (cursor.token?.kind === 'word') return named(cursor);
  return { kind: 'packet', indexed: false, k: cursor.number('an offset') };
}

function cell(cursor: Cursor): TextOperand {
  cursor.expect('m', '[');
  const number = cursor.number('the number of a cell');
  cursor.expect(']');
  return { kind: 'cell', cell: number };
}

/** What stands behind `4*`. */
function headerLength(cursor: Cursor): TextOperand {
  cursor.expect('(', '[');
  const k = cursor.number('an offset');
  cursor.expect(']', '&');
  const token = cursor.token;
  if (cursor.number('a mask') !== 0xf) throw otherProduct(cursor, token);
  cursor.expect(')');
  return { kind: 'header-length', k };
}

function otherProduct(cursor: Cursor, token: Token | undefined): Error {
  return cursor.error('unsupported', "the only product that can be loaded is '4*([k]&0xf)'", token);
}
