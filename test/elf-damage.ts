// A whole object, what becomes of it when some of its bytes are others, and what is said of that: for the tests of faults, which stand
// by the part of the object that is wrong (elf-file-faults, elf-symbol-faults …).

import { expect } from 'vitest';
import type { BpfError } from '../src/base/error.js';
import { readElf } from '../src/elf/read.js';
import { Fields, placeOf } from './elf-writer.js';
import {
  type FunctionDescription,
  type MapDescription,
  type ObjectDescription,
  object,
  relocations,
} from './objects.js';

export function errorOf(read: () => unknown): BpfError {
  try {
    read();
  } catch (error) {
    return error as BpfError;
  }
  throw new Error('nothing was thrown');
}

const main: FunctionDescription = {
  name: 'main',
  section: 'xdp',
  code: 'r1 = 0 ll; call pc-1; exit',
  refers: [
    { slot: 0, to: 'counts' },
    { slot: 2, to: 'helper', type: relocations.call },
  ],
};
const helper: FunctionDescription = { name: 'helper', section: '.text', code: 'r0 = 1; exit', isLocal: true };
const counts: MapDescription = { name: 'counts', numbers: { type: 2, key_size: 4, value_size: 8, max_entries: 4 } };
const lines = { xdp: [{ offset: 0, file: 'a.c', text: 'x', line: 1, column: 1 }] };
const whole: ObjectDescription = { functions: [main, helper], maps: [counts], lines, license: 'GPL' };
export const bytes = object(whole);

/** What is wrong, the damaged object, and what is said of it. */
export type Damage = [what: string, damaged: Uint8Array, code: BpfError['code'], message: string];

export function isTold(...[_, damaged, code, message]: Damage): void {
  const error = errorOf(() => readElf(damaged));
  expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
}

/** The object with some of its fields changed. */
export function changed(change: (fields: Fields, at: typeof place) => void): Uint8Array {
  const copy = Uint8Array.from(bytes);
  change(new Fields(0, 'little', copy), place);
  return copy;
}

function place(name: string, offset = 0): number {
  return placeOf(bytes, name).content + offset;
}

export function header(name: string, offset: number): number {
  return placeOf(bytes, name).header + offset;
}
