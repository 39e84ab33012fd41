// scripts/fuzz.mjs, where it is asked for something that it doesn't know: nothing is run.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/fuzz.mjs', import.meta.url));

describe('scripts/fuzz.mjs', () => {
  it.each([
    [[], 'a campaign is missing'],
    [['kernels'], "there is no campaign 'kernels'"],
    [['toString'], "there is no campaign 'toString'"],
    [['kernel', 'claims'], "one campaign at a time: what is 'claims'?"],
    [['kernel', '--sed', '1'], "Unknown option '--sed'"],
    [['kernel', '--seed'], "Option '--seed <value>' argument missing"],
    [['kernel', '--runs', 'many'], "expected a whole number after --runs, got 'many'"],
    [['kernel', '--arm64=1'], "Option '--arm64' does not take an argument"],
  ])('%j', (args, message) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
    const [first, second, ...more] = stderr.split('\n');
    expect([status, stdout, first]).toEqual([2, '', message]);
    expect(second).toMatch(/^usage: node scripts\/fuzz\.mjs classic\|/);
    expect(more).toEqual(['']);
  });
});
