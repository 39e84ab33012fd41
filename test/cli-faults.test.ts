// What goes wrong around a filter: disks, pipes, signals, permissions. Nothing of it may leave half a packet behind.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pcapFile, readBytes } from './capture-files.js';
import { environment, main, testFolder, unibpf } from './command-line.js';
import { ip4Frame, tcp } from './packets.js';

const file = testFolder();
const packet = { data: ip4Frame(6, tcp(4000, 80, 0x10, new Uint8Array(400))) };
const record = 16 + packet.data.length;
const small = file('small.pcap', pcapFile([packet, packet]));
const large = file('large.pcap', pcapFile(Array.from({ length: 20_000 }, () => packet)));

/** Whether a file is a capture of whole packets; how many. */
function wholePackets(path: string): number {
  const count = (statSync(path).size - 24) / record;
  expect(Number.isInteger(count)).toBe(true);
  return count;
}

describe('an output that fails', () => {
  it('on a full device says so', () => {
    const { status, stderr } = unibpf(['filter', '-q', '-w', '/dev/full', '', small]);
    expect(stderr).toBe("error[io]: cannot write '/dev/full': no space left on device\n");
    expect(status).toBe(4);
  });

  it('on standard output says so', () => {
    const child = spawnSync(process.execPath, [main, 'filter', '-q', '-w', '-', '', small], {
      env: environment,
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
      encoding: 'utf8',
    });
    expect(child.stderr).toBe('error[io]: cannot write standard output: no space left on device\n');
    expect(child.status).toBe(4);
  });

  it('that has no room for a number says so', () => {
    const stdio = ['ignore' as const, openSync('/dev/full', 'w'), 'pipe' as const];
    const args = [main, 'filter', '-q', '--count', '', small];
    const { status, stderr } = spawnSync(process.execPath, args, { env: environment, stdio, encoding: 'utf8' });
    expect(stderr).toBe('error[io]: cannot write standard output: no space left on device\n');
    expect(status).toBe(4);
  });

  // A process of Node makes its pipe one that doesn't wait; who shares the pipe is told to try again when it is full.
  it('only for now, since its reader is behind, is waited for', () => {
    const ready = file('ready');
    const fill = `process.stdout.write('x'.repeat(1 << 17)); fs.writeFileSync('${ready}', '1');`;
    const both = `"$0" -e "$1" & until [ -s ${ready} ]; do sleep 0.02; done; shift; "$0" "$@"; wait`;
    const shell = `{ ${both}; } | { sleep 0.5; cat; }`;
    const args = ['-c', shell, process.execPath, fill, main, 'filter', '-q', '--count', '', small];
    const { stdout, stderr } = spawnSync('bash', args, { env: environment, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.replace('2 packets\n', '')).toBe('x'.repeat(1 << 17));
    expect(stdout).toContain('2 packets\n');
  });

  it('that is a directory, or in none, says so', () => {
    expect(unibpf(['filter', '-q', '-w', file('.'), '', small])).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^error\[io\]: cannot create '.*': illegal operation on a directory\n$/),
    });
    expect(unibpf(['filter', '-w', file('no/such'), '', small])).toMatchObject({
      status: 4,
      stderr: expect.stringMatching(/^error\[io\]: cannot create '.*': no such file or directory\n$/),
    });
  });

  it('that is the input is refused before it is destroyed', () => {
    const { status, stderr } = unibpf(['filter', '-q', '-w', small, '', small]);
    expect(stderr).toMatch(/^error\[usage\]: '.*' is an input as well: writing would destroy it\n/);
    expect(status).toBe(2);
    expect(wholePackets(small)).toBe(2);
  });
});

describe('a disk that fills up', () => {
  const mount = file('disk');
  let mounted = false;
  beforeAll(() => {
    mkdirSync(mount);
    mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]).status === 0;
  });
  afterAll(() => {
    if (mounted) execFileSync('umount', [mount]);
  });

  // Without the right to mount, a limit on the size of files ends the output in the same way.
  it('leaves whole packets', () => {
    const output = mounted ? `${mount}/out.pcap` : file('limited.pcap');
    const command = `${mounted ? '' : 'ulimit -f 1000; '}exec "$0" "$@"`;
    const args = ['-c', command, process.execPath, main, 'filter', '-q', '-w', output, '', large];
    const { status, stderr } = spawnSync('bash', args, { env: environment, encoding: 'utf8' });
    expect(stderr).toMatch(/^error\[io\]: cannot write '.*': (no space left on device|file too large)\n$/);
    expect(status).toBe(4);
    expect(wholePackets(output)).toBeGreaterThan(1000);
  });
});

describe('an input that fails', () => {
  it('that is a directory says so', () => {
    expect(unibpf(['filter', '', file('.')])).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('it is a directory'),
    });
  });

  it('that may not be read says so', () => {
    const secret = file('secret.pcap', readFileSync(small));
    chmodSync(secret, 0);
    // Root may read everything, so the test becomes somebody else.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const { status, stderr } = spawnSync(process.execPath, [main, 'filter', '', secret], {
      ...user,
      env: environment,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^error\[io\]: cannot open '.*secret\.pcap': permission denied\n$/);
    expect(status).toBe(4);
  });

  it('that is empty says so', () => {
    expect(unibpf(['filter', '', '-'])).toMatchObject({
      status: 4,
      stderr: "error[io]: 'standard input' is cut short: the magic number at byte 0 needs 4 bytes, found 0\n",
    });
  });
});

describe('a number of packets', () => {
  const count = (...args: readonly string[]) => unibpf(['filter', '-q', '--count', '', ...args]);

  it('of what came before the damage is told', () => {
    const cut = file('cut.pcap', readFileSync(small).subarray(0, -1));
    expect(count(cut)).toMatchObject({ stdout: '1 packet\n', status: 4 });
  });

  it('is not told where nothing could be read', () => {
    expect(count(file('missing.pcap'))).toMatchObject({ stdout: '', status: 4 });
  });
});

describe('a reader who goes away', () => {
  it.each([['-t'], ['-w', '-'], ['--json']])('ends the command quietly: %s', async (...options) => {
    const shell = `"$0" "$@" | head -c 100 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    const args = ['-c', shell, process.execPath, main, 'filter', '-q', ...options, '', large];
    const { stdout, stderr } = spawnSync('bash', args, { env: environment, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['0\n', '']);
  });
});

describe('a signal', () => {
  /** A filter that has read two packets and waits for more. */
  async function waiting(output: string) {
    const child = spawn(process.execPath, [main, 'filter', '-w', output, '', '-'], { env: environment });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.write(readFileSync(small));
    while (!readable(output)) await setTimeout(20);
    return { child, closed: once(child, 'close'), stderr: () => stderr }; // at its exit there may be text on the way
  }

  /** The file is made when the first packets have come. */
  function readable(path: string): boolean {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  }

  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends with a whole file and the summary', async (signal) => {
    const output = file(`${signal}.pcap`);
    const { child, closed, stderr } = await waiting(output);
    child.kill(signal);
    expect(await closed).toEqual([0, null]);
    expect(stderr()).toMatch(/^2 of 2 packets matched/);
    expect(wholePackets(output)).toBe(2);
  });

  it('SIGUSR1 tells how far it is', async () => {
    const { child, closed, stderr } = await waiting(file('progress.pcap'));
    child.kill('SIGUSR1');
    while (!stderr().includes('\n')) await setTimeout(20);
    child.stdin.end();
    await closed;
    expect(stderr()).toMatch(/^2 packets, [\d.]+ packets\/s\n2 of 2 packets matched/);
  });

  it('SIGKILL leaves a file that can be read up to the last whole packet', async () => {
    const output = file('killed.pcap');
    const dist = (name: string) => new URL(`../dist/capture/${name}`, import.meta.url).href;
    const copy = `
      const { openCapture } = await import('${dist('open.js')}');
      const { CaptureWriter } = await import('${dist('writer.js')}');
      const writer = new CaptureWriter(process.argv[1]);
      console.log();
      for (;;) for await (const batch of openCapture(process.argv[2])) await writer.write(batch);`;
    let cut = 0;
    for (let moment = 0; moment < 50; moment++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', copy, output, large], { env: environment });
      const exit = once(child, 'exit');
      await once(child.stdout, 'data');
      if (moment % 2 === 1) while (statSync(output).size === 0) await setTimeout(1);
      await setTimeout(moment / 4);
      child.kill('SIGKILL');
      await exit;
      const { size } = statSync(output);
      const written = readFileSync(output).subarray(0, 24 + 5000 * record);
      const { packets, error } = await readBytes(written);
      expect(packets.length).toBe(Math.max(0, Math.floor((written.length - 24) / record)));
      if (error !== undefined) expect(error).toContain('is cut short');
      if (size > 24) cut++;
    }
    expect(cut).toBeGreaterThanOrEqual(25);
  });
});

describe('a mistake in the options', () => {
  it('is told in one sentence', () => {
    const sentences = [
      [
        ['filter', '-c', '0', 'ip', small],
        "option '-c, --limit <count>' argument '0' is invalid: expected a whole number",
      ],
      [
        ['filter', '--engine', 'x', 'ip', small],
        "option '--engine <name>' argument 'x' is invalid: allowed choices are",
      ],
      [['filter', '--pcapng', 'ip', small], '--pcapng says how to write a capture file, and there is no --write\n'],
      [['jsonl', 'x'], "'jsonl' takes fewer arguments\n"],
      [['help', 'x'], "unknown command 'x'\n"],
      [['seccomp'], 'expected the name of a command\n'],
    ] as const;
    for (const [args, sentence] of sentences) {
      const { status, stderr } = unibpf(args);
      expect(stderr).toContain(`error[usage]: ${sentence}`);
      expect(status).toBe(2);
    }
  });
});
