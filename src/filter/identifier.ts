// The identifiers of a filter: names, numbers and addresses.

import type { BpfError } from '../base/error.js';
import { parseMac } from './address.js';
import type { Identifier } from './ast.js';
import type { Cursor } from './cursor.js';
import { portHint } from './hint.js';
import type { Token } from './token.js';
import { isProtocol, isType } from './words.js';

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
      return { kind: 'name', name: token.text, start, end };
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
      return { kind: 'mac', bytes: parseMac(token.text) ?? [], start, end };
    case 'station':
      cursor.next();
      return { kind: 'station', value: token.value, start, end };
    case 'keyword':
      throw keywordError(cursor, token.text);
    case 'symbol':
      throw cursor.expected('an address, a number or a name', relationHint(cursor, token.text));
    case 'bad':
    case 'end':
      throw cursor.expected('an address, a number or a name');
  }
}

/** The error for a keyword: it may stand in the wrong place, `src ip 10.0.0.1`, or be meant as a name. */
function keywordError(cursor: Cursor, word: string): BpfError {
  const message = `expected an address, a number or a name, found the keyword '${word}'`;
  const { before } = cursor;
  const leading = before?.kind === 'keyword' ? before.text : '';
  const ends = ['end', 'keyword'].includes(cursor.peek(1).kind) && !isType(cursor.keyword(1) ?? '');
  if (leading === 'src' && word === 'dst') return cursor.error('syntax', message, cursor.peek(), 'src or dst');
  const turned = isProtocol(word) && !ends && turnable.has(leading);
  return cursor.error('syntax', message, cursor.peek(), turned ? `${word} ${leading}` : `\\${word}`);
}

/** What stands behind a protocol, not before it. */
const turnable: ReadonlySet<string> = new Set(['src', 'dst', 'host', 'net', 'port', 'portrange']);

/** `port > 1024` as a filter says it. */
function relationHint(cursor: Cursor, symbol: string): string | undefined {
  const { before } = cursor;
  const value = cursor.peek(1);
  if (before?.kind !== 'keyword' || before.text !== 'port' || value.kind !== 'number') return undefined;
  return portHint(symbol, value.value);
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
