// Several captures at once: whatever the number of threads, what comes out is what one thread gives.

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Capture } from '../src/capture/open.js';
import { threadsFor } from '../src/cli/parallel/threads.js';
import { pcapFile, type SavedPacket } from './capture-files.js';
import { testFolder, unibpf } from './command-line.js';
import { ip4Frame, tcp, udp } from './packets.js';
import { block, enhanced, interfaceBlock, option, section } from './pcapng-blocks.js';

const file = testFolder();

/** Packets of two protocols, of which no two have the same ports and time. */
function packets(count: number, first: number): SavedPacket[] {
  return Array.from({ length: count }, (_, i) => {
    const port = 1024 + ((first + i) % 60_000);
    const data = i % 3 === 0 ? ip4Frame(17, udp(port, 53)) : ip4Frame(6, tcp(port, i % 2 === 0 ? 80 : 443));
    return { data, seconds: 1_700_000_000 + i, fraction: first % 1000 };
  });
}

const clock = option(9, Uint8Array.of(9));
const comment = block(5, new Uint8Array(12));
const pcapng = Buffer.concat([
  section(),
  interfaceBlock({ link: 1 }),
  ...packets(300, 7).map(({ data }, i) => enhanced({ data, ticks: BigInt(i) })),
  comment,
  interfaceBlock({ link: 1, options: [clock] }),
  ...packets(300, 400).map(({ data }, i) => enhanced({ data, ticks: BigInt(i), on: i % 2 })),
  section({ littleEndian: false }),
  interfaceBlock({ link: 1, snaplen: 60 }, { littleEndian: false }),
  ...packets(5, 40).map(({ data }) => enhanced({ data, ticks: 77n }, { littleEndian: false })),
]);
const inputs = {
  first: file('first.pcap', pcapFile(packets(8_000, 0))),
  empty: file('empty.pcap', pcapFile([])),
  fine: file('fine.pcap', pcapFile(packets(700, 20_000), { magic: 0xa1b23c4d, littleEndian: false, snaplen: 50 })),
  blocks: file('blocks.pcapng', pcapng),
  packed: file('packed.pcap.gz', gzipSync(pcapFile(packets(900, 30_000)))),
  last: file('last.pcap', pcapFile(packets(30, 50_000))),
};
const all = Object.values(inputs);

/** What a command line gives, but for how long it took. */
function result(args: readonly string[]): unknown {
  const { status, stdout, stderr } = unibpf(['filter', ...args]);
  return { status, stdout, stderr: stderr.replace(/, in .* s: .* \(|"seconds":[\d.]+/, ' (') };
}

describe('unibpf filter over several captures', () => {
  it.each([
    ['tcp port 80'],
    ['tcp port 80', '--json', '-x'],
    ['udp', '-ttt', '-XX'],
    ['udp', '--count'],
    ['udp', '--count', '--invert', '--json'],
    ['icmp', '--count'],
    ['tcp', '-s', '40', '--engine', 'interpreter', '-tttt'],
    ['tcp', '-c', '9', '--stats', '-q'],
  ])('gives what one thread gives: %s', (...args) => {
    const [expression, ...options] = args as [string, ...string[]];
    const run = (workers: number) => result([expression, ...all, ...options, '--workers', `${workers}`]);
    const one = run(1);
    for (const workers of [2, 99]) expect(run(workers)).toEqual(one);
  });

  it.each([[[]], [['--pcapng']], [['--pcapng', '-s', '30']]])('writes what one thread writes: %j', (options) => {
    const names = options.length === 0 ? [inputs.first, inputs.empty, inputs.packed, inputs.last] : all;
    const written = [1, 3].map((workers) => {
      const output = file(`out${workers}.cap`);
      const args = ['filter', 'tcp port 443 or udp', ...names, ...options, '-w', output, '--workers', `${workers}`];
      expect(unibpf(args).status).toBe(0);
      return readFileSync(output);
    });
    expect(written[0]!.length).toBeGreaterThan(200_000);
    expect(written[1]!.equals(written[0]!)).toBe(true);
  });

  it('tells of damage behind all that stands before it', () => {
    const cut = file('cut.pcap', pcapFile(packets(10, 3)).subarray(0, -5));
    const run = (workers: number) => result(['-t', 'udp', inputs.last, cut, inputs.first, '--workers', `${workers}`]);
    const one = run(1);
    expect(one).toMatchObject({ status: 4, stderr: expect.stringMatching(/^error\[io\]: .*cut.pcap' is cut short/m) });
    expect(run(3)).toEqual(one);
  });

  it('tells of a mistake on a link type when its capture has its turn, and of a warning once', () => {
    const cooked = file('sll.pcap', pcapFile(packets(10, 3), { link: 113 }));
    const run = (expression: string, workers: number) =>
      result(['-t', expression, inputs.last, inputs.last, cooked, inputs.last, '--workers', `${workers}`]);
    const [mistake, warned] = ['ether host 1:2:3:4:5:6 or udp', 'pppoes or udp'];
    expect(run(mistake, 1)).toMatchObject({ status: 2, stdout: expect.stringMatching(/^(IP .*\n){20}$/) });
    expect(run(mistake, 3)).toEqual(run(mistake, 1));
    expect(run(warned, 1)).toMatchObject({ stderr: expect.stringMatching(/^warning: [^\n]*\n\d+ of /) });
    expect(run(warned, 3)).toEqual(run(warned, 1));
  });

  it('tells of what can not be opened before anything else', () => {
    const found = result(['udp', inputs.last, file('missing.pcap'), '--workers', '2']);
    expect(found).toMatchObject({ status: 4, stdout: '', stderr: expect.stringMatching(/^error\[io\]: cannot open/) });
  });

  it('wants at least one worker', () => {
    expect(result(['udp', inputs.last, inputs.last, '--workers', '0'])).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('the number of threads', () => {
  const captures = (...sizes: (number | undefined)[]) =>
    sizes.map((size, i) => ({ name: `${i}.pcap`, size }) as Capture);
  const mebibyte = 1 << 20;

  it('is what is asked for, but no more than the captures', () => {
    expect(threadsFor(captures(10, 10, 10), 2)).toBe(2);
    expect(threadsFor(captures(10, 10, 10), 9)).toBe(3);
  });

  it('is one for small captures, and for what is no regular file', () => {
    expect(threadsFor(captures(100 * mebibyte, 100 * mebibyte), undefined)).toBe(1);
    expect(threadsFor(captures(2 ** 40, undefined), 4)).toBe(1);
    expect(threadsFor(captures(2 ** 40), 4)).toBe(1);
  });

  it('is as many as there are processors for large ones, compressed ones counted for more', () => {
    const most = (captures: number) => Math.min(captures, availableParallelism());
    expect(threadsFor(captures(2 ** 34, 2 ** 34, 10), undefined)).toBe(most(3));
    const packed = captures(40 * mebibyte, 40 * mebibyte).map(({ size }) => ({ name: 'a.pcap.gz', size }) as Capture);
    expect(threadsFor(packed, undefined)).toBe(most(2));
  });
});
