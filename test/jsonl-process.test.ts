// The batch protocol as another program meets it: a process with a pipe at each end. Run on what is compiled (npm test
// compiles first).

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../dist/bin/unibpf.cjs', import.meta.url));

interface Answer {
  readonly id: unknown;
  readonly ok: boolean;
  readonly error?: { readonly code: string };
}

type Process = ChildProcessByStdio<Writable, Readable, null>;

function jsonl(): Process {
  return spawn(process.execPath, [cli, 'jsonl'], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** What the process answers to these bytes until it ends, and how it ends. */
async function converse(
  input: Iterable<string | Buffer>,
  child = jsonl(),
): Promise<{ status: number; answers: Answer[] }> {
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const chunk of input) child.stdin.write(chunk);
  child.stdin.end();
  const status = await new Promise<number>((resolve) => child.on('close', resolve));
  const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
  return { status, answers: lines.map((line) => JSON.parse(line)) };
}

const check = (id: unknown) => `${JSON.stringify({ id, op: 'check', classic: [[6, 0, 0, 1]] })}\n`;
/** goto -1, with a budget of 10^12 instructions */
const endless = `{"id":"endless","op":"run","engine":"interpreter","environment":"memory","unverified":true,"budget":1000000000000,"program":"0500ffff000000009500000000000000","inputs":[""]}\n`;

describe('unibpf jsonl', () => {
  it('ends with the status 0 at the end of its input', async () => {
    expect(await converse([])).toEqual({ status: 0, answers: [] });
  });

  it('answers every line, in order, whatever it holds', async () => {
    const { status, answers } = await converse([check(1), 'junk\n', '\n', '\u0000\n', '{"id":2}\n', check(3), '[]\n']);
    expect(status).toBe(0);
    expect(answers.map(({ id, ok }) => [id, ok])).toEqual([
      [1, true],
      [null, false],
      [null, false],
      [null, false],
      [2, false],
      [3, true],
      [null, false],
    ]);
  });

  it('answers a last line that has no newline', async () => {
    const { answers } = await converse([check(1), check(2).trimEnd()]);
    expect(answers.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('takes lines in pieces, and many lines at once', async () => {
    const text = Buffer.from(Array.from({ length: 3000 }, (_, i) => check(i)).join(''));
    const pieces = [text.subarray(0, 10), text.subarray(10, 100_000), text.subarray(100_000)];
    const { answers } = await converse(pieces);
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 3000 }, (_, i) => i));
  });

  it('answers at once when no more input is waiting', async () => {
    const child = jsonl();
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    for (const id of [1, 2]) {
      child.stdin.write(check(id));
      const { value: line } = await answers.next();
      expect(JSON.parse(line)).toEqual({ id, ok: true, verdict: 'accept' });
    }
    child.stdin.end();
  });

  it('refuses a line of more than 64 MiB, and takes one of 64 MiB', async () => {
    const size = 64 * 2 ** 20;
    const longest = Buffer.from(check(1).trimEnd().padEnd(size, ' '));
    const { answers } = await converse([check(0), longest, '\n', longest, ' \n', check(2)]);
    expect(answers.map(({ id, ok, error }) => [id, ok, error?.code])).toEqual([
      [0, true, undefined],
      [1, true, undefined],
      [null, false, 'limit'],
      [2, true, undefined],
    ]);
  });

  it('answers what takes too long, and the requests behind it afterwards', async () => {
    const { status, answers } = await converse([check(1), endless, check(2)]);
    expect(status).toBe(0);
    expect(answers).toMatchObject([
      { id: 1 },
      { id: 'endless', ok: false, error: { code: 'limit' } },
      { id: 2, ok: true },
    ]);
  });

  it.skipIf(process.platform !== 'linux')('survives the end of the process that does the work', async () => {
    const child = jsonl();
    child.stdin.write(check(1));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const worker = workerOf(child);
    const before = processorTime(worker);
    child.stdin.write(endless);
    while (processorTime(worker) < before + 10) await setTimeout(10); // until it is at it
    process.kill(worker, 'SIGSEGV');
    const { status, answers } = await converse([check(2)], child);
    expect(status).toBe(0);
    expect(answers).toMatchObject([
      { id: 'endless', ok: false, error: { code: 'internal' } },
      { id: 2, ok: true },
    ]);
  });

  it('ends quietly when nobody reads its answers', async () => {
    const child = jsonl();
    child.stdout.destroy();
    child.stdin.on('error', () => {});
    for (let i = 0; i < 1000; i++) child.stdin.write(check(i));
    child.stdin.end();
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  });
});

/** The one child of a process, from /proc. */
function workerOf({ pid }: Process): number {
  const parent = (name: string) => Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]);
  const found = readdirSync('/proc').find((name) => {
    try {
      return /^\d+$/.test(name) && parent(name) === pid;
    } catch {
      return false; // it has ended
    }
  });
  return Number(found);
}

/** What a process has used of a processor, in hundredths of a second: the 14th field of its line in /proc. */
function processorTime(pid: number): number {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[11]);
}
