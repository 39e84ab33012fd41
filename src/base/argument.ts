// The doors of the library: JavaScript passes what the types forbid, and a filter that isn't text must not match everything.

import { BpfError } from './error.js';
import { nearest } from './nearest.js';

/** @param what is expected, with its article: `a filter`; @throws BpfError 'usage' unless the value is a string */
export function expectText(value: unknown, what: string): void {
  if (typeof value !== 'string') throw new BpfError('usage', `expected ${what} as text, got ${kindOf(value)}`);
}

/** @throws BpfError 'usage' unless the value is a Uint8Array */
export function expectBytes(value: unknown, what: string): void {
  if (!(value instanceof Uint8Array)) {
    throw new BpfError('usage', `expected ${what} as a Uint8Array, got ${kindOf(value)}`);
  }
}

/**
 * @param what is expected, with its article; default the name of the class: `a Program`
 * @throws BpfError 'usage' unless the value is of the class
 */
export function expectInstance(value: unknown, type: abstract new (...parts: never[]) => object, what?: string): void {
  if (!(value instanceof type))
    throw new BpfError('usage', `expected ${what ?? `a ${type.name}`}, got ${kindOf(value)}`);
}

/** @throws BpfError 'usage' unless the value is a plain object, or something that can be asked for parts as one */
export function expectObject(value: unknown, what: string): asserts value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BpfError('usage', `expected ${what} as an object, got ${kindOf(value)}`);
  }
}

/** @throws BpfError 'usage' unless the value is one of the words; there is no falling back on another one */
export function expectWord<W extends string>(value: W, words: readonly W[], what: string): W {
  if (words.includes(value)) return value;
  const known = words.map((word) => `'${word}'`).join(', ');
  const suggestion = typeof value === 'string' ? nearest(value, words) : undefined;
  throw new BpfError('usage', `expected ${what} as one of ${known}, got ${shown(value)}`, { suggestion });
}

/** @throws BpfError 'usage' unless the value is an array */
export function expectArray(value: unknown, what: string): void {
  if (!Array.isArray(value)) throw new BpfError('usage', `expected ${what} as an array, got ${kindOf(value)}`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : kindOf(value);
}

/** What a value is, for messages: `number`, `null`, `Uint8Array`. */
export function kindOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value;
  return value === null ? 'null' : (value.constructor?.name ?? 'object');
}
