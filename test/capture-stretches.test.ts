// Long captures, of which a scan walks over several stretches at once: what it finds is what reading finds, whatever the guesses where
// stretches begin are worth. Among them are captures that make every guess wrong: packets that look like records.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { PacketBatch } from '../src/capture/batch.js';
import { openCapture } from '../src/capture/open.js';
import type { ScanOptions } from '../src/capture/scan.js';
import type { CaptureInput } from '../src/capture/source.js';
import { ClassicProgram } from '../src/classic/program.js';
import { loadFilter } from '../src/run/expression.js';
import { nativeMissing } from '../src/run/native.js';
import { captureOf, type Plan, plans, stream } from './long-captures.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 30);

/** Half of all packets match: their first byte and their length on the wire say which. */
const program = ClassicProgram.parse('ldb [0]  tax  ld #len  add x  and #1  ret a');

function matches(batch: PacketBatch, i: number): boolean {
  return batch.captured[i]! > 0 && ((batch.data[batch.offsets[i]!]! + batch.lengths[i]!) & 1) !== 0;
}

/** What is in the index of each packet, and how it ended. */
interface Found {
  readonly columns: number[];
  packets: number;
  bytes: number;
  error: string | undefined;
}

/** @param wanted how many of a batch are, which it adds; in the end it has come to the limit */
async function gathered(
  batches: AsyncIterable<PacketBatch>,
  wanted: (batch: PacketBatch, found: Found) => boolean,
): Promise<Found> {
  const found: Found = { columns: [], packets: 0, bytes: 0, error: undefined };
  try {
    for await (const batch of batches) if (wanted(batch, found)) break;
  } catch (error) {
    found.error = error instanceof Error ? error.message.replace(/^'[^']*'/, '') : String(error);
  }
  return found;
}

function add({ columns }: Found, { index, captured, data }: PacketBatch, i: number, places: boolean): void {
  const { offsets, lengths, records, timesHigh, timesLow, interfaceIds } = index;
  const end = offsets[i]! + captured[i]!;
  columns.push(captured[i]!, lengths[i]!, timesHigh[i]!, timesLow[i]!, interfaceIds[i]!, offsets[i]! - records[i]!);
  columns.push(data[offsets[i]!] ?? 0, data[end - 1] ?? 0, places ? records[i]! : 0);
}

async function scanned(input: CaptureInput, how: ScanOptions): Promise<Found> {
  using filter = loadFilter(program, 'jit');
  return await gathered(openCapture(input).scan(filter, how), (batch, found) => {
    found.packets += batch.scanned.packets;
    found.bytes += batch.scanned.bytes;
    for (let i = 0; i < batch.count; i++) add(found, batch, i, input instanceof Uint8Array);
    return false;
  });
}

/** Every packet read, and asked about. */
function read(bytes: Uint8Array, { invert = false, limit = Infinity }: ScanOptions, places: boolean): Promise<Found> {
  let left = limit;
  return gathered(openCapture(bytes), (batch, found) => {
    for (let i = 0; i < batch.count && left > 0; i++) {
      found.packets++;
      found.bytes += batch.captured[i]!;
      if (matches(batch, i) === invert) continue;
      add(found, batch, i, places);
      left--;
    }
    return left === 0;
  });
}

const options = fc.record({ invert: fc.boolean(), limit: fc.constantFrom(1, 70, 2500, Infinity, Infinity) });

describe.skipIf(nativeMissing() !== undefined)('a scan over a long capture', () => {
  const folder = mkdtempSync(join(tmpdir(), 'unibpf-scan-'));
  const path = join(folder, 'a.pcap');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds what reading finds, in memory, in a file and in pieces', async () => {
    const law = async (plan: Plan, how: ScanOptions, size: number) => {
      const bytes = captureOf(plan);
      expect(await scanned(bytes, how)).toEqual(await read(bytes, how, true));
      const expected = await read(bytes, how, false);
      expect(await scanned(stream(bytes, size), how)).toEqual(expected);
      writeFileSync(path, bytes);
      expect(await scanned(path, how)).toEqual(expected);
    };
    const pieces = fc.integer({ min: 1000, max: 300_000 });
    await fc.assert(fc.asyncProperty(plans, options, pieces, law), { seed, numRuns });
  });
});
