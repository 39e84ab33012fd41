// The files that are printed from the table of instructions are the ones that are committed.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { encode } from '../src/ebpf/encode.js';
import { sections } from '../src/ebpf/forms.js';
import { printInsn } from '../src/ebpf/print.js';
import * as rows from '../src/ebpf/rows.js';

const root = new URL('../', import.meta.url);
const { generated } = (await import(new URL('scripts/gen.mjs', root).href)) as {
  generated(ebpf: object): Record<string, string>;
};

const ebpf = { rows, sections, encode, printInsn };

it.each(Object.entries(generated(ebpf)))('%s is what npm run gen prints', (path, text) => {
  expect(readFileSync(new URL(path, root), 'utf8')).toBe(text);
});
