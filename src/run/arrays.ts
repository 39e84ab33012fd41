// The arrays of a batch, as a caller gives them: whether they have an entry for each packet, and whether running changes what was
// checked.

import { expectArray, expectBytes } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { Packets } from './engine.js';

/** Where an array lies. V8 takes 70 ns to tell its buffer, so it is asked once. */
interface Area {
  readonly buffer: ArrayBufferLike;
  readonly start: number;
  readonly end: number;
}

/** The arrays of `Packets`, once they are checked. */
interface Checked {
  readonly count: number;
  readonly data: Area;
  readonly offsets: Area;
  readonly captured: Area;
}

/** @throws BpfError as `Filter.runBatch`, but for what is wrong with a single packet */
export function checkBatch(packets: Packets, verdicts: Uint32Array): void {
  checkVerdicts('verdicts', verdicts, checkPackets(packets));
}

/**
 * The same for several filters in one pass: what the first of them writes, the next one must not read.
 * @throws BpfError as `FilterSet.runBatch`, but for what is wrong with a single packet
 */
export function checkBatchOfSet(packets: Packets, verdicts: readonly Uint32Array[], filters: number): void {
  const checked = checkPackets(packets);
  expectArray(verdicts, 'verdicts');
  if (verdicts.length !== filters) {
    throw new BpfError('range', `expected ${filters} arrays of verdicts, one a filter, got ${verdicts.length}`);
  }
  const written = Array.from(verdicts, (one, i) => checkVerdicts(`verdicts[${i}]`, one, checked));
  const read = [checked.data, areaOf(packets.lengths)];
  if (areApart(written) && !written.some((one) => read.some((other) => overlap(one, other)))) return;
  throw new BpfError('usage', 'expected verdicts that share no memory with each other, data and lengths');
}

function checkPackets(packets: Packets): Checked {
  expectBytes(packets.data, 'data');
  const { offsets } = packets;
  if (!(offsets instanceof Uint32Array)) throw new BpfError('usage', 'expected offsets as a Uint32Array');
  const count = offsets.length;
  checkEntries('captured', packets.captured, count);
  checkEntries('lengths', packets.lengths, count);
  return { count, data: areaOf(packets.data), offsets: areaOf(offsets), captured: areaOf(packets.captured) };
}

function checkVerdicts(name: string, verdicts: Uint32Array, { count, data, offsets, captured }: Checked): Area {
  checkEntries(name, verdicts, count);
  const written = areaOf(verdicts);
  checkApart('offsets', offsets, data, written);
  checkApart('captured', captured, data, written);
  return written;
}

function areaOf({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): Area {
  return { buffer, start: byteOffset, end: byteOffset + byteLength };
}

/** What was checked must not change while the batch is run: neither by it nor by another thread. */
function checkApart(name: string, checked: Area, data: Area, verdicts: Area): void {
  if (checked.buffer instanceof SharedArrayBuffer) {
    throw new BpfError('usage', `expected ${name} in memory that no other thread can change`);
  }
  if (!overlap(checked, verdicts) && !overlap(checked, data)) return;
  throw new BpfError('usage', `expected ${name} that share no memory with data and verdicts`);
}

/** Whether writing one changes the other. */
function overlap(one: Area, other: Area): boolean {
  return one.buffer === other.buffer && one.start < other.end && other.start < one.end;
}

/** Whether writing one of them changes none of the others: they are gone over in the order in which they lie. */
function areApart(areas: readonly Area[]): boolean {
  const ends = new Map<ArrayBufferLike, number>();
  for (const { buffer, start, end } of areas.toSorted((a, b) => a.start - b.start)) {
    if (start === end) continue;
    if (start < (ends.get(buffer) ?? 0)) return false;
    ends.set(buffer, end);
  }
  return true;
}

function checkEntries(name: string, array: unknown, count: number): void {
  if (!(array instanceof Uint32Array)) throw new BpfError('usage', `expected ${name} as a Uint32Array`);
  if (array.length >= count) return;
  throw new BpfError('range', `expected at least ${count} entries in ${name}, one an offset, got ${array.length}`);
}
