// Tokens to a tree: the grammar of pcap-filter(7), by recursive descent.
//
//   filter  = [ item { (and | or) item } ]
//   item    = not item | ( list ) | primitive | qualifier id | value relation value | id
//
// An id without a qualifier takes that of the item before it: `port 80 or 443`. What a parenthesis holds (a list of
// ids, an expression, a number) is known only after it has been read, so each item says what it turned out to be.

import { expectText } from '../base/argument.js';
import type { BpfError, Span } from '../base/error.js';
import { looksLikeIpv6, parseIpv4, parseMac } from './address.js';
import { beginsArithmetic, continueArithmetic, parseArithmetic, takeRelation } from './arithmetic.js';
import type { Arithmetic, Expression, Identifier, Link, Primitive, Qualifier } from './ast.js';
import { Cursor } from './cursor.js';
import type { Dialect } from './dialect.js';
import { beginsIdentifier, parseIdentifier } from './identifier.js';
import { clipped } from './lex.js';
import { parsePrimitive, parseQualifier } from './primitive.js';
import { unknownWord } from './unknown.js';

/** What was read, and the qualifier that an id after it inherits. */
type Item =
  | { readonly is: 'expression'; readonly node: Expression; readonly qualifier: Qualifier | undefined }
  | { readonly is: 'id'; readonly node: Expression; readonly qualifier: Qualifier }
  | { readonly is: 'value'; readonly node: Arithmetic };

/**
 * Parses a filter.
 * @param dialect the language; by default that of libpcap
 * @returns undefined for a filter of no words, which matches every packet
 * @throws BpfError 'syntax', 'range' or 'limit' with the place of the mistake
 */
export function parse(source: string, dialect: Dialect = 'libpcap'): Expression | undefined {
  expectText(source, 'a filter');
  const cursor = new Cursor(source, dialect);
  if (cursor.peek().kind === 'end') return undefined;
  const item = list(cursor, first(cursor, undefined), undefined);
  if (cursor.peek().kind !== 'end') throw cursor.expected("'and' or 'or'");
  return item.node;
}

/** An item where an id may inherit `inherited`; where that is undefined a bare id has nothing to inherit. */
function first(cursor: Cursor, inherited: Qualifier | undefined): Item {
  const item = readItem(cursor, inherited);
  return item.is === 'value' ? bareNumber(cursor, item.node, inherited) : item;
}

/** The items that follow `head` with `and` or `or`. */
function list(cursor: Cursor, head: Item, around: Qualifier | undefined): Exclude<Item, { is: 'value' }> {
  if (head.is === 'value') throw cursor.expected('a relation such as = or >');
  const rest: Link[] = [];
  let qualifier = head.qualifier;
  for (let operator = cursor.keyword(); operator === 'and' || operator === 'or'; operator = cursor.keyword()) {
    cursor.next();
    const item = first(cursor, qualifier);
    if (item.is === 'value') throw cursor.expected('a relation such as = or >');
    if (head.is === 'id' && item.is !== 'id')
      throw cursor.error('syntax', 'expected only identifiers in this list', item.node);
    rest.push({ operator, operand: item.node });
    qualifier = item.qualifier;
  }
  if (rest.length === 0) return head;
  const node: Expression = { kind: 'chain', first: head.node, rest, start: head.node.start, end: cursor.end };
  return head.is === 'id'
    ? { is: 'id', node, qualifier: head.qualifier }
    : { is: 'expression', node, qualifier: around };
}

function readItem(cursor: Cursor, inherited: Qualifier | undefined): Item {
  if (cursor.keyword() === 'not') return negation(cursor, inherited);
  if (cursor.symbol() === '(')
    return afterValue(
      cursor,
      cursor.nested(() => group(cursor, inherited)),
    );
  if (beginsArithmetic(cursor)) return afterValue(cursor, { is: 'value', node: parseArithmetic(cursor) });
  if (beginsIdentifier(cursor)) return inherit(cursor, inherited);
  const qualifier = parseQualifier(cursor);
  if (qualifier !== undefined) return qualified(cursor, qualifier);
  return { is: 'expression', node: scoped(cursor, parsePrimitive(cursor)), qualifier: undefined };
}

/** In the extended dialect, what is in braces behind `vlan`, `mpls`, … is about what that header carries, and nothing else. */
function scoped(cursor: Cursor, head: Primitive): Expression {
  if (head.kind !== 'encapsulation' || !cursor.extended || cursor.symbol() !== '{') return head;
  return cursor.nested(() => {
    const open = cursor.next();
    const { node } = list(cursor, first(cursor, undefined), undefined);
    if (cursor.peek().kind === 'end') throw cursor.error('syntax', "this '{' is not closed", open);
    const { end } = cursor.take('}', "'and', 'or' or '}'");
    return { kind: 'scope', head, body: node, start: head.start, end };
  });
}

function negation(cursor: Cursor, inherited: Qualifier | undefined): Item {
  const { start } = cursor.peek();
  let negative = false;
  for (; cursor.keyword() === 'not'; cursor.next()) negative = !negative;
  const item = first(cursor, inherited);
  if (item.is === 'value') throw cursor.expected('a relation such as = or >');
  if (!negative) return item;
  return { ...item, node: { kind: 'not', operand: item.node, start, end: item.node.end } };
}

function group(cursor: Cursor, inherited: Qualifier | undefined): Item {
  const open = cursor.next();
  const head = readItem(cursor, inherited);
  const joined = cursor.keyword() === 'and' || cursor.keyword() === 'or';
  const opening = head.is === 'value' && joined ? bareNumber(cursor, head.node, inherited) : head;
  const item = opening.is === 'value' ? opening : list(cursor, opening, inherited);
  if (cursor.symbol() !== ')') {
    if (cursor.peek().kind === 'end') throw cursor.error('syntax', "this '(' is not closed", open);
    throw cursor.expected("'and', 'or' or ')'");
  }
  cursor.next();
  return item.is === 'expression' ? { is: 'expression', node: item.node, qualifier: inherited } : item;
}

/** A value may be the beginning of a longer one, and that the left side of a relation. */
function afterValue(cursor: Cursor, item: Item): Item {
  if (item.is !== 'value') return item;
  const left = continueArithmetic(cursor, item.node);
  const relation = takeRelation(cursor);
  if (relation === undefined) return { is: 'value', node: left };
  const right = parseArithmetic(cursor);
  const node: Primitive = { kind: 'relation', relation, left, right, start: left.start, end: right.end };
  return { is: 'expression', node, qualifier: undefined };
}

/** A number that stands alone is an id if something can be inherited. */
function bareNumber(cursor: Cursor, value: Arithmetic, inherited: Qualifier | undefined): Item {
  if (value.kind !== 'number') throw cursor.expected('a relation such as = or >');
  if (inherited === undefined) throw nothingInherited(cursor, value);
  return { is: 'id', node: inheriting(inherited, value), qualifier: inherited };
}

function inherit(cursor: Cursor, inherited: Qualifier | undefined): Item {
  if (inherited === undefined) throw nothingInherited(cursor, cursor.peek());
  return { is: 'id', node: inheriting(inherited, parseIdentifier(cursor)), qualifier: inherited };
}

/** A qualifier and the id or list of ids that it is for: `port (80 or not 443)`. */
function qualified(cursor: Cursor, qualifier: Qualifier): Item {
  const isList = cursor.keyword() === 'not' || cursor.symbol() === '(';
  const node = isList ? ids(cursor, qualifier) : identified(qualifier, parseIdentifier(cursor), qualifier.start);
  return { is: 'expression', node, qualifier };
}

function ids(cursor: Cursor, qualifier: Qualifier): Expression {
  const { start } = cursor.peek();
  if (cursor.keyword() === 'not') {
    cursor.next();
    const operand = cursor.nested(() => ids(cursor, qualifier));
    return { kind: 'not', operand, start, end: operand.end };
  }
  if (cursor.symbol() !== '(') return identified(qualifier, parseIdentifier(cursor));
  return cursor.nested(() => {
    cursor.next();
    const rest: Link[] = [];
    const head = ids(cursor, qualifier);
    for (let operator = cursor.keyword(); operator === 'and' || operator === 'or'; operator = cursor.keyword()) {
      cursor.next();
      rest.push({ operator, operand: ids(cursor, qualifier) });
    }
    cursor.take(')', "'and', 'or' or ')'");
    return rest.length === 0 ? head : { kind: 'chain', first: head, rest, start, end: cursor.end };
  });
}

function inheriting(qualifier: Qualifier, identifier: Identifier): Expression {
  const { start, end } = identifier;
  return { kind: 'identifier', qualifier, identifier, inherited: true, start, end };
}

function identified(qualifier: Qualifier, identifier: Identifier, start = identifier.start): Expression {
  return { kind: 'identifier', qualifier, identifier, start, end: identifier.end };
}

/** What an identifier that stands alone was meant to be. */
function aloneHint(cursor: Cursor, span: Span): string | undefined {
  const text = cursor.textOf(span);
  if (/^\d+$/.test(text)) return `port ${text}`;
  if (looksLikeIpv6(text) || parseIpv4(text) !== undefined) {
    const prefix = /^\/\d+/.exec(cursor.source.slice(span.end));
    return prefix === null ? `host ${text}` : `net ${text}${prefix[0]}`;
  }
  return parseMac(text) === undefined ? undefined : `ether host ${text}`;
}

function nothingInherited(cursor: Cursor, span: Span): BpfError {
  const token = cursor.source.slice(span.start, span.end);
  if (/^[a-z]/i.test(token)) return unknownWord(cursor, token, span);
  return cursor.error(
    'syntax',
    `'${clipped(token)}' stands alone; expected a word such as host or port before it`,
    span,
    aloneHint(cursor, span),
  );
}
