// The plain meaning of a filter: its tree, walked over one record. It is what the compiled program is compared with, and is
// never made faster.

import type {
  BitsTest,
  ComparisonTest,
  Expression,
  NumberSource,
  NumberTest,
  Order,
  ProcessorsTest,
  RangesTest,
  TextSource,
  Value,
} from './ast.js';
import type { EventFormat } from './format.js';
import type { GlobToken, Pattern } from './pattern.js';
import { type EventOrigin, locate, locatedSources, prefixBytes } from './record.js';

/**
 * Whether a record matches. One that is shorter than its format, or whose located values lie outside, matches nothing.
 */
export function evaluateEvent(
  expression: Expression,
  format: EventFormat,
  record: Uint8Array,
  origin: EventOrigin = {},
): boolean {
  const memory = { record: viewOf(record), prefix: viewOf(prefixBytes(origin)) };
  if (record.length < format.size) return false;
  if (locatedSources(expression).some((source) => locate(memory.record, source) === undefined)) return false;
  return holds(expression, memory);
}

interface Memory {
  readonly record: DataView;
  readonly prefix: DataView;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function holds(expression: Expression, memory: Memory): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.operands.every((operand) => holds(operand, memory));
    case 'or':
      return expression.operands.some((operand) => holds(operand, memory));
    case 'not':
      return !holds(expression.operand, memory);
    case 'constant':
      return expression.value;
    case 'number':
      return numberHolds(expression, memory);
    case 'bits':
      return bitsHold(expression, memory);
    case 'ranges':
      return rangesHold(expression, memory);
    case 'text':
      return matches(expression.pattern, textOf(expression.source, memory));
    case 'processors':
      return processorsHold(expression, memory);
    case 'comparison':
      return comparisonHolds(expression, memory);
  }
}

// ---- numbers ---------------------------------------------------------------------------------------------------------

function numberHolds({ source, order, value }: NumberTest, memory: Memory): boolean {
  return inOrder(numberOf(source, memory), order, value);
}

function bitsHold({ source, mask }: BitsTest, memory: Memory): boolean {
  return (BigInt.asUintN(64, numberOf(source, memory)) & mask) !== 0n;
}

function rangesHold({ source, ranges }: RangesTest, memory: Memory): boolean {
  const value = numberOf(source, memory);
  return ranges.some(([low, high]) => low <= value && value <= high);
}

function numberOf({ in: where, offset, size, signed }: NumberSource, memory: Memory): bigint {
  const view = memory[where];
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(view.getUint8(offset + i));
  return signed ? BigInt.asIntN(size * 8, value) : value;
}

function inOrder(a: bigint, order: Order, b: bigint): boolean {
  switch (order) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

// ---- arithmetic ------------------------------------------------------------------------------------------------------

function comparisonHolds({ order, left, right }: ComparisonTest, memory: Memory): boolean {
  const unsigned = left.unsigned || right.unsigned;
  const of = (value: Value) => taken(calculate(value, memory), unsigned);
  return inOrder(of(left), order, of(right));
}

/** 64 bits as a number. */
function taken(bits: bigint, unsigned: boolean): bigint {
  return unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits);
}

/** The value, of which the low 64 bits count. */
function calculate(value: Value, memory: Memory): bigint {
  switch (value.kind) {
    case 'constant':
      return value.value;
    case 'field':
      return numberOf(value.source, memory);
    case 'negative':
      return -calculate(value.operand, memory);
    case 'arithmetic': {
      const of = (operand: Value) => taken(calculate(operand, memory), value.unsigned);
      return operate(of(value.left), value.sign, of(value.right));
    }
  }
}

/** By 0 a division yields 0, and a remainder is the number itself. Shifts take the low 6 bits of their amount. */
function operate(a: bigint, sign: string, b: bigint): bigint {
  switch (sign) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? 0n : a / b;
    case '%':
      return b === 0n ? a : a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << (b & 63n);
    default:
      return a >> (b & 63n);
  }
}

// ---- text ------------------------------------------------------------------------------------------------------------

function textOf(source: TextSource, memory: Memory): Uint8Array {
  const view = memory[source.kind === 'located' ? 'record' : source.in];
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (source.kind === 'fixed') return bytes.subarray(source.offset, source.offset + source.size);
  const { start, end } = locate(view, source)!;
  return bytes.subarray(start, end);
}

/** A located text of no bytes is an empty one. */
function matches(pattern: Pattern, text: Uint8Array): boolean {
  return compared(pattern, text.length === 0 ? Uint8Array.of(0) : text) !== pattern.negated;
}

function compared(pattern: Pattern, text: Uint8Array): boolean {
  switch (pattern.kind) {
    case 'full':
      return startsWith(text, Uint8Array.of(...pattern.bytes, 0).subarray(0, text.length));
    case 'front':
      return startsWith(text, pattern.bytes);
    case 'end':
      return pattern.bytes.length < text.length && endsWith(text.subarray(0, -1), pattern.bytes);
    case 'middle':
      return Buffer.from(text).includes(Buffer.from(pattern.bytes));
    case 'glob':
      return globMatches(pattern.tokens, beforeZero(text));
  }
}

function startsWith(text: Uint8Array, bytes: Uint8Array): boolean {
  return bytes.length <= text.length && bytes.every((byte, i) => text[i] === byte);
}

function endsWith(text: Uint8Array, bytes: Uint8Array): boolean {
  return startsWith(text.subarray(text.length - bytes.length), bytes);
}

function beforeZero(text: Uint8Array): Uint8Array {
  const end = text.indexOf(0);
  return end < 0 ? text : text.subarray(0, end);
}

/** On a mismatch behind a star, the star takes one byte more. */
function globMatches(tokens: readonly GlobToken[], text: Uint8Array): boolean {
  let [token, at] = [0, 0];
  let retry: { readonly token: number; at: number } | undefined;
  for (;;) {
    const wanted = tokens[token];
    if (wanted === undefined && at === text.length) return true;
    if (wanted?.kind === 'star') {
      token++;
      retry = { token, at };
    } else if (wanted !== undefined && at < text.length && ((wanted.bytes >> BigInt(text[at]!)) & 1n) === 1n) {
      token++;
      at++;
    } else {
      if (retry === undefined || retry.at >= text.length) return false;
      retry.at++;
      [token, at] = [retry.token, retry.at];
    }
  }
}

// ---- processors ------------------------------------------------------------------------------------------------------

function processorsHold({ source, order, mask }: ProcessorsTest, memory: Memory): boolean {
  const { start, end } = locate(memory.record, source)!;
  let found = 0n;
  for (let at = end - 1; at >= start; at--) found = (found << 8n) | BigInt(memory.record.getUint8(at));
  if (order === '&') return (found & mask) !== 0n;
  return (found === mask) === (order === '==');
}
