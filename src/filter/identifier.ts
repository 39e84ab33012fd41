// The identifiers of a filter: names, numbers and addresses.

import type { Identifier } from './ast.js';
import type { Cursor } from './cursor.js';
import type { Token } from './lex.js';

const kinds: ReadonlySet<Token['kind']> = new Set(['name', 'number', 'ipv4', 'ipv6', 'mac', 'station']);

export function beginsIdentifier(cursor: Cursor): boolean {
  return kinds.has(cursor.peek().kind);
}

export function parseIdentifier(cursor: Cursor): Identifier {
  const token = cursor.peek();
  const { start, end } = token;
  switch (token.kind) {
    case 'name':
      cursor.next();
      return { kind: 'name', name: token.name, start, end };
    case 'number':
      return cursor.number();
    case 'ipv4':
      cursor.next();
      return ipv4(cursor, token.text, start, end);
    case 'ipv6':
      cursor.next();
      return ipv6(cursor, token.text, start, end);
    case 'mac':
      cursor.next();
      return { kind: 'mac', bytes: token.bytes, start, end };
    case 'station':
      cursor.next();
      return { kind: 'station', value: token.value, start, end };
    case 'keyword':
      throw cursor.error(
        'syntax',
        `expected an address, a number or a name, found the keyword '${token.word}'`,
        token,
        `\\${token.word}`,
      );
    case 'symbol':
    case 'bad':
    case 'end':
      throw cursor.expected('an address, a number or a name');
  }
}

function ipv4(cursor: Cursor, text: string, start: number, end: number): Identifier {
  const address = { start, end };
  if (cursor.symbol() === '/') {
    cursor.next();
    const length = cursor.number();
    return { kind: 'ipv4-prefix', text, length, address, start, end: length.end };
  }
  if (cursor.keyword() !== 'mask') return { kind: 'ipv4', text, start, end };
  cursor.next();
  const token = cursor.peek();
  if (token.kind !== 'ipv4') throw cursor.expected('a mask such as 255.255.0.0');
  cursor.next();
  const mask = { word: token.text, start: token.start, end: token.end };
  return { kind: 'ipv4-mask', text, mask, address, start, end: mask.end };
}

function ipv6(cursor: Cursor, text: string, start: number, end: number): Identifier {
  const address = { start, end };
  if (cursor.symbol() !== '/') return { kind: 'ipv6', text, length: undefined, address, start, end };
  cursor.next();
  const length = cursor.number();
  return { kind: 'ipv6', text, length, address, start, end: length.end };
}
