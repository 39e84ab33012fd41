// The files that are printed from the table of instructions are the ones that are committed.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as rows from '../src/ebpf/rows.js';

const root = new URL('../', import.meta.url);
const { generated } = (await import(new URL('scripts/gen.mjs', root).href)) as {
  generated(table: typeof rows): Record<string, string>;
};

it.each(Object.entries(generated(rows)))('%s is what npm run gen prints', (path, text) => {
  expect(readFileSync(new URL(path, root), 'utf8')).toBe(text);
});
