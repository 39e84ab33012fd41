import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { openCapture } from '../src/capture/open.js';
import { CaptureWriter, type WriterOptions } from '../src/capture/writer.js';
import { pcapFile, readBytes } from './capture-files.js';
import { block, enhanced, interfaceBlock, obsolete, option, section, simple } from './pcapng-blocks.js';

const folder = mkdtempSync(join(tmpdir(), 'unibpf-pcapng-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);
const concat = (...parts: Uint8Array[]) => Buffer.concat(parts);

async function rewritten(input: Uint8Array, options: WriterOptions): Promise<Buffer> {
  const path = join(folder, 'copy');
  const writer = new CaptureWriter(path, options);
  for await (const batch of openCapture(Readable.from([input], { objectMode: true }))) await writer.write(batch);
  await writer.close();
  return readFileSync(path);
}

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('the pcapng reader, %s', (_, little) => {
  const order = { littleEndian: little };
  const magic = Uint8Array.from(little ? [0x4d, 0x3c, 0x2b, 0x1a] : [0x1a, 0x2b, 0x3c, 0x4d]);

  it('reads enhanced, simple and obsolete packet blocks', async () => {
    const file = concat(
      section(order),
      interfaceBlock({ link: 1, snaplen: 4 }, order),
      enhanced({ data: bytes(1, 2, 3), length: 9, ticks: 1_700_000_000_000_001n }, order),
      simple({ data: bytes(1, 2, 3, 4), length: 60 }, order),
      obsolete({ data: bytes(5), ticks: 2_000_000n }, order),
    );
    expect(await readBytes(file)).toEqual({
      packets: [
        { data: '010203', length: 9, seconds: 1_700_000_000, nanoseconds: 1000, link: 1 },
        { data: '01020304', length: 60, seconds: 0, nanoseconds: 0, link: 1 },
        { data: '05', length: 1, seconds: 2, nanoseconds: 0, link: 1 },
      ],
    });
  });

  const tenth = (exponent: number) => option(9, bytes(exponent), order);
  const offset = (seconds: bigint) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, seconds, little);
    return option(14, new Uint8Array(view.buffer), order);
  };
  it.each([
    ['microseconds, where nothing is said', [], 1_500_000n, 1, 500_000_000],
    ['seconds', [tenth(0)], 7n, 7, 0],
    ['nanoseconds', [tenth(9)], 1_000_000_001n, 1, 1],
    ['picoseconds, cut to nanoseconds', [tenth(12)], 1_000_000_001_999n, 1, 1],
    ['a finer unit than 64 bits of it make a second', [tenth(30)], 1n, 0, 0],
    ['parts of a second in powers of two', [tenth(0x80 | 20)], (3n << 20n) + (1n << 19n), 3, 500_000_000],
    ['an offset', [offset(1_000n)], 1_500_000n, 1001, 500_000_000],
    ['a negative offset', [offset(-1n)], 1_500_000n, 0, 500_000_000],
  ])('reads times in %s', async (_name, options, ticks, seconds, nanoseconds) => {
    const file = concat(
      section(order),
      interfaceBlock({ link: 1, options }, order),
      enhanced({ data: bytes(1), ticks }, order),
    );
    expect((await readBytes(file)).packets).toEqual([{ data: '01', length: 1, seconds, nanoseconds, link: 1 }]);
  });

  it('keeps interfaces apart, and passes over blocks without packets', async () => {
    const file = concat(
      section(order),
      interfaceBlock({ link: 1 }, order),
      block(0x1234_5678, bytes(1, 2, 3, 4), order),
      interfaceBlock({ link: 101 }, order),
      enhanced({ data: bytes(1), on: 1 }, order),
      enhanced({ data: bytes(2), on: 0 }, order),
      enhanced({ data: bytes(3), on: 1 }, order),
    );
    const { packets } = await readBytes(file);
    expect(packets.map(({ data, link }) => [data, link])).toEqual([
      ['01', 101],
      ['02', 1],
      ['03', 101],
    ]);
  });

  it('begins anew with a section, in the other byte order too', async () => {
    const other = { littleEndian: !little };
    const file = concat(
      section(order),
      interfaceBlock({ link: 1 }, order),
      enhanced({ data: bytes(1) }, order),
      section(other),
      interfaceBlock({ link: 113 }, other),
      enhanced({ data: bytes(2) }, other),
    );
    const { packets, error } = await readBytes(file);
    expect(error).toBeUndefined();
    expect(packets.map(({ data, link }) => [data, link])).toEqual([
      ['01', 1],
      ['02', 113],
    ]);
  });

  it('gives every packet before the damage, wherever it is cut, in any chunks', async () => {
    const parts = [
      section(order),
      interfaceBlock({ link: 1 }, order),
      enhanced({ data: bytes(1, 2, 3) }, order),
      simple({ data: bytes(4, 5) }, order),
    ];
    const file = concat(...parts);
    const ends = parts.map((_part, i) => concat(...parts.slice(0, i + 1)).length);
    for (let size = 4; size <= file.length; size++) {
      const { packets, error } = await readBytes(file.subarray(0, size), 7);
      expect(packets.length).toBe(Math.max(0, ends.findLastIndex((end) => end <= size) - 1));
      if (ends.includes(size) && size !== ends[0]) expect(error).toBeUndefined();
      else
        expect(error).toMatch(
          /^io: 'the stream' (is cut short: the block at byte \d+ needs \d+ bytes, found \d+|has no)/,
        );
    }
  });

  it.each([
    [
      'a length that is no multiple of four',
      enhanced({ data: bytes(1) }, { ...order, length: 39 }),
      'the length of a block is 39, no multiple of 4',
    ],
    [
      'a length below that of a packet block',
      enhanced({ data: bytes(1) }, { ...order, length: 20 }),
      'a block of a packet needs 32 bytes, its length is 20',
    ],
    [
      'two lengths that differ',
      enhanced({ data: bytes(1) }, { ...order, trailer: 40 }),
      "a block's length is 36 at its start and 40 at its end",
    ],
    [
      'a length beyond all measure',
      enhanced({ data: bytes(1) }, { ...order, length: 0x8000_0000 }),
      'a block of 2147483648 bytes exceeds the limit',
    ],
    [
      'an unknown interface',
      enhanced({ data: bytes(1), on: 1 }, order),
      'a packet was captured on interface 1, and there are 1',
    ],
    [
      'a packet beyond the snapshot length',
      enhanced({ data: new Uint8Array(17) }, order),
      'a packet of 17 bytes exceeds the snapshot length of 16 bytes',
    ],
    [
      'a packet beyond its block',
      enhanced({ data: bytes(1), captured: 9 }, order),
      'a packet of 9 bytes in a block of 36 bytes',
    ],
    [
      'a section without its magic',
      block(0x0a0d0d0a, new Uint8Array(16), order),
      'a section without the byte order magic',
    ],
    ['a section header that is too short', block(0x0a0d0d0a, magic, order), 'a section header of 16 bytes'],
    ['a short interface description', block(1, bytes(1, 2, 3, 4), order), 'an interface description of 16 bytes'],
    [
      'an option beyond its block',
      interfaceBlock({ link: 1, options: [bytes(9, 9, 9, 9)] }, order),
      /an option of 2313 bytes reaches beyond/,
    ],
    [
      'a resolution of two bytes',
      interfaceBlock({ link: 1, options: [option(9, bytes(1, 2), order)] }, order),
      'the time resolution of an interface has 2 bytes, expected 1',
    ],
    [
      'an offset of four bytes',
      interfaceBlock({ link: 1, options: [option(14, bytes(1, 2, 3, 4), order)] }, order),
      'the time offset of an interface has 4 bytes, expected 8',
    ],
    [
      'a block of any kind that is too short',
      block(77, bytes(), { ...order, length: 8 }),
      'a block of 8 bytes, expected 12 to 16777216',
    ],
  ])('refuses %s, after the packets before it', async (_name, bad, message) => {
    const good = concat(
      section(order),
      interfaceBlock({ link: 1, snaplen: 16 }, order),
      enhanced({ data: bytes(7) }, order),
    );
    const { packets, error } = await readBytes(concat(good, bad, new Uint8Array(64)));
    expect(packets.length).toBe(1);
    expect(error).toContain(`'the stream' is damaged at byte ${good.length}: `);
    expect(error).toMatch(message);
  });
});

describe('the pcapng reader', () => {
  it('refuses a version that it does not know, and a file without interfaces', async () => {
    expect((await readBytes(section({ version: [2, 0] }))).error).toBe(
      "unsupported: 'the stream' is of pcapng version 2.0, expected 1.0 or 1.2",
    );
    expect((await readBytes(section())).error).toBe(
      "io: 'the stream' has no interface description, so its packets have no link type",
    );
  });

  it('takes 65536 interfaces in a section and no more', async () => {
    const interfaces = (count: number) =>
      concat(section(), ...Array<Uint8Array>(count).fill(interfaceBlock({ link: 1 })));
    const packet = enhanced({ data: bytes(1), on: 65_535 });
    expect((await readBytes(concat(interfaces(65_536), packet))).packets.length).toBe(1);
    expect((await readBytes(interfaces(65_537))).error).toMatch('more than 65536 interfaces in a section');
  });

  it('gives one batch for a capture without packets', async () => {
    const links = [];
    const file = concat(section(), interfaceBlock({ link: 113 }));
    for await (const batch of openCapture(Readable.from([file], { objectMode: true }))) links.push(batch.link);
    expect(links).toEqual([113]);
  });

  it('does not collect blocks without end', async () => {
    const names = block(4, new Uint8Array(1 << 16));
    let most = 0;
    const file = concat(section(), interfaceBlock({ link: 1 }), ...Array.from({ length: 64 }, () => names));
    for await (const batch of openCapture(Readable.from([file], { objectMode: true }))) {
      most = Math.max(
        most,
        batch.blocks.reduce((sum, { length }) => sum + length, 0),
      );
    }
    expect(most).toBeLessThan(1.2e6);
  });

  it('never fails but with an error of ours', async () => {
    const file = concat(
      section(),
      interfaceBlock({ link: 1, options: [option(9, bytes(9)), option(2, Buffer.from('eth0'))] }),
      enhanced({ data: bytes(1, 2, 3), options: [option(1, Buffer.from('a comment'))] }),
      simple({ data: bytes(1) }),
      obsolete({ data: bytes(2) }),
    );
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(flips, fc.nat(80), async (changes, cut) => {
        const copy = Buffer.from(file);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        const input = Readable.from([copy.subarray(0, copy.length - cut)], { objectMode: true });
        try {
          for await (const batch of openCapture(input)) for (let i = 0; i < batch.count; i++) batch.time(i);
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError);
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});

describe('the pcapng writer', () => {
  it('writes what it has read, byte for byte, with every option', async () => {
    const packet = fc.record({
      data: fc.uint8Array({ maxLength: 40 }),
      length: fc.nat(0xffff),
      ticks: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      on: fc.nat(1),
      options: fc.constantFrom([], [option(1, Buffer.from('seen'))]),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(packet), fc.boolean(), async (packets, littleEndian) => {
        const order = { littleEndian };
        const swap = (o: Uint8Array) => (littleEndian ? o : option(1, Buffer.from('seen'), order));
        const file = concat(
          section(order),
          interfaceBlock(
            { link: 1, options: [option(2, Buffer.from('eth0'), order), option(9, bytes(9), order)] },
            order,
          ),
          interfaceBlock({ link: 101, snaplen: 100 }, order),
          ...packets.map((one) => enhanced({ ...one, options: one.options.map(swap) }, order)),
        );
        expect((await rewritten(file, { format: 'pcapng' })).equals(file)).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('keeps names and statistics, and takes back the length of a section', async () => {
    const start = interfaceBlock({ link: 1 });
    const rest = [block(4, bytes(0, 0, 0, 0)), enhanced({ data: bytes(1) }), block(5, new Uint8Array(12))];
    const file = concat(section({ sectionLength: 123n }), start, ...rest, block(0x4000_0bad, bytes(1, 2, 3, 4)));
    expect(await rewritten(file, { format: 'pcapng' })).toEqual(concat(section(), start, ...rest));
  });

  it('makes a section of a pcap file', async () => {
    const packets = [{ data: bytes(1, 2, 3), length: 60, seconds: 1_700_000_000, fraction: 999_999_999 }];
    const file = pcapFile(packets, { magic: 0xa1b23c4d, link: 101, snaplen: 100 });
    expect(await rewritten(file, { format: 'pcapng' })).toEqual(
      concat(
        section(),
        interfaceBlock({ link: 101, snaplen: 100, options: [option(9, bytes(9)), bytes(0, 0, 0, 0)] }),
        enhanced({ data: bytes(1, 2, 3), length: 60, ticks: 1_700_000_000_999_999_999n }),
      ),
    );
  });

  it('cuts packets of every kind, and keeps their options', async () => {
    const comment = [option(1, Buffer.from('kept'))];
    const start = concat(section(), interfaceBlock({ link: 1 }));
    const file = concat(
      start,
      enhanced({ data: bytes(1, 2, 3, 4, 5), options: comment, ticks: 5n }),
      simple({ data: bytes(1, 2, 3, 4, 5) }),
      simple({ data: bytes(9) }),
    );
    expect(await rewritten(file, { format: 'pcapng', snaplen: 2 })).toEqual(
      concat(
        start,
        enhanced({ data: bytes(1, 2), length: 5, options: comment, ticks: 5n }),
        enhanced({ data: bytes(1, 2), length: 5 }),
        simple({ data: bytes(9) }),
      ),
    );
  });

  it('makes a pcap file of a capture with one link type, in the precision of its first interface', async () => {
    const nano = [option(9, bytes(9))];
    const file = concat(
      section(),
      interfaceBlock({ link: 1, options: nano }),
      enhanced({ data: bytes(1), ticks: 1_000_000_007n }),
    );
    expect(await rewritten(file, {})).toEqual(
      pcapFile([{ data: bytes(1), seconds: 1, fraction: 7 }], { magic: 0xa1b23c4d }),
    );
    const micro = concat(section(), interfaceBlock({ link: 1 }), enhanced({ data: bytes(1), ticks: 1_000_007n }));
    expect(await rewritten(micro, {})).toEqual(pcapFile([{ data: bytes(1), seconds: 1, fraction: 7 }]));
  });
});
