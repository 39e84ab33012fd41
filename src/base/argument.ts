// The doors of the library: JavaScript passes what the types forbid, and a filter that isn't text must not match everything.

import { BpfError } from './error.js';

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

function kindOf(value: unknown): string {
  if (typeof value !== 'object') return typeof value;
  return value === null ? 'null' : (value.constructor?.name ?? 'object');
}
