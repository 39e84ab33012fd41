// The command line starts from one file (scripts/bundle.mjs); what it leaves for later is there too.

import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';

const read = (name: string) => [name, readFileSync(`dist/cli/${name}`, 'utf8')] as const;
const bundle = ['code.js', 'rest.js'].map(read);

describe.each(['main.js', 'rest.js'].map(read))('dist/cli/%s', (_, text) => {
  it('loads nothing of ours but the loader of the native part', () => {
    const imported = [...text.matchAll(/^import .* from "(.*)";$/gm)].map(([, from]) => from!);
    expect(imported.length).toBeGreaterThan(3);
    expect(imported.filter((from) => from.startsWith('.') && from !== '../../lib/native.js')).toEqual([]);
  });
});

describe.each(bundle)('dist/cli/%s', (_, text) => {
  it('has every module that it asks for', () => {
    const all = new Set(bundle.flatMap(([, code]) => [...code.matchAll(/^"(.+\.js)": \(/gm)].map(([, path]) => path!)));
    const asked = [...text.matchAll(/\$(?:load|import)\("(.+?)"\)/g)].map(([, path]) => path!);
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((path) => !path.startsWith('node:') && !all.has(path))).toEqual([]);
  });

  it('imports nothing itself, which a script cannot', () => {
    expect(text.match(/(?<!\$)\bimport\(/g)).toBeNull();
  });
});

const cache = `dist/cli/code-${process.version}-${process.platform}-${process.arch}.cache`;

describe('the cache of compiled code', () => {
  it('is what V8 made of the code, which it takes', () => {
    const script = new Script(readFileSync('dist/cli/code.js', 'utf8'), {
      cachedData: readFileSync(cache),
      filename: 'code.js',
    });
    expect(script.cachedDataRejected).toBe(false);
  });
});
