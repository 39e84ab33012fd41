// The errors of reading and writing: what the system said, and what is wrong with a file, each with its byte.

import { getSystemErrorMap } from 'node:util';
import { BpfError } from '../base/error.js';

/** An error that came from the system, such as `cannot read 'in.pcap': permission denied`. */
export function systemFault(what: string, cause: unknown): BpfError {
  return new BpfError('io', `${what}: ${systemReason(cause)}`, { cause });
}

/** A file that is not what its format wants; `offset` is where, in bytes from its start (after decompression). */
export function damage(name: string, offset: number, what: string): BpfError {
  return new BpfError('io', `'${name}' is damaged at byte ${offset}: ${what}`);
}

/** A file that ends inside something. */
export function truncation(name: string, offset: number, what: string, want: number, got: number): BpfError {
  return new BpfError('io', `'${name}' is cut short: ${what} at byte ${offset} needs ${want} bytes, found ${got}`);
}

/** A file that ends inside something whose length isn't known. */
export function cutShort(name: string, offset: number, what: string): BpfError {
  return new BpfError('io', `'${name}' is cut short: ${what} ends too early, at byte ${offset}`);
}

/** What the system said, in words: `no space left on device`. */
function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = 'errno' in error && typeof error.errno === 'number' ? getSystemErrorMap().get(error.errno) : undefined;
  return known?.[1] ?? error.message;
}
