// A filter's text to its tree.
//
//   filter   = any | "0"                          which lets everything pass
//   any      = all { "||" all }
//   all      = term { "&&" term }
//   term     = "!" term | "(" any ")" | test      "!" before = or ~ is the sign of a test
//
// A test is a predicate as Linux reads it (predicate.ts), or a comparison of the extended dialect (extended.ts).

import { expectText } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { Expression, Test } from './ast.js';
import { Cursor } from './cursor.js';
import type { EventDialect } from './dialect.js';
import type { EventFormat } from './format.js';
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
  const { dialect = 'extended', processors = 8192, functions } = options;
  refuseLength(filter, lengthLimits[dialect]);
  const cursor = new Cursor(filter);
  const warnings: EventWarning[] = [];
  const warn: Reading['warn'] = (message, { start, end }) => warnings.push({ message, start, end });
  const reading = { cursor, format, processors, functions, warn };
  return { expression: parseWhole(reading, () => parsePredicate(reading)), warnings };
}

function refuseLength(filter: string, limit: number): void {
  const size = Buffer.byteLength(filter);
  if (size <= limit) return;
  const place = { source: filter, start: filter.length - 1, end: filter.length };
  throw new BpfError('range', `expected a filter of at most ${limit} bytes, got ${size}`, { place });
}

type TestParser = () => Test;

function parseWhole({ cursor }: Reading, test: TestParser): Expression {
  const { source } = cursor;
  if (/^[ \t\n\v\f\r]*0[ \t\n\v\f\r]*$/.test(source)) {
    return { kind: 'constant', value: true, start: 0, end: source.length };
  }
  const expression = parseAny(cursor, test);
  if (cursor.atEnd) return expression;
  throw cursor.expected("'&&', '||' or the end of the filter");
}

function parseAny(cursor: Cursor, test: TestParser): Expression {
  const operands = [parseAll(cursor, test)];
  while (cursor.accept('||')) operands.push(parseAll(cursor, test));
  return operands.length === 1 ? operands[0]! : { kind: 'or', operands };
}

function parseAll(cursor: Cursor, test: TestParser): Expression {
  const operands = [parseTerm(cursor, test)];
  while (cursor.accept('&&')) operands.push(parseTerm(cursor, test));
  return operands.length === 1 ? operands[0]! : { kind: 'and', operands };
}

/** A term, and the space behind it. */
function parseTerm(cursor: Cursor, test: TestParser): Expression {
  let inverted = false;
  for (cursor.skipSpace(); cursor.sees('!') && !cursor.sees('!=') && !cursor.sees('!~'); cursor.skipSpace()) {
    cursor.at++;
    inverted = !inverted;
  }
  const operand = cursor.sees('(') ? cursor.nested(() => parseGroup(cursor, test)) : test();
  cursor.skipSpace();
  return inverted ? { kind: 'not', operand } : operand;
}

function parseGroup(cursor: Cursor, test: TestParser): Expression {
  const open = cursor.here();
  cursor.at++;
  const inner = parseAny(cursor, test);
  if (cursor.accept(')')) return inner;
  if (cursor.atEnd) throw cursor.error('syntax', "a '(' that is not closed", open);
  throw cursor.expected("'&&', '||' or ')'");
}
