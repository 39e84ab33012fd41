// The text or the bytes of a program, from a file or from standard input.

import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { BpfError } from '../base/error.js';
import { systemFault } from '../capture/fault.js';

/**
 * Reads a file and what is written in it; a mistake in it is told with the file's name.
 * @param path '-' is standard input
 */
export async function readProgram<T>(path: string, parse: (source: string) => T): Promise<T> {
  return await readProgramBytes(path, (bytes) => parse(new TextDecoder().decode(bytes)));
}

/** The same of a file that may hold a program's bytes as they are. */
export async function readProgramBytes<T>(path: string, parse: (bytes: Uint8Array) => T): Promise<T> {
  const bytes = path === '-' ? await buffer(process.stdin) : readFile(path);
  return naming(nameOf(path), () => parse(bytes));
}

/** What is thrown of a program is told with the name of its file. */
export function naming<T>(name: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof BpfError ? named(error, name) : error;
  }
}

/** What messages call a file. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** The error, told of a file; it stays the kind of error that it is, and of a file that it names itself. */
export function named(error: BpfError, name: string): BpfError {
  const { place } = error;
  return place === undefined || place.name !== undefined ? error : error.at({ ...place, name });
}

/** @throws BpfError 'io' when it can't be read */
export function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw systemFault(`cannot read '${path}'`, error);
  }
}
