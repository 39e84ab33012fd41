import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { openCapture } from '../src/capture/open.js';
import { xxh32 } from '../src/capture/xxh32.js';
import { pcapFile, readBytes } from './capture-files.js';
import { lz4Frame, word } from './lz4-frame.js';

const sample = (name: string) => readFileSync(new URL(`./cases/captures/${name}`, import.meta.url));
const plain = sample('twelve.pcap');
const path = process.env.PATH;
afterEach(() => {
  process.env.PATH = path;
});

const gzip = (data: Uint8Array) => gzipSync(data);
const lz4 = (data: Uint8Array) => lz4Frame(data, { independent: false, checksums: true, block: 200 });
const many = pcapFile(Array.from({ length: 3000 }, (_, i) => ({ data: new Uint8Array(500).fill(i), seconds: i })));

describe('a compressed capture', () => {
  it.each([
    ['gzip', gzip(plain)],
    ['gzip in two members', Buffer.concat([gzip(plain.subarray(0, 100)), gzip(plain.subarray(100))])],
    ['zstd', sample('twelve.pcap.zst')],
    ['LZ4', sample('twelve.pcap.lz4')],
    ['LZ4 with linked blocks and checksums', sample('twelve-linked.pcap.lz4')],
    [
      'LZ4 with a skippable frame and two frames',
      Buffer.concat([
        lz4(plain.subarray(0, 77)),
        word(0x184d2a5f),
        word(3),
        Buffer.from('abc'),
        lz4(plain.subarray(77)),
      ]),
    ],
  ])('in %s is read as what it holds', async (_, file) => {
    const expected = await readBytes(plain);
    expect(expected.packets.length).toBe(12);
    expect(await readBytes(file)).toEqual(expected);
    expect(await readBytes(file, 5)).toEqual(expected);
  });

  it('in zstd is read by the library where there is no program', async () => {
    process.env.PATH = '/nonexistent';
    expect(await readBytes(sample('twelve.pcap.zst'), 50)).toEqual(await readBytes(plain));
  });

  it.each([
    ['gzip', gzip(many), 2000],
    ['LZ4', lz4Frame(many, { independent: true, checksums: true, block: 4096 }), 2900],
  ])('in %s gives every packet before it is cut', async (_, file, least) => {
    const { packets, error } = await readBytes(file.subarray(0, file.length - 10));
    expect(packets.length).toBeGreaterThan(least);
    expect(error).toMatch(
      /^io: 'the stream' is cut short: (its gzip data ends too early, at byte|the block at byte) \d+/,
    );
  });

  it.each([
    ['program', path],
    ['library', '/nonexistent'],
  ])('in zstd that is cut says so, by the %s', async (_, search) => {
    process.env.PATH = search;
    const file = sample('twelve.pcap.zst');
    const { error } = await readBytes(file.subarray(0, file.length - 10));
    expect(error).toMatch(/^io: 'the stream' is cut short: its zstd data ends too early, at byte \d+$/);
  });

  it('with damage inside names what it decompresses to', async () => {
    const { packets, error } = await readBytes(gzip(plain.subarray(0, plain.length - 1)));
    expect(packets.length).toBe(11);
    expect(error).toMatch(
      /^io: 'the stream \(decompressed\)' is cut short: the packet at byte 860 needs 76 bytes, found 75$/,
    );
  });

  it('that holds no capture is refused', async () => {
    expect((await readBytes(gzip(Buffer.from('hello')))).error).toContain('0x68656c6c is no magic number of a capture');
    expect((await readBytes(gzip(gzip(plain)))).error).toContain('is no magic number of a capture file');
  });

  it('ends early where it is closed', async () => {
    for (const file of [gzip(many), lz4(many)]) {
      const capture = openCapture(Readable.from([file], { objectMode: true }));
      let count = 0;
      for await (const batch of capture) {
        count += batch.count;
        capture.close();
      }
      expect(count).toBeLessThan(3000);
    }
  });
});

describe('LZ4', () => {
  it('gives back what was compressed', async () => {
    const data = fc
      .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 60 })), {
        maxLength: 12,
      })
      .map((runs) => Buffer.concat(runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => bytes))));
    const options = fc.record({
      independent: fc.boolean(),
      checksums: fc.boolean(),
      block: fc.constantFrom(20, 100, 65_536),
    });
    await fc.assert(
      fc.asyncProperty(data, options, async (payload, how) => {
        const file = pcapFile([{ data: payload }]);
        expect(await readBytes(lz4Frame(file, how))).toEqual(await readBytes(file));
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  const good = lz4Frame(plain, { independent: true, checksums: true, block: 65_536 });
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(good);
    copy[at] = value;
    return copy;
  };
  it.each([
    ['another version', changed(4, 0x84), 'the header of the LZ4 frame is of no known version'],
    ['a wrong header checksum', changed(6, good[6]! ^ 1), 'the checksum of the LZ4 data is wrong'],
    ['a dictionary', changed(4, good[4]! | 1), "unsupported: 'the stream' needs a dictionary"],
    ['a wrong block', changed(20, good[20]! ^ 1), 'the checksum of the LZ4 data is wrong'],
    ['a wrong content checksum', changed(good.length - 1, good.at(-1)! ^ 1), 'the checksum of the LZ4 data is wrong'],
    ['too large a block', changed(9, 0x7f), /a block of \d+ bytes exceeds the frame's 65536/],
    [
      'a skippable frame that is cut',
      Buffer.concat([good, word(0x184d2a50), word(9), Buffer.from('abc')]),
      /^io: 'the stream' is cut short: the frame at byte \d+ needs 9 bytes, found/,
    ],
    ['something behind the frames', Buffer.concat([good, Buffer.from('junk')]), '0x6b6e756a is no magic number of LZ4'],
  ])('refuses %s', async (_, file, message) => {
    expect((await readBytes(file)).error).toMatch(message);
  });

  it('never fails but with an error of ours', async () => {
    const file = lz4Frame(plain, { independent: false, checksums: false, block: 300 });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(255), async (at, value) => {
        const copy = Buffer.from(file);
        copy[7 + (at % (copy.length - 7))] = value;
        try {
          for await (const _batch of openCapture(Readable.from([copy], { objectMode: true })));
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError);
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('has the checksums of xxHash', () => {
    const text = 'Nobody inspects the spammish repetition';
    expect([xxh32(Buffer.from('')), xxh32(Buffer.from('abc')), xxh32(Buffer.from(text))]).toEqual([
      0x02cc5d05, 0x32d153ff, 0xe2293b2f,
    ]);
  });
});
