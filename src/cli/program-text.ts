// The text of a program, from a file or from standard input.

import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { BpfError } from '../base/error.js';
import { systemFault } from '../capture/fault.js';

/**
 * Reads a file and what is written in it; a mistake in it is told with the file's name.
 * @param path '-' is standard input
 */
export async function readProgram<T>(path: string, parse: (source: string) => T): Promise<T> {
  const source = path === '-' ? await text(process.stdin) : readFile(path);
  try {
    return parse(source);
  } catch (error) {
    if (!(error instanceof BpfError) || error.place === undefined) throw error;
    throw error.at({ ...error.place, name: path === '-' ? 'standard input' : path });
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw systemFault(`cannot read '${path}'`, error);
  }
}
