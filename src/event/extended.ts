// Comparisons of the extended dialect. What Linux takes is read as Linux reads it; beyond that
//
//   comparison = number [ ( == | != | < | <= | > | >= ) number ] | field in list | text-field ( == | != | ~ ) WORD
//   list       = "{" [ element { "," element } ] "}"      element = number [ ".." number ], or a text
//   number     = sums, products and so on, of fields, constants, names that `print fmt` gives to constants, ( … )
//
// A number alone is no test, but for `a & b`, which asks for a bit in common.

import { assert, type Span } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import type { ArithmeticSign, Expression, Order, Value } from './ast.js';
import type { Cursor } from './cursor.js';
import { findField, isText, type NamedField, nearestField, numberOf } from './fields.js';
import { fits, integerOf } from './number.js';
import { mostPlaces, placesOf } from './places.js';
import { numberTest, parseSubject, parseTest, type Subject, textTest } from './predicate.js';
import type { Reading } from './reading.js';
import { symbolsOf } from './symbols.js';

/** What stands in the place of a test. */
export type Item = Expression | NumberItem;

export interface NumberItem extends Span {
  readonly kind: 'calculated';
  readonly value: Value;
  /** The field, if it is one and nothing else. */
  readonly subject?: Subject;
  /** The text of the constant, if it is one and nothing else. */
  readonly literal?: string;
  /** Its two sides, if it is `a & b`. */
  readonly sides?: readonly [NumberItem, NumberItem];
  readonly reading: Reading;
}

/** The item as something that holds or doesn't. */
export function condition(cursor: Cursor, item: Item): Expression {
  if (item.kind !== 'calculated') return item;
  const { sides, value, reading, start, end } = item;
  if (sides === undefined) throw cursor.error('type', 'expected a comparison, found a number', { start, end });
  const [left, right] = sides;
  const constant = constantOf(right);
  if (left.subject !== undefined && constant !== undefined) {
    checkFits(reading, left.subject.field, right, constant);
    return numberTest(reading, left.subject, '&', constant, right);
  }
  return { kind: 'comparison', order: '!=', left: value, right: constantValue(0n), start, end };
}

const orders = ['==', '!=', '<=', '<', '>=', '>'] as const;

/** @param group reads what is in parentheses */
export function parseComparison(reading: Reading, group: () => Item): Item {
  const { cursor } = reading;
  const left = parseNumber(reading, group, 0, undefined);
  cursor.skipSpace();
  if (left.kind !== 'calculated') return left;
  const about = left.subject?.field;
  if (about !== undefined && cursor.take(/in(?!\w)/y) !== '') return parseNumberList(reading, left);
  const order = orders.find((sign) => cursor.sees(sign));
  if (order === undefined) return left;
  cursor.at += order.length;
  cursor.skipSpace();
  const start = cursor.at;
  const right = parseNumber(reading, group, 0, about);
  if (right.kind !== 'calculated') {
    throw cursor.error('type', 'expected a number, found a comparison', { start, end: cursor.at });
  }
  return comparison(reading, left, order, right);
}

const mirrored = { '==': '==', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const satisfies Record<
  Order,
  Order
>;

function comparison(reading: Reading, left: NumberItem, order: Order, right: NumberItem): Expression {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (left.subject !== undefined && b !== undefined) {
    checkFits(reading, left.subject.field, right, b);
    return numberTest(reading, left.subject, order, b, right);
  }
  if (right.subject !== undefined && a !== undefined) {
    checkFits(reading, right.subject.field, left, a);
    return numberTest(reading, right.subject, mirrored[order], a, left);
  }
  const span = { start: left.start, end: right.end };
  if (placesOf(left.value) > mostPlaces || placesOf(right.value) > mostPlaces - 1) {
    throw reading.cursor.error('limit', 'a number that is nested too deep to the right', spanOf(right));
  }
  return { kind: 'comparison', order, left: left.value, right: right.value, ...span };
}

function checkFits({ cursor }: Reading, field: NamedField, item: NumberItem, value: bigint): void {
  if (fits(value, item.literal ?? String(value), field.signed)) return;
  const kind = field.signed ? 'a signed' : 'an unsigned';
  throw cursor.error('range', `field '${field.name}' (${field.type}) takes ${kind} number of 64 bits`, spanOf(item));
}

function constantOf({ value }: NumberItem): bigint | undefined {
  return value.kind === 'constant' ? value.value : undefined;
}

function constantValue(value: bigint): Value {
  return { kind: 'constant', value, unsigned: value >= 1n << 63n };
}

function spanOf({ start, end }: Span): Span {
  return { start, end };
}

// ---- arithmetic ------------------------------------------------------------------------------------------------------

/** From those that bind least to those that bind most. */
const levels: readonly (readonly ArithmeticSign[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%']];

/**
 * Reads operands and the signs between them that bind at least as much as those of a level.
 * @param about the field that the number is compared with, which may have names for it
 */
function parseNumber(reading: Reading, group: () => Item, least: number, about: NamedField | undefined): Item {
  const { cursor } = reading;
  let left = parseOperand(reading, group, about);
  for (;;) {
    cursor.skipSpace();
    const found = signAt(cursor);
    if (found === undefined || found.level < least) return left;
    const at = cursor.here();
    cursor.at += found.sign.length;
    const subject = left.kind === 'calculated' ? left.subject : undefined;
    const right = parseNumber(reading, group, found.level + 1, subject?.field ?? about);
    left = arithmetic(cursor, left, found.sign, right, at);
  }
}

function signAt(cursor: Cursor): { readonly sign: ArithmeticSign; readonly level: number } | undefined {
  if (cursor.sees('&&') || cursor.sees('||')) return undefined;
  for (const [level, signs] of levels.entries()) {
    const sign = signs.find((each) => cursor.sees(each));
    if (sign !== undefined) return { sign, level };
  }
  return undefined;
}

function arithmetic(cursor: Cursor, left: Item, sign: ArithmeticSign, right: Item, at: Span): NumberItem {
  if (left.kind !== 'calculated' || right.kind !== 'calculated') {
    throw cursor.error('type', `'${sign}' is for numbers, and here stands a comparison`, at);
  }
  const unsigned = left.value.unsigned || right.value.unsigned;
  const value: Value = { kind: 'arithmetic', sign, left: left.value, right: right.value, unsigned };
  const whole = { reading: left.reading, start: left.start, end: right.end };
  return { kind: 'calculated', value, ...whole, ...(sign === '&' && { sides: [left, right] }) };
}

function parseOperand(reading: Reading, group: () => Item, about: NamedField | undefined): Item {
  const { cursor } = reading;
  cursor.skipSpace();
  const start = cursor.at;
  if (cursor.sees('(')) return withoutParts(group(), start, cursor);
  if (cursor.accept('-')) return negated(reading, parseOperand(reading, group, about), start);
  if (/[0-9]/.test(cursor.source[start] ?? '')) return parseConstant(reading);
  if (cursor.sees('"') || cursor.sees("'")) return parseQuotedName(reading, about);
  return parseName(reading, about);
}

/** In parentheses, `(a & b)` compared with something is a number; alone it still is a test. */
function withoutParts(item: Item, start: number, cursor: Cursor): Item {
  return item.kind === 'calculated' ? { ...item, start, end: cursor.at } : item;
}

function negated(reading: Reading, operand: Item, start: number): NumberItem {
  const { cursor } = reading;
  const span = { start, end: cursor.at };
  if (operand.kind !== 'calculated')
    throw cursor.error('type', "'-' is for numbers, and here stands a comparison", span);
  const { value, literal } = operand;
  if (value.kind === 'constant' && literal !== undefined && value.value >= 0n) {
    return { kind: 'calculated', value: constantValue(-value.value), literal: `-${literal}`, reading, ...span };
  }
  const { unsigned } = value;
  return { kind: 'calculated', value: { kind: 'negative', operand: value, unsigned }, reading, ...span };
}

function parseConstant(reading: Reading): NumberItem {
  const { cursor } = reading;
  const start = cursor.at;
  const text = cursor.take(/[A-Za-z0-9]*/y);
  const span = { start, end: cursor.at };
  const value = integerOf(text);
  if (value === undefined) throw cursor.error('syntax', `expected a number, found '${text}'`, span);
  if (value >= 1n << 64n) throw cursor.error('range', 'a number of more than 64 bits', span);
  return { kind: 'calculated', value: constantValue(value), literal: text, reading, ...span };
}

// ---- names -----------------------------------------------------------------------------------------------------------

/** A field, or the name of a constant of the field on the other side. */
function parseName(reading: Reading, about: NamedField | undefined): Item {
  const { cursor, format } = reading;
  const start = cursor.at;
  const name = cursor.take(/\w*/y);
  const symbols = about === undefined ? undefined : symbolsOf(format, about.name);
  const value = findField(format, name) === undefined ? symbols?.get(name) : undefined;
  if (value !== undefined) return symbol(reading, value, { start, end: cursor.at });
  if (symbols !== undefined && symbols.size > 0 && name !== '' && findField(format, name) === undefined) {
    const suggestion = nearest(name, symbols.keys()) ?? nearestField(format, name);
    const what = `'${name}' is neither a field of '${format.name}' nor a value of '${about?.name}'`;
    throw cursor.error('name', what, { start, end: cursor.at }, suggestion);
  }
  cursor.at = start;
  return parseField(reading);
}

function symbol(reading: Reading, value: bigint, span: Span): NumberItem {
  return { kind: 'calculated', value: constantValue(value), reading, ...span };
}

/** A name of a constant that is no word. */
function parseQuotedName(reading: Reading, about: NamedField | undefined): NumberItem {
  const { cursor, format } = reading;
  const { text, ...span } = takeQuoted(cursor);
  const value = about === undefined ? undefined : symbolsOf(format, about.name).get(text);
  if (value !== undefined) return symbol(reading, value, span);
  const what =
    about === undefined ? 'expected a number, found a text' : `field '${about.name}' is no text (${about.type})`;
  throw cursor.error('type', what, span);
}

function parseField(reading: Reading): Item {
  const { cursor } = reading;
  const subject = parseSubject(reading);
  const { field, isFunction, start, end } = subject;
  if (isText(field)) return parseTextTest(reading, subject);
  const behind = cursor.at;
  cursor.skipSpace();
  const sign = cursor.take(/[!=]=|~|[<>]=?|&(?!&)/y);
  cursor.skipSpace();
  const source = numberOf(field);
  if (isFunction || source === undefined || cursor.sees('CPUS{') || sign === '~') {
    cursor.at = behind;
    return linuxTest(reading, subject);
  }
  cursor.at = behind;
  const value: Value = { kind: 'field', source, unsigned: source.size === 8 && !source.signed };
  return { kind: 'calculated', value, subject, reading, start, end };
}

/** A test as Linux has it, behind its field. */
function linuxTest(reading: Reading, subject: Subject): Expression {
  const { cursor } = reading;
  cursor.skipSpace();
  const sign = (['~', '!=', '==', '<=', '<', '>=', '>', '&'] as const).find((each) => cursor.accept(each));
  if (sign === undefined) throw cursor.expected(`a comparison behind '${subject.field.name}' (${subject.field.type})`);
  return parseTest(reading, subject, sign);
}

// ---- text ------------------------------------------------------------------------------------------------------------

/** A word without quotes ends at a space, a bracket, a comma, or a sign that joins tests. */
const word = /[^\s(){},|&"']+/y;

function parseTextTest(reading: Reading, subject: Subject): Expression {
  const { cursor } = reading;
  cursor.skipSpace();
  if (cursor.take(/in(?!\w)/y) !== '') return parseTextList(reading, subject);
  const sign = (['~', '!=', '=='] as const).find((each) => cursor.sees(each));
  if (sign === undefined) return linuxTest(reading, subject);
  cursor.at += sign.length;
  cursor.skipSpace();
  return textTest(reading, subject, sign, takeText(cursor, subject));
}

interface Taken extends Span {
  readonly text: string;
}

function takeText(cursor: Cursor, { field }: Subject): Taken {
  if (cursor.sees('"') || cursor.sees("'")) return takeQuoted(cursor);
  const start = cursor.at;
  const text = cursor.take(word);
  if (text === '') throw cursor.expected(`a text for field '${field.name}' (${field.type})`);
  return { text, start, end: cursor.at };
}

function takeQuoted(cursor: Cursor): Taken {
  const start = cursor.at;
  const quote = cursor.source[start]!;
  const close = cursor.source.indexOf(quote, start + 1);
  if (close < 0) {
    throw cursor.error('syntax', `a text without its closing ${quote}`, { start, end: cursor.source.length });
  }
  cursor.at = close + 1;
  return { text: cursor.source.slice(start + 1, close), start, end: close + 1 };
}

// ---- lists -----------------------------------------------------------------------------------------------------------

function parseTextList(reading: Reading, subject: Subject): Expression {
  const { start } = subject;
  const operands = parseList(reading.cursor, () => textTest(reading, subject, '==', takeText(reading.cursor, subject)));
  return operands.length === 0
    ? { kind: 'constant', value: false, start, end: reading.cursor.at }
    : { kind: 'or', operands };
}

function parseNumberList(reading: Reading, { subject, value, start }: NumberItem): Expression {
  const { cursor } = reading;
  const ranges = parseList(cursor, (): readonly [bigint, bigint] => {
    const low = parseElement(reading, subject!.field);
    cursor.skipSpace();
    return [low, cursor.accept('..') ? parseElement(reading, subject!.field) : low];
  });
  assert(value.kind === 'field', 'a number that is of one field is that field');
  const span = { start, end: cursor.at };
  return { kind: 'ranges', source: value.source, ranges: ranges.filter(([low, high]) => low <= high), ...span };
}

function parseElement(reading: Reading, field: NamedField): bigint {
  const { cursor } = reading;
  cursor.skipSpace();
  const at = cursor.here();
  const item = parseOperand(reading, () => ({ kind: 'constant', value: false, ...at }), field);
  const value = item.kind === 'calculated' ? constantOf(item) : undefined;
  if (value === undefined)
    throw cursor.error('type', `expected a number for field '${field.name}' (${field.type})`, at);
  return value;
}

function parseList<T>(cursor: Cursor, element: () => T): T[] {
  cursor.skipSpace();
  if (!cursor.accept('{')) throw cursor.expected("'{' behind 'in'");
  const elements: T[] = [];
  cursor.skipSpace();
  while (!cursor.accept('}')) {
    elements.push(element());
    cursor.skipSpace();
    if (cursor.accept(',')) cursor.skipSpace();
    else if (!cursor.sees('}')) throw cursor.expected("',' or '}'");
  }
  return elements;
}
