// An event as text: by its `print fmt`, or where that can't be read, field by field.

import { toHex } from '../../base/hex.js';
import type { EventField, EventFormat } from '../../event/format.js';
import { type CExpression, type PrintFormat, parsePrintFormat } from './c-expression.js';
import { type CValue, printf } from './printf.js';

/** @returns what makes the text of a record of the format */
export function renderer(format: EventFormat): (record: Uint8Array) => string {
  const parsed = format.print === undefined ? undefined : parsePrintFormat(format.print);
  const plain = (record: Uint8Array): string => fieldByField(format, record);
  if (parsed === undefined) return plain;
  return (record) => printed(parsed, format, record) ?? plain(record);
}

function printed({ format: text, values }: PrintFormat, format: EventFormat, record: Uint8Array): string | undefined {
  const given = values.map((value) => evaluate(value, { format, record }));
  return given.includes(undefined) ? undefined : printf(text, given);
}

/** The fields of the event's own: `pid=12 comm=bash`. */
function fieldByField(format: EventFormat, record: Uint8Array): string {
  return format.fields
    .filter(({ common }) => !common)
    .map((field) => `${field.name}=${shown(fieldValue(field, record))}`)
    .join(' ');
}

function shown(value: CValue): string {
  return value instanceof Uint8Array ? toHex(value) : String(value ?? '?');
}

/** A record's fields for programs: numbers that are safe as such, others as text. */
export function fieldsOf(format: EventFormat, record: Uint8Array): Record<string, string | number> {
  return Object.fromEntries(
    format.fields.map((field) => {
      const value = fieldValue(field, record);
      if (typeof value !== 'bigint') return [field.name, shown(value)];
      const isSafe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
      return [field.name, isSafe ? Number(value) : String(value)];
    }),
  );
}

/** A number, a text, or the bytes of anything else. */
function fieldValue({ kind, type, offset, size, signed }: EventField, record: Uint8Array): CValue {
  const bytes = record.subarray(offset, offset + size);
  const from = type.includes('__rel_loc') ? offset + size : 0;
  switch (kind) {
    case 'text':
      return textOf(bytes);
    case 'located-text':
    case 'relative-text': {
      const part = located(record, offset, from);
      return part && textOf(part);
    }
    case 'processors':
      return located(record, offset, from);
    case 'number':
    case 'pointer-text':
      if (/__(?:data|rel)_loc/.test(type)) return located(record, offset, from);
      return type.includes('[') || size > 8 || bytes.length < size ? bytes : integer(bytes, signed);
  }
}

function located(record: Uint8Array, offset: number, from: number): Uint8Array | undefined {
  if (offset + 4 > record.length) return undefined;
  const place = new DataView(record.buffer, record.byteOffset).getUint32(offset, true);
  const start = from + (place & 0xffff);
  const end = start + (place >>> 16);
  return end <= record.length ? record.subarray(start, end) : undefined;
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString();
}

function integer(bytes: Uint8Array, signed: boolean): bigint {
  const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return signed ? BigInt.asIntN(bytes.length * 8, value) : value;
}

// ---- expressions -----------------------------------------------------------------------------------------------------

interface Event {
  readonly format: EventFormat;
  readonly record: Uint8Array;
}

function evaluate(expression: CExpression, event: Event): CValue {
  switch (expression.kind) {
    case 'number':
    case 'text':
      return expression.value;
    case 'list':
      return undefined;
    case 'field': {
      const field = event.format.fields.find(({ name }) => name === expression.name);
      return field && fieldValue(field, event.record);
    }
    case 'call':
      return functions.get(expression.name)?.(expression.items, event);
    case 'unary':
      return unary(expression.sign, evaluate(expression.operand, event));
    case 'binary':
      return binary(expression.sign, evaluate(expression.left, event), evaluate(expression.right, event));
    case 'index':
      return element(expression.array, evaluate(expression.index, event), event);
    case 'choice':
      return evaluate(evaluate(expression.test, event) === 0n ? expression.no : expression.yes, event);
  }
}

function unary(sign: string, value: CValue): CValue {
  if (typeof value !== 'bigint') return undefined;
  switch (sign) {
    case '-':
      return -value;
    case '~':
      return ~value;
    case '!':
      return value === 0n ? 1n : 0n;
    default:
      return value;
  }
}

function binary(sign: string, a: CValue, b: CValue): CValue {
  if (typeof a !== 'bigint' || typeof b !== 'bigint') return undefined;
  const truth = (holds: boolean): bigint => (holds ? 1n : 0n);
  switch (sign) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? undefined : a / b;
    case '%':
      return b === 0n ? undefined : a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << (b & 63n);
    case '>>':
      return a >> (b & 63n);
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '<=':
      return truth(a <= b);
    case '>':
      return truth(a > b);
    case '>=':
      return truth(a >= b);
    case '&&':
      return truth(a !== 0n && b !== 0n);
    default:
      return truth(a !== 0n || b !== 0n);
  }
}

/** An element of a field that is an array: the type tells how many there are. */
function element(array: CExpression, index: CValue, { format, record }: Event): CValue {
  const field = array.kind === 'field' ? format.fields.find(({ name }) => name === array.name) : undefined;
  const count = Number(/\[(\d+)\]/.exec(field?.type ?? '')?.[1] ?? 0);
  if (field === undefined || typeof index !== 'bigint' || index < 0n || index >= BigInt(count)) return undefined;
  const size = field.size / count;
  const start = field.offset + Number(index) * size;
  return integer(record.subarray(start, start + size), field.signed);
}

// ---- what the kernel offers to formats -------------------------------------------------------------------------------

type CFunction = (items: readonly CExpression[], event: Event) => CValue;

const functions: ReadonlyMap<string, CFunction> = new Map<string, CFunction>([
  ['__get_str', first],
  ['__get_rel_str', first],
  ['__get_cpumask', ([item], event) => hexOf(item && evaluate(item, event))],
  ['__get_dynamic_array_len', ([item], event) => lengthOf(item, event)],
  ['__builtin_expect', first],
  ['__print_symbolic', symbolic],
  ['__print_symbolic64', symbolic],
  ['__print_flags', flags],
  ['__print_flags64', flags],
  ['__print_hex', ([item], event) => hexOf(item && evaluate(item, event), ' ')],
  ['__print_hex_str', ([item], event) => hexOf(item && evaluate(item, event))],
]);

function first([item]: readonly CExpression[], event: Event): CValue {
  return item && evaluate(item, event);
}

function hexOf(value: CValue, separator = ''): CValue {
  if (!(value instanceof Uint8Array)) return undefined;
  return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(separator);
}

function lengthOf(item: CExpression | undefined, { format, record }: Event): CValue {
  const field = item?.kind === 'field' ? format.fields.find(({ name }) => name === item.name) : undefined;
  if (field === undefined || field.offset + 4 > record.length) return undefined;
  return BigInt(new DataView(record.buffer, record.byteOffset).getUint16(field.offset + 2, true));
}

/** The name of a value, or the value in hexadecimal. */
function symbolic([item, ...pairs]: readonly CExpression[], event: Event): CValue {
  const value = item && evaluate(item, event);
  if (typeof value !== 'bigint') return undefined;
  const found = namesOf(pairs, event).find(([each]) => each === value);
  return found === undefined ? hexadecimal(value) : found[1];
}

/** The names of the bits of a value, and what is left of it in hexadecimal. */
function flags([item, delimiter, ...pairs]: readonly CExpression[], event: Event): CValue {
  const value = item && evaluate(item, event);
  const between = delimiter && evaluate(delimiter, event);
  if (typeof value !== 'bigint' || typeof between !== 'string') return undefined;
  const parts: string[] = [];
  let rest = value;
  for (const [mask, name] of namesOf(pairs, event)) {
    if (rest === 0n || mask === 0n || (rest & mask) !== mask) continue;
    parts.push(name);
    rest &= ~mask;
  }
  if (rest !== 0n) parts.push(hexadecimal(rest));
  return parts.join(between);
}

function hexadecimal(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function namesOf(pairs: readonly CExpression[], event: Event): (readonly [bigint, string])[] {
  return pairs.flatMap((pair) => {
    const [value, name] = pair.kind === 'list' ? pair.items.map((item) => evaluate(item, event)) : [];
    return typeof value === 'bigint' && typeof name === 'string' ? [[value, name] as const] : [];
  });
}
