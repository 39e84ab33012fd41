// Runs the command line as a person would: the compiled program, in a process of its own.

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const main = fileURLToPath(new URL('../dist/bin/unibpf.cjs', import.meta.url));

/** No colour and no settings from outside. */
export const environment = { PATH: process.env.PATH, HOME: '/nonexistent', TZ: 'UTC' };

export function unibpf(args: readonly string[], input: string | Uint8Array = ''): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [main, ...args], { input, encoding: 'utf8', env: environment });
}

/** A folder for this test file; its files are given by name and content. */
export function testFolder(): (name: string, content?: Uint8Array | string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'unibpf-cli-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return (name, content) => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    return path;
  };
}

/** The examples of a page of docs/: each command of its console blocks, with what it prints. */
export function examplesOf(page: string): (readonly [command: string, output: string])[] {
  const text = readFileSync(new URL(`../docs/${page}`, import.meta.url), 'utf8');
  const blocks = text.split('```console\n').slice(1);
  return blocks
    .flatMap((block) => block.split('```')[0]!.split(/^\$ /m).slice(1))
    .map((example) => [example.slice(0, example.indexOf('\n')), example.slice(example.indexOf('\n') + 1).trimEnd()]);
}

/** What a command of a page prints, on both of its outputs. */
export function shell(command: string, cwd: string): string {
  const script = `unibpf() { "${process.execPath}" "${main}" "$@"; }; { ${command}; } 2>&1`;
  return spawnSync('bash', ['-c', script], { cwd, env: environment, encoding: 'utf8' }).stdout.trimEnd();
}
