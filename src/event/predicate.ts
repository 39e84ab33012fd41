// One predicate as Linux reads it: a field, a sign, a constant. Mistakes are found in Linux's order, each with its place.
//
//   FIELD[.ustring][.function] (~ | != | == | <= | < | >= | > | &) (NUMBER | 'TEXT' | CPUS{LIST} | FUNCTION)

import type { Span } from '../base/error.js';
import type { NumberSource, Test } from './ast.js';
import { parseProcessors } from './cpulist.js';
import type { Cursor } from './cursor.js';
import { findField, isText, type NamedField, nearestField, numberOf, textOf } from './fields.js';
import { cut, fits, integerOf } from './number.js';
import { globPattern, literalPattern } from './pattern.js';
import type { Reading } from './reading.js';

/** In the order in which Linux looks for them. */
const signs = ['~', '!=', '==', '<=', '<', '>=', '>', '&'] as const;
export type Sign = (typeof signs)[number];

/** The longest pattern and the longest number, in bytes. */
const textLimit = 255;
const numberLimit = 23;

export interface Subject extends Span {
  readonly field: NamedField;
  /** `.function`: the number is an address of a function. */
  readonly isFunction: boolean;
}

export function parsePredicate(reading: Reading): Test {
  const { cursor } = reading;
  cursor.skipSpace();
  const subject = parseSubject(reading);
  cursor.skipSpace();
  return parseTest(reading, subject, parseSign(cursor, subject));
}

/** A field by its name. */
export function parseSubject({ cursor, format }: Reading): Subject {
  const start = cursor.at;
  const name = cursor.take(/[A-Za-z0-9_]*/y);
  if (name === '') throw cursor.expected('the name of a field');
  const span = { start, end: cursor.at };
  const field = findField(format, name);
  if (field === undefined) {
    throw cursor.error('name', `event '${format.name}' has no field '${name}'`, span, nearestField(format, name));
  }
  cursor.accept('.ustring');
  const isFunction = cursor.accept('.function');
  return { field, isFunction, ...span };
}

function parseSign(cursor: Cursor, { field }: Subject): Sign {
  const sign = signs.find((each) => cursor.sees(each));
  if (sign === undefined) {
    throw cursor.expected(`one of ${signs.join(' ')} behind field '${field.name}' (${field.type})`);
  }
  cursor.at += sign.length;
  return sign;
}

/** What is behind the sign. */
export function parseTest(reading: Reading, subject: Subject, sign: Sign): Test {
  const { cursor } = reading;
  cursor.skipSpace();
  if (subject.isFunction) return parseFunction(reading, subject, sign);
  if (cursor.sees('CPUS')) return parseProcessorList(reading, subject, sign);
  if (cursor.sees('"') || cursor.sees("'")) return parseText(reading, subject, sign);
  if (/[-0-9]/.test(cursor.source[cursor.at] ?? '')) return parseNumber(reading, subject, sign);
  throw cursor.expected(
    isText(subject.field)
      ? `a text in quotes for field '${subject.field.name}' (${subject.field.type})`
      : `a number for field '${subject.field.name}' (${subject.field.type})`,
  );
}

// ---- numbers ---------------------------------------------------------------------------------------------------------

function parseNumber(reading: Reading, subject: Subject, sign: Sign): Test {
  const { cursor } = reading;
  const { field } = subject;
  const start = cursor.at;
  const text = cursor.take(/-?[A-Za-z0-9]*/y);
  const span = { start, end: Math.max(cursor.at, start + 1) };
  if (isText(field)) {
    throw cursor.error('type', `field '${field.name}' is text (${field.type}): compare it with a text in quotes`, span);
  }
  if (sign === '~') throw cursor.error('type', `'~' is for text, and field '${field.name}' is ${field.type}`, span);
  if (text.length > numberLimit) throw cursor.error('range', `a number of more than ${numberLimit} characters`, span);
  const value = integerOf(text);
  if (value === undefined) throw cursor.error('syntax', `expected a number, found '${text}'`, span);
  if (!fits(value, text, field.signed)) {
    const kind = field.signed ? 'a signed' : 'an unsigned';
    throw cursor.error('range', `field '${field.name}' (${field.type}) takes ${kind} number of 64 bits`, span);
  }
  return numberTest(reading, subject, sign, value, span);
}

/** A field compared with a number, of which only what fits into the field counts. */
export function numberTest(
  { warn }: Reading,
  { field, start }: Subject,
  sign: Exclude<Sign, '~'>,
  value: bigint,
  span: Span,
): Test {
  const whole = { start, end: span.end };
  const source = numberOf(field);
  if (source === undefined) {
    warn(`field '${field.name}' (${field.type}) is no number: nothing matches`, whole);
    return { kind: 'constant', value: false, ...whole };
  }
  const isBits = sign === '&';
  if (isBits && field.role === 'processor') {
    warn("'&' of the processor with a number never matches: use CPUS{…}", whole);
    return { kind: 'constant', value: false, ...whole };
  }
  const kept = cut(value, source.size, source.signed);
  if (kept !== value && !(isBits && value >= 0n && BigInt.asUintN(source.size * 8, value) === value)) {
    warn(`of ${value} only ${kept} is left in field '${field.name}' (${field.type}, ${source.size} bytes)`, span);
  }
  if (isBits) return { kind: 'bits', source, mask: BigInt.asUintN(source.size * 8, value), ...whole };
  return { kind: 'number', source, order: sign, value: kept, ...whole };
}

// ---- text ------------------------------------------------------------------------------------------------------------

function parseText(reading: Reading, subject: Subject, sign: Sign): Test {
  const { cursor } = reading;
  const { field } = subject;
  const start = cursor.at;
  const quote = cursor.source[start]!;
  const end = cursor.source.indexOf(quote, start + 1);
  const span = { start, end: end < 0 ? cursor.source.length : end + 1 };
  if (sign !== '~' && sign !== '==' && sign !== '!=') {
    throw cursor.error('type', `a text can be compared by == != and ~, not by '${sign}'`, span);
  }
  if (!isText(field)) {
    throw cursor.error('type', `field '${field.name}' is no text (${field.type}): compare it with a number`, span);
  }
  if (end < 0) throw cursor.error('syntax', `a text without its closing ${quote}`, span);
  cursor.at = end + 1;
  return textTest(reading, subject, sign, { text: cursor.source.slice(start + 1, end), ...span });
}

export function textTest(
  { cursor, warn }: Reading,
  { field, start }: Subject,
  sign: '~' | '==' | '!=',
  { text, ...span }: Span & { readonly text: string },
): Test {
  const whole = { start, end: span.end };
  const size = Buffer.byteLength(text);
  if (size > textLimit) throw cursor.error('range', `a text of ${size} bytes; ${textLimit} are the most`, span);
  const source = textOf(field);
  if (source === undefined) {
    warn(`field '${field.name}' (${field.type}) is an address, whose memory isn't read: nothing matches`, whole);
    return { kind: 'constant', value: false, ...whole };
  }
  const pattern = sign === '~' ? globPattern(text) : literalPattern(text, sign === '!=');
  return { kind: 'text', source, pattern, ...whole };
}

// ---- processors ------------------------------------------------------------------------------------------------------

function parseProcessorList(reading: Reading, { field, start }: Subject, sign: Sign): Test {
  const { cursor, processors } = reading;
  const at = cursor.here();
  if (isText(field) || field.role === 'stack') {
    throw cursor.error('type', `field '${field.name}' (${field.type}) can't be compared with processors`, at);
  }
  if (sign !== '==' && sign !== '!=' && sign !== '&') {
    throw cursor.error('type', `CPUS{…} can be compared by == != and &, not by '${sign}'`, at);
  }
  cursor.at += 'CPUS'.length;
  if (!cursor.accept('{')) throw cursor.expected("'{' behind CPUS");
  const begin = cursor.at;
  const list = cursor.take(/[^}]*/y);
  if (!cursor.accept('}')) throw cursor.expected("'}' behind the processors");
  const span = { start: begin, end: Math.max(begin + 1, cursor.at - 1) };
  const mask = list === '' ? undefined : parseProcessors(list, processors);
  if (mask === undefined) {
    throw cursor.error('syntax', `expected a list of processors below ${processors} as 0-3,8, found '${list}'`, span);
  }
  return processorsTest(field, sign, mask, { start, end: cursor.at }, processors);
}

function processorsTest(
  field: NamedField,
  sign: '==' | '!=' | '&',
  mask: bigint,
  span: Span,
  processors: number,
): Test {
  if (field.kind === 'processors') {
    const source = { kind: 'located', offset: field.offset, from: 0 } as const;
    return { kind: 'processors', source, order: sign, mask, ...span };
  }
  const source = numberOf(field);
  if (source === undefined) return { kind: 'constant', value: false, ...span };
  const single = onlyBit(mask);
  if (single !== undefined) {
    const value = cut(BigInt(single), source.size, source.signed);
    return { kind: 'number', source, order: sign === '!=' ? '!=' : '==', value, ...span };
  }
  return manyProcessors(source, sign, mask, span, field.role === 'processor' ? undefined : processors);
}

/**
 * A number beside a set that has not exactly one processor: it never equals that.
 * @param processors what a number of the record has to be below
 */
function manyProcessors(
  source: NumberSource,
  sign: '==' | '!=' | '&',
  mask: bigint,
  span: Span,
  processors: number | undefined,
): Test {
  if (sign === '==') return { kind: 'constant', value: false, ...span };
  const unsigned = { ...source, signed: false };
  if (sign === '&') return { kind: 'ranges', source: low32(unsigned), ranges: rangesOf(mask), ...span };
  if (processors === undefined) return { kind: 'constant', value: true, ...span };
  return { kind: 'ranges', source: low32(unsigned), ranges: [[0n, BigInt(processors - 1)]], ...span };
}

/** Linux takes the low 32 bits for the number of a processor. */
function low32(source: NumberSource): NumberSource {
  return source.size === 8 ? { ...source, size: 4 } : source;
}

function onlyBit(mask: bigint): number | undefined {
  return mask !== 0n && (mask & (mask - 1n)) === 0n ? mask.toString(2).length - 1 : undefined;
}

function rangesOf(mask: bigint): (readonly [bigint, bigint])[] {
  const ranges: [bigint, bigint][] = [];
  const bits = [...mask.toString(2)].reverse();
  for (const [i, bit] of bits.entries()) {
    const last = ranges.at(-1);
    if (bit === '0') continue;
    if (last !== undefined && last[1] === BigInt(i - 1)) last[1] = BigInt(i);
    else ranges.push([BigInt(i), BigInt(i)]);
  }
  return ranges;
}

// ---- functions -------------------------------------------------------------------------------------------------------

function parseFunction(reading: Reading, { field, start }: Subject, sign: Sign): Test {
  const { cursor } = reading;
  const at = cursor.here();
  const source = numberOf(field);
  if (source?.size !== 8) {
    throw cursor.error('type', `'.function' is for addresses of 8 bytes, and '${field.name}' is ${field.type}`, at);
  }
  if (sign !== '==' && sign !== '!=') {
    throw cursor.error('type', `a function can be compared by == and !=, not by '${sign}'`, at);
  }
  const begin = cursor.at;
  const isNumber = /[0-9]/.test(cursor.source[begin] ?? '');
  const name = cursor.take(isNumber ? /[A-Za-z0-9]*/y : /[^ \t\n\v\f\r]*/y);
  const span = { start: begin, end: cursor.at };
  const [low, high] = functionRange(reading, name, isNumber, span);
  const whole = { start, end: cursor.at };
  const inside = [[low, high]] as const;
  const outside = [...(low > 0n ? [[0n, low - 1n] as const] : []), [high + 1n, (1n << 64n) - 1n] as const];
  const unsigned = { ...source, signed: false };
  return { kind: 'ranges', source: unsigned, ranges: sign === '==' ? inside : outside, ...whole };
}

/** The first and the last address of a function. */
function functionRange({ cursor, functions }: Reading, name: string, isNumber: boolean, span: Span): [bigint, bigint] {
  const address = isNumber ? integerOf(name) : undefined;
  if (isNumber && address === undefined) throw cursor.error('syntax', `expected a number, found '${name}'`, span);
  if (!isNumber && !/^[\w.$]+$/.test(name)) throw cursor.error('name', `there is no function '${name}'`, span);
  if (functions === undefined) {
    throw cursor.error('unsupported', `the addresses of functions are not known here: '${name}'`, span);
  }
  const found = functions(address ?? name);
  if (found === undefined) throw cursor.error('name', `there is no function '${name}'`, span);
  return [found.address, found.address + found.size - 1n];
}
