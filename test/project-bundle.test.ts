// The command line starts from few files (scripts/bundle.mjs), whatever of them V8 has kept.

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { pcapFile } from './capture-files.js';
import { environment, testFolder } from './command-line.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = `${root}dist/bin/`;
const parts = ['filter', 'lines', 'seldom', 'commands', 'rest'];
const texts = parts.map((part) => [part, readFileSync(`${bin}${part}.cjs`, 'latin1')] as const);
const pathsIn = (text: string) => [...text.matchAll(/^"(.+\.js)", (?:async )?\(/gm)].map(([, path]) => path!);
const places = new Map(texts.flatMap(([part, text]) => pathsIn(text).map((path) => [path, part])));
const cacheOf = (part: string) => `${part}-${process.version}-${process.platform}-${process.arch}.cache`;

describe.each(texts)('the part %s', (part, text) => {
  it('asks for modules where they are', () => {
    const asked = [...text.matchAll(/\$(?:load|import|late)\("([^"]+\.js)"(?:, "(\w+)")?\)/g)];
    expect(asked.length).toBeGreaterThan(0);
    for (const [, path, other = part] of asked) expect([path, places.get(path!)]).toEqual([path, other]);
  });

  it('imports nothing, which a script cannot', () => {
    expect(/^import |\bimport\('|import\.meta/m.exec(text)?.[0]).toBeUndefined();
  });

  it('has a cache that is what V8 made of it, which it takes', () => {
    const cachedData = readFileSync(`${bin}${cacheOf(part)}`);
    expect(new Script(text, { cachedData, filename: part }).cachedDataRejected).toBe(false);
  });
});

describe('the parts', () => {
  it('hold each module once', () => {
    const all = texts.flatMap(([, text]) => pathsIn(text));
    expect(all.length).toBeGreaterThan(300);
    expect(new Set(all).size).toBe(all.length);
  });

  it('leave what a filter does not call to others', () => {
    expect(places.get('cli/filter.js')).toBe('filter');
    expect(places.get('optimize/optimize.js')).toBe('seldom');
    expect(places.get('cli/verify.js')).toBe('commands');
  });

  it('have the licences of the packages that they hold', () => {
    for (const name of ['commander', 'node-gyp-build']) {
      const licence = readFileSync(`${root}node_modules/${name}/LICENSE`, 'utf8').trim();
      expect(texts.some(([, text]) => text.includes(licence))).toBe(true);
    }
  });
});

describe('a copy of the command line', () => {
  const file = testFolder();
  const capture = file('one.pcap', pcapFile([{ data: new Uint8Array(60) }]));

  /** Installed elsewhere, with other caches. @returns what a filter says there */
  function inCopy(name: string, change: (bin: string) => void) {
    const folder = file(name);
    mkdirSync(folder);
    for (const each of ['dist/bin', 'lib', 'package.json'])
      cpSync(`${root}${each}`, `${folder}/${each}`, { recursive: true });
    for (const each of ['node_modules', 'build']) symlinkSync(`${root}${each}`, `${folder}/${each}`);
    change(`${folder}/dist/bin/`);
    const args = [`${folder}/dist/bin/unibpf.cjs`, 'filter', '--count', '', capture];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { env: environment, encoding: 'utf8' });
    return { stdout, stderr: stderr.replace(/, in .*/s, ''), status };
  }

  const right = { stdout: '1 packet\n', stderr: '1 of 1 packet matched (100.0 %)', status: 0 };

  it('works where it is', () => {
    expect(inCopy('moved', () => {})).toEqual(right);
  });

  it('works without caches, as with another Node', () => {
    const remove = (folder: string) => {
      const caches = readdirSync(folder).filter((each) => each.endsWith('.cache'));
      expect(caches.length).toBe(parts.length);
      for (const each of caches) rmSync(`${folder}${each}`);
    };
    expect(inCopy('bare', remove)).toEqual(right);
  });

  it('works with caches of something else', () => {
    const other = new Script('(() => 1)', { filename: 'other' }).createCachedData();
    const replace = (folder: string) => {
      for (const part of parts) writeFileSync(`${folder}${cacheOf(part)}`, part === 'filter' ? other : 'nothing');
    };
    expect(inCopy('stale', replace)).toEqual(right);
  });
});
