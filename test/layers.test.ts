// Imports point one way. A folder imports only from folders that stand before it here; folders on one line don't import
// each other.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const layers = [
  ['base'],
  ['abstract', 'decide'],
  ['classic', 'ebpf'],
  ['env'],
  ['filter', 'seccomp', 'event', 'elf'],
  ['translate'],
  ['verify'],
  ['optimize'],
  ['capture', 'run'],
  ['index.ts'],
  ['cli'],
];

const src = new URL('../src/', import.meta.url).pathname;
const rank = new Map(layers.flatMap((names, level) => names.map((name) => [name, level] as const)));
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The folder of `src` (or the file that lies in it directly) that an import leads to. */
function target(file: string, path: string): string {
  return join(file, '..', path).replace(/\.js$/, '.ts').split('/')[0]!;
}

describe('imports', () => {
  it.each(files)('%s imports only what stands before it', (file) => {
    const own = file.split('/')[0]!;
    expect(rank.has(own), `${own} has no layer`).toBe(true);
    const text = readFileSync(join(src, file), 'utf8');
    for (const [, path] of text.matchAll(/from '(\.[^']+)'/g)) {
      if (path!.includes('/lib/')) continue; // the loader of the native part, which lies outside src
      const other = target(file, path!);
      const allowed = other === own || rank.get(other)! < rank.get(own)!;
      expect(allowed, `${file} imports ${path}`).toBe(true);
    }
  });
});
