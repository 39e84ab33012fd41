// A scan that stops at a limit has run its program on the packets up to the last one that it gives, and on none behind it: programs with
// maps tell, since each run changes what the next ones find. The plain way is the interpreter, packet by packet.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import type { PacketBatch } from '../src/capture/batch.js';
import { openCapture } from '../src/capture/open.js';
import type { ScanOptions } from '../src/capture/scan.js';
import type { CaptureInput } from '../src/capture/source.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import type { Filter } from '../src/run/filter.js';
import { type LoadOptions, load } from '../src/run/load.js';
import { BpfMap } from '../src/run/map/map.js';
import { nativeMissing } from '../src/run/native.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';
import { pcapFile } from './capture-files.js';
import { captureOf, type Plan, plans, stream } from './long-captures.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 10);

const state = { name: 'state', type: 'array', keySize: 4, valueSize: 16, maxEntries: 1 } as const;

/** r9 = a number of the packet; what was seen so far is mixed with it, and tells what is let pass: a packet more or less changes all. */
const mixes = `
  *(u32 *)(r10 -4) = 0
  r1 = map[idx:0]
  r2 = r10
  r2 += -4
  call 1
  if r0 == 0 goto out
  r1 = *(u64 *)(r0 +8)
  r1 += 1
  *(u64 *)(r0 +8) = r1
  r1 = *(u64 *)(r0 +0)
  r1 *= 0x9e3779b1
  r1 ^= r9
  r2 = r1
  r2 >>= 15
  r1 ^= r2
  *(u64 *)(r0 +0) = r1
  r0 = r1
  r0 >>= 7
  r0 &= 1
out:
  exit`;

/** By environment: native code walks over records for filters of sockets alone; XDP is given batches. */
const programs: Readonly<Record<string, VerifiedProgram>> = {
  socket_filter: verified('socket_filter', `r9 = *(u32 *)(r1 +0)${mixes}`),
  sched_cls: verified('sched_cls', `r9 = *(u32 *)(r1 +0)${mixes}`),
  xdp: verified('xdp', `r9 = *(u32 *)(r1 +4); r2 = *(u32 *)(r1 +0); r9 -= r2${mixes}`),
};

function verified(world: string, text: string): VerifiedProgram {
  return verify(Program.parse(text, { maps: [state] }), environment(world));
}

interface Found {
  readonly packets: string[];
  all: number;
  /** What is in the map in the end: it tells which packets were run, and in which order. */
  state: string;
  error: string | undefined;
}

/** Goes over batches with a filter of its own map. */
async function withMap(
  program: VerifiedProgram,
  options: LoadOptions,
  go: (filter: Filter, found: Found) => Promise<void>,
): Promise<Found> {
  const map = new BpfMap(state);
  using filter = load(program, { ...options, maps: [map] });
  const found: Found = { packets: [], all: 0, state: '', error: undefined };
  try {
    await go(filter, found);
  } catch (error) {
    found.error = error instanceof Error ? error.message.replace(/^'[^']*'/, '') : String(error);
  }
  found.state = toHex(map.get(0)!);
  return found;
}

function shown(batch: PacketBatch, i: number): string {
  const { index, captured } = batch;
  return `${captured[i]} ${index.lengths[i]} ${index.timesHigh[i]} ${index.timesLow[i]} ${index.interfaceIds[i]}`;
}

/** Every packet read, and run on the interpreter, until there are enough. */
function plain(program: VerifiedProgram, bytes: Uint8Array, { invert = false, limit = Infinity }: ScanOptions) {
  return withMap(program, { engine: 'interpreter' }, async (filter, found) => {
    for await (const batch of openCapture(bytes)) {
      for (let i = 0; i < batch.count; i++) {
        found.all++;
        if (filter.matches(batch.packet(i), batch.lengths[i]) !== invert) found.packets.push(shown(batch, i));
        if (found.packets.length === limit) return;
      }
    }
  });
}

function scanned(program: VerifiedProgram, options: LoadOptions, input: CaptureInput, how: ScanOptions) {
  return withMap(program, options, async (filter, found) => {
    for await (const batch of openCapture(input).scan(filter, how)) {
      found.all += batch.scanned.packets;
      for (let i = 0; i < batch.count; i++) found.packets.push(shown(batch, i));
    }
  });
}

const engines: readonly LoadOptions[] = [
  { engine: 'interpreter' },
  ...(nativeMissing() === undefined
    ? ([
        { engine: 'jit' },
        { engine: 'jit', optimize: false },
        { engine: 'jit', optimize: true },
        { engine: 'jit', hardened: true },
      ] as const)
    : []),
];

const hows = fc.record({ invert: fc.boolean(), limit: fc.constantFrom(1, 2, 70, 2500, Infinity) });

const many = pcapFile(
  Array.from({ length: 40_000 }, (_, i) => ({ data: Uint8Array.of(i & 255, i >> 8), length: 2 + (i % 3) })),
);
const compressed = gzipSync(many);

describe.each(Object.keys(programs))('a program of type %s that remembers each packet', (world) => {
  const program = programs[world]!;
  const folder = mkdtempSync(join(tmpdir(), 'unibpf-limit-'));
  const path = join(folder, 'a.pcap');
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(engines)(
    'is run on what comes before the limit, and on nothing else: %j',
    async (options) => {
      const law = async (plan: Plan, how: ScanOptions, size: number) => {
        const bytes = captureOf({ ...plan, count: Math.min(plan.count, 2000) });
        const expected = await plain(program, bytes, how);
        expect(await scanned(program, options, bytes, how)).toEqual(expected);
        expect(await scanned(program, options, stream(bytes, size), how)).toEqual(expected);
        writeFileSync(path, bytes);
        expect(await scanned(program, options, path, how)).toEqual(expected);
      };
      const pieces = fc.integer({ min: 1000, max: 300_000 });
      await fc.assert(fc.asyncProperty(plans, hows, pieces, law), { seed, numRuns });
    },
    120_000,
  );

  const limits = [1, 17_000];
  const expected = limits.map((limit) => plain(program, many, { limit }));

  it.each(engines)(
    'is run so over more packets than a batch holds, and compressed ones: %j',
    async (options) => {
      for (const [index, limit] of limits.entries()) {
        const { packets, ...others } = await expected[index]!;
        for (const input of limit === 1 ? [many] : [many, compressed]) {
          const found = await scanned(program, options, input, { limit });
          expect({ ...found, packets: found.packets.length }).toEqual({ ...others, packets: limit });
        }
        expect(packets.length).toBe(limit);
      }
    },
    60_000,
  );

  it.each(engines)('has been run on what the batches tell of, when their reader leaves: %j', async (options) => {
    const { all, state: left } = await withMap(program, options, async (filter, found) => {
      for await (const batch of openCapture(many).scan(filter)) {
        found.all += batch.scanned.packets;
        if (found.all > 17_000) return;
      }
    });
    const runs = new DataView(Uint8Array.from(Buffer.from(left, 'hex')).buffer).getBigUint64(8, true);
    expect([all > 17_000, runs]).toEqual([true, BigInt(all)]);
    expect(all).toBeLessThan(40_000);
  });
});
