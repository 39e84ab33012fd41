// unibpf event as a person would use it: on files, and following the running kernel where that may be done.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelFunctions } from '../src/cli/event/functions.js';
import { environment, main, testFolder, unibpf } from './command-line.js';
import { tracefs, tracefsMissing } from './tracefs.js';

const file = testFolder();

const format = file(
  'signal.format',
  `name: signal
ID: 7
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:int sig;\toffset:8;\tsize:4;\tsigned:1;
\tfield:char comm[4];\toffset:12;\tsize:4;\tsigned:0;

print fmt: "sig=%d comm=%s", REC->sig, REC->comm
`,
);

function record(id: number, sig: number, comm: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(id, 0);
  bytes.writeInt32LE(99, 4);
  bytes.writeInt32LE(sig, 8);
  bytes.write(comm, 12);
  return bytes;
}

const records = [record(7, 11, 'cat'), record(7, 9, 'sh'), record(8, 11, 'cat'), record(7, 17, 'cat')];

/** A page of the ring buffer with all of them, before which two events were lost. */
function page(): Buffer {
  const entries = Buffer.concat(records.flatMap((each, i) => [Buffer.from([4 | ((i & 7) << 5), 0x20, 0, 0]), each]));
  const bytes = Buffer.alloc(4096);
  bytes.writeBigUInt64LE(5_000_000_000n, 0);
  bytes.writeUInt32LE((entries.length | 0xc000_0000) >>> 0, 8);
  entries.copy(bytes, 16);
  bytes.writeUInt32LE(2, 16 + entries.length);
  return bytes;
}

const pages = file('signal.raw', page());
const plain = file('signal.bin', Buffer.concat([...records, Buffer.alloc(5)]));

describe('a file with a format', () => {
  it('that cannot be read, or has none, is named in the error', () => {
    const folder = dirname(format);
    expect(unibpf(['event', folder, 'sig > 1'])).toMatchObject({
      status: 4,
      stderr: `error[io]: cannot read '${folder}': illegal operation on a directory\n`,
    });
    const wrong = file('wrong.format', 'ret #0\n');
    expect(unibpf(['event', wrong, 'sig > 1'])).toMatchObject({
      status: 2,
      stderr: `error[syntax]: ${wrong}:1:1: expected a format to begin with 'name:'\n  ret #0\n  ^^^^^^\n`,
    });
  });
});

describe('a file', () => {
  it('of pages is filtered, and what was lost is told', () => {
    const { stdout, stderr, status } = unibpf(['event', format, 'sig > 10 && comm == cat', '--read', pages]);
    expect(stdout).toBe('-99 [000] 5.000000: signal: sig=11 comm=cat\n-99 [000] 5.000001: signal: sig=17 comm=cat\n');
    expect(stderr).toMatch(/^2 of 3 events matched, in \d+\.\d\d s \(\w+\); 2 lost\n$/);
    expect(status).toBe(0);
  });

  it('of records of one length is filtered, and short ones are told of', () => {
    const { stdout, stderr } = unibpf(['event', format, 'sig == 11', '--read', plain, '--stride', '16']);
    expect(stdout).toBe('signal: sig=11 comm=cat\nsignal: sig=11 comm=cat\n');
    expect(stderr).toContain('2 of 5 events matched');
    expect(stderr).toContain('1 records shorter than the format');
  });

  it('is shown as JSON, counted, and cut after some', () => {
    const of = (...options: string[]) =>
      unibpf(['event', format, 'sig > 10', '--read', pages, '-q', ...options]).stdout;
    const fields = { common_type: 7, common_pid: 99, sig: 11, comm: 'cat' };
    expect(JSON.parse(of('--json', '-c', '1'))).toEqual({ event: 'signal', cpu: 0, time: '5000000256', fields });
    expect(of('--count')).toBe('2\n');
    expect(of('-c', '1')).toContain('sig=11');
  });

  it('without an event that matches ends with status 1', () => {
    expect(unibpf(['event', format, 'sig == 1', '--read', pages]).status).toBe(1);
  });
});

it('functions of the kernel are found by name and by address, with their sizes', () => {
  const symbols = ['ffff0000 T late', 'ff000010 t first', 'ff000010 T alias', 'ff000100 D data', 'ff000040 T second'];
  const find = kernelFunctions(file('kallsyms', `${symbols.join('\n')}\n`));
  expect(find('first')).toEqual({ address: 0xff000010n, size: 0x30n });
  expect(find('second')).toEqual({ address: 0xff000040n, size: 0xfeffc0n });
  expect(find(0xff00003fn)).toEqual({ address: 0xff000010n, size: 0x30n });
  expect([find('data'), find('late'), find(1n)]).toEqual([undefined, undefined, undefined]);
});

it.each([
  [['event', format, 'sgi == 1', '--read', pages], 2, "event 'signal' has no field 'sgi'; did you mean 'sig'?"],
  [
    ['event', format, 'comm == cat', '--read', pages, '--dialect', 'linux'],
    2,
    "expected a text in quotes for field 'comm'",
  ],
  [['event', format, 'sig == 1'], 2, "a file with a format has no events: name some with '--read'"],
  [['event', format, 'sig == 1', '--stride', '8'], 2, '--stride is for files'],
  [['event', format, 'sig == 1', '--read', '/nonexistent'], 4, "cannot read '/nonexistent'"],
  [['event', format, 'sig == 1', '--read', plain], 2, 'expected pages of 4096 bytes'],
])('%j is refused with status %d', (args, status, message) => {
  const result = unibpf(args);
  expect(result.stderr).toContain(message);
  expect(result.status).toBe(status);
});

describe('the running kernel', () => {
  it.skipIf(tracefsMissing)(
    `is followed until Ctrl-C, and nothing is left behind; skipped where ${tracefs} is not writable`,
    async () => {
      const child = spawn(process.execPath, [main, 'event', 'sched:sched_switch', 'next_pid >= 0 && prev_comm ~ *'], {
        env: environment,
      });
      const output = { out: '', err: '' };
      child.stderr.on('data', (chunk) => {
        output.err += String(chunk);
      });
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk) => {
          output.out += String(chunk);
          resolve();
        });
      });
      expect(readdirSync(`${tracefs}/instances`)).toContain(`unibpf-${child.pid}`);
      child.kill('SIGINT');
      const [status] = await once(child, 'close');
      expect(status).toBe(0);
      expect(output.out).toMatch(
        /^\S.*-\d+ +\[\d{3}\] \d+\.\d{6}: sched_switch: prev_comm=.* ==> next_comm=.* next_pid=\d+ next_prio=\d+$/m,
      );
      expect(output.err).toMatch(/^\d+ of \d+ events matched/);
      expect(existsSync(`${tracefs}/instances/unibpf-${child.pid}`)).toBe(false);
    },
  );

  it.skipIf(tracefsMissing)(
    `is left alone when the reader goes away; skipped where ${tracefs} is not writable`,
    async () => {
      const child = spawn(process.execPath, [main, 'event', 'sched:sched_switch', '-q'], { env: environment });
      await once(child.stdout, 'data');
      child.stdout.destroy();
      const [status] = await once(child, 'exit');
      expect(status).toBe(0);
      expect(existsSync(`${tracefs}/instances/unibpf-${child.pid}`)).toBe(false);
    },
  );
});
