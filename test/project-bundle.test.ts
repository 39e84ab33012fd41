// The command line starts from one file (scripts/bundle.mjs); what it leaves for later is there too.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const bundle = ['main.js', 'rest.js'].map((name) => [name, readFileSync(`dist/cli/${name}`, 'utf8')] as const);

describe.each(bundle)('dist/cli/%s', (_, text) => {
  it('loads nothing of ours but the loader of the native part', () => {
    const imported = [...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from!);
    expect(imported.filter((from) => from.startsWith('.') && from !== '../../lib/native.js')).toEqual([]);
  });

  it('has every module that it asks for', () => {
    const all = new Set(bundle.flatMap(([, code]) => [...code.matchAll(/^"(.+\.js)": \(/gm)].map(([, path]) => path!)));
    const asked = [...text.matchAll(/\$(?:load|import)\("(.+?)"\)/g)].map(([, path]) => path!);
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((path) => !all.has(path))).toEqual([]);
  });
});
