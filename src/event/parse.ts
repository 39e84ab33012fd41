// A filter's text to its tree.
//
//   filter   = any | "0"                          which lets everything pass
//   any      = all { "||" all }
//   all      = term { "&&" term }
//   term     = "!" term | "(" any ")" | test      "!" before = or ~ is the sign of a test
//
// A test is a predicate as Linux reads it (predicate.ts), or a comparison of the extended dialect (extended.ts), where
// parentheses hold numbers as well.

import { expectObject, expectText } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { Expression } from './ast.js';
import { Cursor } from './cursor.js';
import { type EventDialect, eventDialects } from './dialect.js';
import { condition, type Item, parseComparison } from './extended.js';
import { type EventFormat, expectFormat } from './format.js';
import { parsePredicate } from './predicate.js';
import type { EventWarning, Reading } from './reading.js';

export interface ParseOptions {
  /** Default `extended`. */
  readonly dialect?: EventDialect | undefined;
  /** How many processors there may be, for CPUS{…}; default 8192, the most that Linux has. */
  readonly processors?: number | undefined;
  /** The function of a name, or the one that an address lies in; without it `.function` is refused. */
  readonly functions?: Reading['functions'];
}

export interface Parsed {
  readonly expression: Expression;
  readonly warnings: readonly EventWarning[];
}

/** The longest text, in bytes: Linux takes less than a page. */
const lengthLimits = { linux: 4095, extended: 1 << 20 } as const;

/**
 * @throws BpfError with the place of the mistake in `filter`
 */
export function parseEventFilter(filter: string, format: EventFormat, options: ParseOptions = {}): Parsed {
  expectText(filter, 'a filter');
  expectObject(options, 'the options');
  const { dialect = 'extended', processors = 8192, functions } = options;
  expectFormat(format);
  if (!eventDialects.includes(dialect)) {
    throw new BpfError('usage', `expected the dialect ${eventDialects.join(' or ')}, got '${String(dialect)}'`);
  }
  if (!Number.isInteger(processors) || processors < 1) {
    throw new BpfError('usage', `expected a number of processors from 1 on, got ${processors}`);
  }
  refuseLength(filter, lengthLimits[dialect]);
  const cursor = new Cursor(filter);
  const warnings: EventWarning[] = [];
  const warn: Reading['warn'] = (message, { start, end }) => warnings.push({ message, start, end });
  const reading = { cursor, format, processors, functions, warn };
  const item = dialect === 'linux' ? linuxItem : extendedItem;
  return { expression: parseWhole(reading, () => item(reading)), warnings };
}

function refuseLength(filter: string, limit: number): void {
  const size = Buffer.byteLength(filter);
  if (size <= limit) return;
  const place = { source: filter, start: filter.length - 1, end: filter.length };
  throw new BpfError('range', `expected a filter of at most ${limit} bytes, got ${size}`, { place });
}

/** Reads a test, or in the extended dialect what a test is made of. */
type ItemParser = () => Item;

function parseWhole({ cursor }: Reading, item: ItemParser): Expression {
  const { source } = cursor;
  if (/^[ \t\n\v\f\r]*0[ \t\n\v\f\r]*$/.test(source)) {
    return { kind: 'constant', value: true, start: 0, end: source.length };
  }
  const expression = condition(cursor, parseAny(cursor, item));
  if (cursor.atEnd) return expression;
  throw cursor.expected("'&&', '||' or the end of the filter");
}

function parseAny(cursor: Cursor, item: ItemParser): Item {
  return parseJunction(cursor, 'or', '||', () => parseAll(cursor, item));
}

function parseAll(cursor: Cursor, item: ItemParser): Item {
  return parseJunction(cursor, 'and', '&&', () => parseTerm(cursor, item));
}

/** What is alone may be a number. */
function parseJunction(cursor: Cursor, kind: 'and' | 'or', sign: string, operand: ItemParser): Item {
  const first = operand();
  if (!cursor.sees(sign)) return first;
  const operands = [condition(cursor, first)];
  while (cursor.accept(sign)) operands.push(condition(cursor, operand()));
  return { kind, operands };
}

/** A term, and the space behind it. */
function parseTerm(cursor: Cursor, item: ItemParser): Item {
  let inverted = 0;
  for (cursor.skipSpace(); cursor.sees('!') && !cursor.sees('!=') && !cursor.sees('!~'); cursor.skipSpace()) {
    cursor.at++;
    inverted++;
  }
  const operand = item();
  cursor.skipSpace();
  if (inverted === 0) return operand;
  const inner = condition(cursor, operand);
  return inverted % 2 === 0 ? inner : { kind: 'not', operand: inner };
}

/** A predicate, or a filter in parentheses. */
function linuxItem(reading: Reading): Item {
  const { cursor } = reading;
  if (!cursor.sees('(')) return parsePredicate(reading);
  return parseGroup(cursor, () => parseAny(cursor, () => linuxItem(reading)));
}

function extendedItem(reading: Reading): Item {
  const { cursor } = reading;
  return parseComparison(reading, () => parseGroup(cursor, () => parseAny(cursor, () => extendedItem(reading))));
}

/** What is in parentheses. */
function parseGroup(cursor: Cursor, parse: ItemParser): Item {
  const open = cursor.here();
  cursor.at++;
  const inner = cursor.nested(parse);
  if (cursor.accept(')')) return inner;
  if (cursor.atEnd) throw cursor.error('syntax', "a '(' that is not closed", open);
  throw cursor.expected("'&&', '||' or ')'");
}
