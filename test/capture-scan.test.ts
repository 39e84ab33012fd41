// A scan gives what reading every packet and asking the filter gives: packet by packet, with the same damage at the same byte.
// Machine code walks over the records by itself (native/runtime/scan.cc), other engines are given what the readers read.

import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import type { PacketBatch } from '../src/capture/batch.js';
import { type Capture, openCapture } from '../src/capture/open.js';
import type { ScanOptions } from '../src/capture/scan.js';
import { ClassicProgram } from '../src/classic/program.js';
import { loadFilter } from '../src/run/expression.js';
import type { Filter } from '../src/run/filter.js';
import { nativeMissing } from '../src/run/native.js';
import { pcapFile } from './capture-files.js';
import { block, enhanced, interfaceBlock, obsolete, section, simple } from './pcapng-blocks.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 300);

/** Half of all packets match: their first byte and their length on the wire say which. */
const program = ClassicProgram.parse('ldb [0]  tax  ld #len  add x  and #1  ret a');
const engines = nativeMissing() === undefined ? (['jit', 'interpreter'] as const) : (['interpreter'] as const);
const filters: ReadonlyMap<string, Filter> = new Map(engines.map((name) => [name, loadFilter(program, name)]));
const filter = filters.get('interpreter')!;

interface Found {
  readonly packets: readonly string[];
  /** How many packets were gone over, and their bytes. */
  readonly all: number;
  readonly bytes: number;
  readonly error?: string;
}

async function found(batches: () => AsyncIterable<PacketBatch>): Promise<Found> {
  const packets: string[] = [];
  let all = 0;
  let bytes = 0;
  try {
    for await (const batch of batches()) {
      for (let i = 0; i < batch.count; i++) packets.push(shown(batch, i));
      all += batch.scanned.packets;
      bytes += batch.scanned.bytes;
    }
    return { packets, all, bytes };
  } catch (error) {
    return { packets, all, bytes, error: error instanceof Error ? error.message : String(error) };
  }
}

function shown(batch: PacketBatch, i: number): string {
  const { seconds, nanoseconds } = batch.time(i);
  const { records, interfaceIds, lengths } = batch.index;
  const place = `${batch.offsets[i]! - records[i]!} on ${interfaceIds[i]}`;
  return `${toHex(batch.packet(i))} ${lengths[i]} ${seconds}.${nanoseconds} ${batch.link} ${place}`;
}

/** Every packet read, and the filter asked for each. */
async function oneByOne(capture: Capture, { invert = false, limit = Infinity }: ScanOptions): Promise<Found> {
  const packets: string[] = [];
  let all = 0;
  let bytes = 0;
  try {
    for await (const batch of capture) {
      for (let i = 0; i < batch.count; i++) {
        if (packets.length === limit) return { packets, all, bytes };
        all++;
        bytes += batch.captured[i]!;
        if (filter.matches(batch.packet(i), batch.lengths[i]) !== invert) packets.push(shown(batch, i));
      }
    }
    return { packets, all, bytes };
  } catch (error) {
    const isOver = packets.length === limit;
    return {
      packets,
      all,
      bytes,
      ...(isOver ? {} : { error: error instanceof Error ? error.message : String(error) }),
    };
  }
}

function stream(bytes: Uint8Array, size: number): Readable {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks, { objectMode: true });
}

const data = fc.uint8Array({ maxLength: 40 });
const extra = fc.constantFrom(0, 1, 1000);
const littleEndian = fc.boolean();

const pcap = fc
  .record({
    packets: fc.array(fc.record({ data, extra, seconds: fc.nat(9), fraction: fc.nat(9) }), { maxLength: 8 }),
    littleEndian,
    variant: fc.constantFrom<object>(
      {},
      { magic: 0xa1b23c4d, snaplen: 20 },
      { magic: 0xa1b2cd34, extra: 8 },
      { version: [2, 2], swapped: true },
      { version: [2, 3], swapped: true },
      { version: [2, 3] },
    ),
  })
  .map(({ packets, littleEndian, variant }) => {
    const saved = packets.map(({ extra, ...packet }) => ({ ...packet, length: packet.data.length + extra }));
    return pcapFile(saved, { littleEndian, ...variant });
  });

const kinds = { enhanced, simple, obsolete };
const pcapng = littleEndian.chain((littleEndian) => {
  const order = { littleEndian };
  const one = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .record({
          kind: fc.constantFrom(...(['enhanced', 'enhanced', 'enhanced', 'simple', 'obsolete'] as const)),
          packet: fc.record({
            data,
            length: fc.integer({ min: 40, max: 99 }),
            ticks: fc.bigInt(0n, 1n << 63n),
            on: fc.nat(3),
          }),
        })
        .map(({ kind, packet }) => kinds[kind](packet, order)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        block(0x1234, new Uint8Array(8), order),
        interfaceBlock({ link: 1, snaplen: 30 }, order),
        Buffer.concat([section(order), interfaceBlock({ link: 101 }, order)]),
      ),
    },
  );
  const start = [section(order), interfaceBlock({ link: 1, snaplen: 24 }, order), interfaceBlock({ link: 1 }, order)];
  const more = interfaceBlock({ link: 101 }, order);
  return fc.array(one, { maxLength: 10 }).map((blocks) => Buffer.concat([...start, more, ...blocks]));
});

/** Whole, cut, or with a byte changed. */
const captures = fc
  .record({ bytes: fc.oneof(pcap, pcapng), cut: fc.nat(400), at: fc.nat(400), value: fc.nat(255), kind: fc.nat(2) })
  .map(({ bytes, cut, at, value, kind }) => {
    if (kind === 0) return bytes;
    if (kind === 1) return bytes.subarray(0, Math.max(0, bytes.length - cut));
    return bytes.map((byte, i) => (i === at ? value : byte));
  });

const options = fc.record({ invert: fc.boolean(), limit: fc.constantFrom(1, 2, 3, Infinity) });

describe.each(engines)('a scan by the engine %s gives what reading and asking gives', (engine) => {
  it('in memory and in pieces, whole, cut and damaged, in both byte orders', async () => {
    const law = async (bytes: Uint8Array, size: number, how: ScanOptions) => {
      const expected = await oneByOne(openCapture(stream(bytes, 1 << 20)), how);
      const named = (text: Found) => JSON.stringify(text).replaceAll("'memory'", "'the stream'");
      const scan = (input: Readable | Uint8Array) => found(() => openCapture(input).scan(filters.get(engine)!, how));
      expect(named(await scan(bytes))).toBe(JSON.stringify(expected));
      expect(named(await scan(stream(bytes, size)))).toBe(JSON.stringify(expected));
    };
    await fc.assert(fc.asyncProperty(captures, fc.integer({ min: 1, max: 200 }), options, law), { seed, numRuns });
  });

  it('with a filter for each link type, asked for once it is met', async () => {
    const order = { littleEndian: true };
    const bytes = Buffer.concat([
      section(order),
      ...[1, 101].map((link) => interfaceBlock({ link }, order)),
      ...[0, 1, 1, 0].map((on) => enhanced({ data: Uint8Array.of(on, 7), length: 3, on }, order)),
    ]);
    const asked: number[] = [];
    const batches = openCapture(bytes).scan((link) => {
      asked.push(link);
      return filters.get(engine)!;
    });
    const { packets, all } = await found(() => batches);
    expect({ packets: packets.length, all, asked: [...new Set(asked)] }).toEqual({
      packets: 2,
      all: 4,
      asked: [1, 101],
    });
  });

  it('over more packets than an index holds, and compressed ones', async () => {
    const packets = Array.from({ length: 40_000 }, (_, i) => ({ data: Uint8Array.of(i & 1, i & 255), length: 2 }));
    const bytes = pcapFile(packets);
    for (const input of [bytes, gzipSync(bytes)]) {
      const result = await found(() => openCapture(input).scan(filters.get(engine)!));
      expect([result.packets.length, result.all, result.bytes]).toEqual([20_000, 40_000, 80_000]);
    }
  });
});

it('reads a part of a larger buffer, and changes nothing there', async () => {
  const bytes = pcapFile([{ data: Uint8Array.of(1, 2) }, { data: Uint8Array.of(3) }]);
  const larger = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('behind')]);
  const copy = Buffer.from(larger);
  const part = larger.subarray(6, 6 + bytes.length);
  expect((await found(() => openCapture(part))).packets.map((packet) => packet.slice(0, 4))).toEqual(['0102', '03 1']);
  expect(larger.equals(copy)).toBe(true);
});

it.each([0, -1, 2.5, Number.NaN])('refuses a limit of %d packets', (limit) => {
  expect(() => openCapture(pcapFile([])).scan(filter, { limit })).toThrow('expected a limit of packets from 1 up');
});
