import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { openCapture } from '../src/capture/open.js';
import { CaptureWriter } from '../src/capture/writer.js';
import { filter } from '../src/run/expression.js';
import { type PcapOptions, pcapFile, readAll, readBytes, type SavedPacket } from './capture-files.js';

const folder = mkdtempSync(join(tmpdir(), 'unibpf-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (...values: number[]) => Uint8Array.from(values);
const three: readonly SavedPacket[] = [
  { data: bytes(1, 2, 3), seconds: 1_700_000_000, fraction: 999_999 },
  { data: bytes(), length: 60, seconds: 0xffff_ffff, fraction: 1 },
  { data: bytes(0xff), length: 1500 },
];

/** What is read back from a written copy of what is read from `input`. */
async function rewritten(input: Uint8Array): Promise<Buffer> {
  const path = join(folder, 'copy.pcap');
  const writer = new CaptureWriter(path);
  for await (const batch of openCapture(Readable.from([input], { objectMode: true }))) await writer.write(batch);
  await writer.close();
  return readFileSync(path);
}

describe('the pcap reader', () => {
  const variants: [string, PcapOptions, number][] = [
    ['microseconds, little-endian', {}, 1000],
    ['microseconds, big-endian', { littleEndian: false }, 1000],
    ['nanoseconds, little-endian', { magic: 0xa1b23c4d }, 1],
    ['nanoseconds, big-endian', { magic: 0xa1b23c4d, littleEndian: false }, 1],
    ['the patched variant', { magic: 0xa1b2cd34, extra: 8 }, 1000],
    ['the patched variant, big-endian', { magic: 0xa1b2cd34, extra: 8, littleEndian: false }, 1000],
    ['version 2.2, with the lengths the other way round', { version: [2, 2], swapped: true }, 1000],
    ['version 2.3, with the lengths the other way round', { version: [2, 3], swapped: true }, 1000],
    ['version 2.3, with the lengths in order', { version: [2, 3] }, 1000],
    ['version 543.0, with the lengths the other way round', { version: [543, 0], swapped: true }, 1000],
  ];
  it.each(variants)('reads %s', async (_, options, unit) => {
    const { packets, error } = await readBytes(pcapFile(three, options));
    expect(error).toBeUndefined();
    expect(packets).toEqual([
      { data: '010203', length: 3, seconds: 1_700_000_000, nanoseconds: 999_999 * unit, link: 1 },
      { data: '', length: 60, seconds: 0xffff_ffff, nanoseconds: unit, link: 1 },
      { data: 'ff', length: 1500, seconds: 0, nanoseconds: 0, link: 1 },
    ]);
  });

  it('takes a packet for as long as what was captured of it, where its length says less', async () => {
    const path = join(folder, 'short.pcap');
    writeFileSync(
      path,
      pcapFile([
        { data: bytes(1, 2, 3), length: 2 },
        { data: bytes(4), length: 9 },
      ]),
    );
    for await (const batch of openCapture(path)) {
      expect([...batch.lengths]).toEqual([3, 9]);
      expect([...batch.index.lengths]).toEqual([2, 9]);
      const verdicts = new Uint32Array(2);
      expect(filter('len = 3').runBatch(batch.data, batch.offsets, batch.captured, verdicts, batch.lengths)).toBe(1);
    }
    let found = 0;
    for await (const batch of openCapture(path).scan(filter('len = 3'))) found += batch.count;
    expect(found).toBe(1);
  });

  it.each([1, 7, 16, 41])('reads the same from chunks of %i bytes', async (chunk) => {
    const file = pcapFile(three);
    expect(await readBytes(file, chunk)).toEqual(await readBytes(file));
  });

  it('cuts a packet that is longer than the snapshot length to it', async () => {
    const { packets } = await readBytes(pcapFile([{ data: bytes(1, 2, 3) }, { data: bytes(9) }], { snaplen: 2 }));
    expect(packets.map(({ data, length }) => [data, length])).toEqual([
      ['0102', 3],
      ['09', 1],
    ]);
  });

  it('reads packets that are larger than a piece, and small ones behind them', async () => {
    const large = new Uint8Array(262_144).fill(7);
    const { packets } = await readBytes(
      pcapFile([{ data: bytes(1) }, { data: large }, { data: large }, { data: bytes(2) }]),
    );
    expect(packets.map(({ data }) => data.length / 2)).toEqual([1, 262_144, 262_144, 1]);
  });

  it('delivers more packets than a batch holds, in batches', async () => {
    const packets = Array.from({ length: 40_000 }, (_, i) => ({ data: bytes(), seconds: i }));
    const counts = [];
    const capture = openCapture(Readable.from([pcapFile(packets)], { objectMode: true }));
    for await (const batch of capture) counts.push(batch.count);
    expect(counts.reduce((sum, count) => sum + count)).toBe(40_000);
    expect(Math.max(...counts)).toBe(16_384);
  });

  it('gives one empty batch for a file without packets', async () => {
    const counts = [];
    for await (const batch of openCapture(Readable.from([pcapFile([], { link: 101 })], { objectMode: true }))) {
      counts.push([batch.count, batch.link, batch.interfaces[0]!.snaplen]);
    }
    expect(counts).toEqual([[0, 101, 262_144]]);
  });

  it.each([
    [12, 101],
    [0x3400_0001, 1],
    [276, 276],
  ])('says of link field %i that the link type is %i', async (field, link) => {
    expect((await readBytes(pcapFile([{ data: bytes(1) }], { link: field }))).packets[0]?.link).toBe(link);
  });

  it('opens paths and file: URLs', async () => {
    const path = join(folder, 'a file.pcap');
    writeFileSync(path, pcapFile(three));
    const expected = await readBytes(pcapFile(three));
    for (const input of [path, pathToFileURL(path), pathToFileURL(path).href]) {
      expect(await readAll(openCapture(input))).toEqual(expected);
    }
  });

  it('ends early where it is closed', async () => {
    const path = join(folder, 'long.pcap');
    writeFileSync(path, pcapFile(Array.from({ length: 100_000 }, () => ({ data: bytes(1) }))));
    const capture = openCapture(path);
    let count = 0;
    for await (const batch of capture) {
      count += batch.count;
      capture.close();
    }
    expect(count).toBeLessThan(40_000);
  });
});

describe('a bad pcap file', () => {
  const header = pcapFile([]);
  const absurd = pcapFile([{ data: bytes(1, 2, 3) }]);
  new DataView(absurd.buffer, absurd.byteOffset).setUint32(32, 262_145, true);
  it.each([
    ['nothing', bytes(), "io: 'the stream' is cut short: the magic number at byte 0 needs 4 bytes, found 0"],
    [
      'another kind of file',
      Buffer.from('GIF89a'),
      "io: 'the stream' is damaged at byte 0: 0x47494638 is no magic number of a capture file; expected that of pcap or pcapng, plain or in gzip, zstd or LZ4",
    ],
    [
      'a part of the header',
      header.subarray(0, 20),
      "io: 'the stream' is cut short: the file header at byte 0 needs 24 bytes, found 20",
    ],
    [
      'version 1.0',
      pcapFile([], { version: [1, 0] }),
      "unsupported: 'the stream' is a pcap file of version 1.0, expected 2.0 to 2.4",
    ],
    [
      'version 2.5',
      pcapFile([], { version: [2, 5] }),
      "unsupported: 'the stream' is a pcap file of version 2.5, expected 2.0 to 2.4",
    ],
    [
      'an absurd length',
      absurd,
      "io: 'the stream' is damaged at byte 24: a packet of 262145 bytes exceeds the snapshot length of 262144 bytes",
    ],
  ])('%s is refused', async (_, file, message) => {
    expect(await readBytes(file)).toEqual({ packets: [], error: message });
  });

  it('gives every packet before the damage, wherever it is cut', async () => {
    const file = pcapFile(three);
    const ends = [24, 24 + 19, 24 + 19 + 16, file.length];
    for (let size = 24; size <= file.length; size++) {
      const { packets, error } = await readBytes(file.subarray(0, size));
      expect(packets.length).toBe(ends.findLastIndex((end) => end <= size));
      if (ends.includes(size)) expect(error).toBeUndefined();
      else expect(error).toMatch(/^io: 'the stream' is cut short: the packet at byte \d+ needs \d+ bytes, found \d+$/);
    }
  });

  it('gives every packet before an absurd length', async () => {
    const { packets, error } = await readBytes(Buffer.concat([pcapFile(three), absurd.subarray(24)]));
    expect(packets.length).toBe(3);
    expect(error).toContain(`damaged at byte ${pcapFile(three).length}: `);
  });

  it('never fails but with an error of ours', async () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(flips, fc.nat(100), async (changes, cut) => {
        const file = Buffer.from(pcapFile(three));
        for (const [at, value] of changes) file[at % file.length] = value;
        const input = Readable.from([file.subarray(0, file.length - cut)], { objectMode: true });
        try {
          for await (const batch of openCapture(input)) for (let i = 0; i < batch.count; i++) batch.packet(i);
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

describe('the pcap writer', () => {
  it('writes what it has read, byte for byte', async () => {
    const packet = fc.record({
      data: fc.uint8Array({ maxLength: 100 }),
      length: fc.nat(0xffff),
      seconds: fc.nat(0xffff_ffff),
      fraction: fc.nat(0xffff_ffff),
    });
    const options = fc.record({
      magic: fc.constantFrom(0xa1b2c3d4, 0xa1b23c4d),
      snaplen: fc.integer({ min: 100, max: 262_144 }),
      link: fc.constantFrom(1, 101, 113, 0x2800_0001),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(packet), options, async (packets, how) => {
        const file = pcapFile(packets, how);
        expect((await rewritten(file)).equals(file)).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('makes little-endian files of version 2.4 of every variant', async () => {
    const variants = [
      { littleEndian: false },
      { magic: 0xa1b2cd34, extra: 8 },
      { version: [2, 2], swapped: true },
    ] as const;
    for (const variant of variants) {
      const expected = pcapFile(three, { snaplen: 'extra' in variant ? 262_158 : 262_144 });
      expect(await rewritten(pcapFile(three, variant))).toEqual(expected);
    }
  });

  it('writes the header of a capture without packets', async () => {
    expect(await rewritten(pcapFile([], { link: 113 }))).toEqual(pcapFile([], { link: 113 }));
  });

  it('writes only packets whose verdict is not 0, and no more bytes than wanted', async () => {
    const path = join(folder, 'few.pcap');
    const writer = new CaptureWriter(path, { snaplen: 2 });
    for await (const batch of openCapture(Readable.from([pcapFile(three)], { objectMode: true }))) {
      await writer.write(batch, Uint32Array.of(1, 0, 1));
    }
    await writer.close();
    const kept = [{ ...three[0]!, data: bytes(1, 2), length: 3 }, three[2]!];
    expect(readFileSync(path)).toEqual(pcapFile(kept, { snaplen: 2 }));
  });

  it('writes records side by side and alone, over the ends of its buffer, and one that is larger', async () => {
    const packets = Array.from({ length: 4000 }, (_, i) => ({ data: new Uint8Array((i * 37) % 600).fill(i) }));
    packets[2001] = { data: new Uint8Array(262_144).fill(7) };
    for (const wanted of [() => true, (i: number) => i % 7 !== 3, (i: number) => i % 64 === 17]) {
      const path = join(folder, 'runs.pcap');
      const writer = new CaptureWriter(path);
      let first = 0;
      for await (const batch of openCapture(Readable.from([pcapFile(packets)], { objectMode: true }))) {
        await writer.write(
          batch,
          Uint32Array.from({ length: batch.count }, (_, i) => Number(wanted(first + i))),
        );
        first += batch.count;
      }
      await writer.close();
      expect(readFileSync(path).equals(pcapFile(packets.filter((_, i) => wanted(i))))).toBe(true);
    }
  });

  it('refuses packets of two link types in one file', async () => {
    const writer = new CaptureWriter(join(folder, 'two.pcap'));
    const write = async (link: number) => {
      const input = Readable.from([pcapFile(three, { link })], { objectMode: true });
      for await (const batch of openCapture(input)) await writer.write(batch);
    };
    await write(1);
    await expect(write(101)).rejects.toMatchObject({ code: 'link' });
    await writer.close();
  });

  it('refuses a packet that is longer than its header says packets are', async () => {
    const writer = new CaptureWriter(join(folder, 'longer.pcap'));
    const write = async (snaplen: number) => {
      const input = Readable.from([pcapFile(three, { snaplen })], { objectMode: true });
      for await (const batch of openCapture(input)) await writer.write(batch);
    };
    await write(2);
    await expect(write(3)).rejects.toThrow(
      /a packet of 3 bytes exceeds the snapshot length of '.*', 2 bytes as in its first/,
    );
    await writer.close();
  });

  it('says why a file cannot be made or written', () => {
    expect(() => new CaptureWriter(join(folder, 'no', 'such.pcap'))).toThrow(
      `cannot create '${join(folder, 'no', 'such.pcap')}': no such file or directory`,
    );
    expect(() => openCapture(folder)).toThrow(`cannot read '${folder}': it is a directory`);
    expect(() => openCapture(join(folder, 'none'))).toThrow(/cannot open '.*none': no such file or directory/);
    expect(() => openCapture('https://example.org/a.pcap')).toThrow('expected a path or a file: URL');
  });

  it('leaves whole packets in a file on a full disk', async () => {
    const writer = new CaptureWriter('/dev/full');
    const writing = async () => {
      for await (const batch of openCapture(Readable.from([pcapFile(three)], { objectMode: true })))
        await writer.write(batch);
      await writer.close();
    };
    await expect(writing()).rejects.toThrow("cannot write '/dev/full': no space left on device");
  });
});
