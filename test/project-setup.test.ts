// The set-up, on little trees of its own: what is there is left alone, what is missing is made or named.

import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/setup.mjs', import.meta.url));
const sources = [
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'CMakeLists.txt',
  'native/a.cc',
  'src/a.ts',
];
const made = ['node_modules/.package-lock.json', 'build/Release/unibpf.node', 'dist/index.js'];
const trees: string[] = [];

afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

/** A checkout in which these files are there, each newer than those before it. */
function checkout(files: readonly string[]): string {
  const tree = mkdtempSync(join(tmpdir(), 'unibpf-setup-'));
  trees.push(tree);
  chmodSync(tree, 0o755);
  for (const file of files) write(tree, file, '');
  mkdirSync(join(tree, 'scripts'));
  for (const name of ['setup', 'usage'])
    cpSync(join(dirname(script), `${name}.mjs`), join(tree, `scripts/${name}.mjs`));
  return tree;
}

function write(tree: string, file: string, text: string): void {
  mkdirSync(dirname(join(tree, file)), { recursive: true });
  writeFileSync(join(tree, file), text);
}

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function setup(tree: string, options: { readonly PATH?: string; readonly uid?: number } = {}): Run {
  const { PATH = process.env.PATH, uid } = options;
  return spawnSync(process.execPath, [join(tree, 'scripts/setup.mjs')], {
    encoding: 'utf8',
    env: { PATH },
    ...(uid !== undefined && { uid }),
  });
}

const isRoot = process.getuid?.() === 0;

describe('scripts/setup.mjs', () => {
  it('does nothing and says nothing when all is there', () => {
    expect(setup(checkout([...sources, ...made]))).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('names what to install where it may not install it', () => {
    const tree = checkout(sources);
    const { status, stderr } = setup(tree, { PATH: tree, ...(isRoot && { uid: 65534 }) });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^setup: missing: cmake, ninja, c\+\+.*install -y .*cmake ninja-build g\+\+.*\n$/);
  });

  it('shows what a step says when it fails, and stops', () => {
    const tree = checkout([...sources, 'node_modules/.package-lock.json']);
    write(tree, 'scripts/build-native.mjs', 'console.log("no luck"); process.exit(1);');
    const { status, stderr } = setup(tree);
    expect(status).toBe(1);
    expect(stderr).toBe('setup: node scripts/build-native.mjs\nsetup: that failed:\nno luck\n\n');
  });

  it('leaves the packages of another checkout alone', () => {
    const other = checkout(['node_modules/a/package.json']);
    const tree = checkout(sources.filter((file) => !file.startsWith('native/')));
    symlinkSync(join(other, 'node_modules'), join(tree, 'node_modules'));
    const { status, stderr } = setup(tree);
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('node_modules is a link') });
    expect(existsSync(join(other, 'node_modules/a/package.json'))).toBe(true);
  });

  it('drops the work folder of a checkout that was moved', () => {
    const tree = checkout([...sources, 'node_modules/.package-lock.json']);
    write(tree, '.cmake/moved/CMakeCache.txt', 'CMAKE_HOME_DIRECTORY:INTERNAL=/elsewhere\n');
    write(tree, '.cmake/ours/CMakeCache.txt', `CMAKE_HOME_DIRECTORY:INTERNAL=${tree}\n`);
    write(tree, 'scripts/build-native.mjs', 'process.exit(1);');
    setup(tree);
    expect(existsSync(join(tree, '.cmake/moved'))).toBe(false);
    expect(existsSync(join(tree, '.cmake/ours'))).toBe(true);
  });
});
