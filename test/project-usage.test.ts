// The scripts that people run tell how they are asked, and refuse what they don't know in one line.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(script: string, ...args: readonly string[]) {
  return spawnSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8' });
}

const scripts = [
  'build-native',
  'compare-tcpdump',
  'fuzz',
  'gen',
  'pipe-memory',
  'replay',
  'setup',
  'syscalls',
  'test-arm64',
  'transfer',
  'verifier-table',
].map((name) => `scripts/${name}.mjs`);

describe('a script', () => {
  it.each([...scripts, 'bench/run.mjs'])(
    '%s answers --help with what it does and how it is asked, and does nothing',
    (script) => {
      for (const option of ['--help', '-h']) {
        const { status, stdout, stderr } = run(script, option);
        expect([status, stderr]).toEqual([0, '']);
        expect(stdout).toMatch(/^[A-Za-z]/);
        expect(stdout).toContain(script === 'bench/run.mjs' ? 'npm run bench [-- PART …]' : `node ${script}`);
        expect(stdout).not.toMatch(/^\/\/|^import/m);
      }
    },
  );

  it.each([
    ['scripts/replay.mjs', '--shwo', "Unknown option '--shwo'"],
    ['scripts/verifier-table.mjs', '--lits', "Unknown option '--lits'"],
    ['scripts/transfer.mjs', '--bit=4', "Unknown option '--bit'"],
    ['scripts/setup.mjs', '--tset', "Unknown option '--tset'"],
    ['bench/run.mjs', '--shrot', "Unknown option '--shrot'"],
  ])('%s refuses %s', (script, option, message) => {
    const { status, stdout, stderr } = run(script, option);
    expect([status, stdout, stderr]).toEqual([2, '', `${message}\nnode ${script} --help tells what there is\n`]);
  });
});
