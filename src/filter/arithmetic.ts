// Arithmetic and the accessors of a filter: `(ip[0] & 0xf) * 4 + len`.
//
// Precedence is libpcap's, from the loosest: `|`, `&`, shifts, `+ -`, `* /`, unary `-`, all binding to the left.
// `%` and `^` have none in its grammar: each takes the nearest value as its left side and all that follows as its right.

import type { Arithmetic, Operator, Relation } from './ast.js';
import { type Cursor, depthLimit } from './cursor.js';
import { isProtocol } from './words.js';

interface Binding {
  readonly left: number;
  readonly right: number;
}

const bindings: Readonly<Record<Operator, Binding>> = {
  '|': { left: 1, right: 2 },
  '&': { left: 2, right: 3 },
  '<<': { left: 3, right: 4 },
  '>>': { left: 3, right: 4 },
  '+': { left: 4, right: 5 },
  '-': { left: 4, right: 5 },
  '*': { left: 5, right: 6 },
  '/': { left: 5, right: 6 },
  '%': { left: 7, right: 0 },
  '^': { left: 7, right: 0 },
};
const unaryMinus = 6;

/** An operator's sides are one level deeper in the tree than itself, so a long row of operators is deep too. */
const tooMany = `more than ${depthLimit} operators and parentheses, one behind or in another`;

const relations: ReadonlySet<string> = new Set<Relation>(['=', '!=', '>', '<', '>=', '<=']);

const isOperator = (symbol: string | undefined): symbol is Operator =>
  symbol !== undefined && Object.hasOwn(bindings, symbol);
const isRelation = (symbol: string | undefined): symbol is Relation => symbol !== undefined && relations.has(symbol);

/** Whether an arithmetic value that is no parenthesis begins here. */
export function beginsArithmetic(cursor: Cursor): boolean {
  const token = cursor.peek();
  if (token.kind === 'number') return true;
  if (token.kind === 'symbol') return token.text === '-';
  return token.kind === 'keyword' && (token.text === 'len' || (isProtocol(token.text) && cursor.symbol(1) === '['));
}

/** The relation that the next token is, taken. */
export function takeRelation(cursor: Cursor): Relation | undefined {
  const symbol = cursor.symbol();
  if (!isRelation(symbol)) return undefined;
  cursor.next();
  return symbol;
}

export function parseArithmetic(cursor: Cursor, loosest = 0): Arithmetic {
  return cursor.nested(() => continueArithmetic(cursor, operand(cursor), loosest), tooMany);
}

/** The value that begins with `left`, which has been read, as far as operators at least as tight as `loosest` go. */
export function continueArithmetic(cursor: Cursor, left: Arithmetic, loosest = 0): Arithmetic {
  const symbol = cursor.symbol();
  if (!isOperator(symbol) || bindings[symbol].left < loosest) return left;
  return cursor.nested(() => {
    cursor.next();
    const right = parseArithmetic(cursor, bindings[symbol].right);
    const node: Arithmetic = { kind: 'binary', operator: symbol, left, right, start: left.start, end: right.end };
    return continueArithmetic(cursor, node, loosest);
  }, tooMany);
}

function operand(cursor: Cursor): Arithmetic {
  const token = cursor.peek();
  if (token.kind === 'number') return cursor.number();
  if (token.kind === 'symbol' && token.text === '-') return negative(cursor);
  if (token.kind === 'symbol' && token.text === '(') return parenthesized(cursor);
  if (token.kind !== 'keyword') throw cursor.expectedNumber('a number or a field');
  if (token.text === 'len') {
    cursor.next();
    return { kind: 'length', start: token.start, end: token.end };
  }
  if (!isProtocol(token.text)) throw cursor.expectedNumber('a number or a field');
  return accessor(cursor);
}

function negative(cursor: Cursor): Arithmetic {
  const { start } = cursor.next();
  const value = parseArithmetic(cursor, unaryMinus);
  return { kind: 'negative', operand: value, start, end: value.end };
}

function parenthesized(cursor: Cursor): Arithmetic {
  cursor.next();
  const value = parseArithmetic(cursor);
  cursor.take(')', "')'");
  return value;
}

function accessor(cursor: Cursor): Arithmetic {
  const keyword = cursor.keyword() ?? '';
  if (!isProtocol(keyword)) throw cursor.expected('a protocol');
  const protocol = cursor.word(keyword);
  cursor.take('[', `'[' after '${keyword}'`);
  const index = parseArithmetic(cursor);
  const size = cursor.symbol() === ':' ? sizeAfterColon(cursor) : undefined;
  const { end } = cursor.take(']', "']'");
  return { kind: 'accessor', protocol, index, size, start: protocol.start, end };
}

function sizeAfterColon(cursor: Cursor) {
  cursor.next();
  return cursor.number();
}
