// scripts/verifier-table.mjs: what it counts, and when it fails.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import { Program } from '../src/ebpf/program.js';
import { testFolder } from './command-line.js';

const script = fileURLToPath(new URL('../scripts/verifier-table.mjs', import.meta.url));
const file = testFolder();

function row(op: string, asm: string, expected: object): object {
  const request = { op, environment: 'socket_filter', program: toHex(Program.parse(asm).encode()) };
  const inputs = op === 'run' ? { inputs: ['00'] } : {};
  return { id: asm, source: 'ours', request: { ...request, ...inputs }, expect: { ok: true, ...expected } };
}

function table(name: string, rows: readonly object[]): { status: number | null; stdout: string } {
  const path = file(name, rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
  return spawnSync(process.execPath, [script, path, '--list'], { encoding: 'utf8' });
}

describe('scripts/verifier-table.mjs', () => {
  const accepted = row('verify', 'r0 = 0; exit', { verdict: 'accept' });

  it('counts agreement by type and source, and lists what is refused here', () => {
    const strict = row('verify', 'r0 = r7; exit', { verdict: 'accept' });
    const { stdout, status } = table('rows.jsonl', [accepted, strict, row('verify', 'exit', { verdict: 'reject' })]);
    expect(stdout).toMatch(/^socket_filter +3 +2 +66\.7 % +1 +0 /m);
    expect(stdout).toMatch(/^ours +3 +2 /m);
    expect(stdout).toContain('refused here: 1\n');
    expect(stdout).toContain('          r0 = r7; exit (socket_filter)');
    expect(status).toBe(0);
  });

  it('fails where Linux refuses what is accepted here', () => {
    const { stdout, status } = table('wrong.jsonl', [row('verify', 'r0 = 0; exit', { verdict: 'reject' })]);
    expect(stdout).toContain('accepted here: 1\n  r0 = 0; exit (socket_filter)');
    expect(status).toBe(1);
  });

  it('runs programs on both engines', () => {
    const run = (result: string) => row('run', 'r0 = 5; exit', { results: [{ result }] });
    const { stdout, status } = table('runs.jsonl', [accepted, run('0x5')]);
    expect(stdout).toMatch(/machine code: [12] equal, [01] unsupported, 0 refused, 0 wrong/);
    expect(status).toBe(0);
    expect(table('runs.jsonl', [accepted, run('0x6')]).status).toBe(1);
  });
});
