// The replay of vectors: what it counts as equal, unsupported and wrong.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/replay.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'unibpf-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is counted of a file with these rows. */
function replay(rows: readonly object[]): { status: number | null; counts: number[]; output: string } {
  const lines = rows.map((row, i) => `${JSON.stringify({ id: `row ${i}`, ...row })}\n`);
  writeFileSync(join(folder, 'rows.jsonl.gz'), gzipSync(lines.join('')));
  const { status, stdout } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
  const total = /^total +(.*)$/m.exec(stdout)?.[1] ?? '';
  return { status, counts: total.split(/ +/).map(Number), output: stdout };
}

const request = { op: 'run', classic: [[6, 0, 0, 1]], inputs: [''] };
const compile = { op: 'compile', filter: 'ip', link: 'EN10MB' };
/** The second request of a row that compiles `ip`: it runs the program on a frame that isn't IP. */
const second = (result: string) => ({
  ['then' as string]: { request: { op: 'run', inputs: ['00'.repeat(14)] }, expect: { results: [{ result }] } },
});

describe('scripts/replay.mjs', () => {
  it('compares what is expected and leaves the rest alone', () => {
    const rows = [
      { request, expect: { ok: true, results: [{ result: '0x1' }] } },
      { request: compile, expect: { ok: true }, ...second('0x0') },
      { request: { ...compile, filter: 'tpc' }, expect: { ok: false } },
      { request, expect: { ok: true, results: [{ result: '0xffffffff00000001' }] }, result_bits: 32 },
    ];
    expect(replay(rows)).toMatchObject({ status: 0, counts: [4, 4, 0, 0, 0, 0] });
  });

  it('calls an answer wrong that lacks something, and fails', () => {
    const rows = [
      { request, expect: { ok: true, results: [{ result: '0x2' }] } },
      { request, expect: { ok: true, results: [] } },
      { request: compile, expect: { ok: true }, ...second('0x1') },
      { request: compile, expect: { ok: false } },
    ];
    const { status, counts, output } = replay(rows);
    expect({ status, counts }).toEqual({ status: 1, counts: [4, 0, 0, 0, 4, 0] });
    expect(output).toContain('wrong row 0.results.0.result: expected "0x2", got "0x1"');
  });

  it('takes neither a misspelt request nor our own fault for a refusal', () => {
    expect(replay([{ request: { op: 'compil' }, expect: { ok: false } }])).toMatchObject({
      counts: [1, 0, 0, 0, 1, 0],
    });
  });

  it('counts apart what is unsupported, even where any error would do, and what is left out', () => {
    const callsForSocket = '850000002e0000009500000000000000'; // get_socket_cookie: no packet here has a socket
    const unbuilt = { op: 'run', program: callsForSocket, environment: 'socket_filter', inputs: [''] };
    const rows = [
      { request: unbuilt, expect: { ok: true } },
      { request: unbuilt, expect: { ok: false } },
      { request, expect: { ok: false }, dont_care: 'the references disagree' },
    ];
    expect(replay(rows)).toMatchObject({ status: 0, counts: [3, 0, 2, 0, 0, 1] });
  });

  it("counts apart what only the verifier here refuses, and calls what only Linux's refuses wrong", () => {
    const verify = (program: string, environment: string, verdict: string) => ({
      request: { op: 'verify', environment, program },
      expect: { ok: true, verdict },
    });
    const [returnsZero, readsNothing] = ['b7000000000000009500000000000000', 'bf100000000000009500000000000000'];
    const rows = [
      verify(returnsZero, 'socket_filter', 'accept'),
      verify(`bf21${readsNothing.slice(4)}`, 'socket_filter', 'accept'),
      verify(returnsZero, 'socket_filter', 'reject'),
      verify(`bf31${readsNothing.slice(4)}`, 'memory', 'accept'),
    ];
    expect(replay(rows)).toMatchObject({ status: 1, counts: [4, 1, 0, 1, 2, 0] });
  });

  it('gives the defaults to the rows after them', () => {
    const defaults = { defaults: { request: { classic: [[6, 0, 0, 7]] } } };
    const row = { request: { op: 'run', inputs: [''] }, expect: { ok: true, results: [{ result: '0x7' }] } };
    expect(replay([defaults, row])).toMatchObject({ status: 0, counts: [1, 1, 0, 0, 0, 0] });
  });

  it('fails where there is nothing to replay', () => {
    expect(replay([])).toMatchObject({ status: 1 });
  });
});
