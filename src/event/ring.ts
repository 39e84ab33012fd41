// Pages of the kernel's ring buffer, as `per_cpu/cpuN/trace_pipe_raw` of tracefs gives them. What they look like is told by
// `events/header_page`; all numbers are in the processor's byte order:
//
//   byte  0          8-15                                     16 …
//         timestamp  how many bytes of data; bits 31, 30: …   entries, one after the other
//
// Bit 31 of the length says that events were lost before the page, bit 30 that their number stands behind the data. An entry
// begins with 32 bits, of which the low 5 are its type:
//
//   1-28   so many words of a record       29  padding; the next word is its length, if there is a time
//   0      a record; the next word is its length, itself included
//   30     more time; the next word has the upper bits     31  an absolute time, in the same form

import { BpfError } from '../base/error.js';

/** Where the parts of a page are. */
export interface RingLayout {
  readonly commit: { readonly offset: number; readonly size: 4 | 8 };
  readonly data: { readonly offset: number; readonly size: number };
}

export interface RingRecord {
  /** Byte offset in the page. */
  readonly offset: number;
  readonly length: number;
  /** Nanoseconds, by the clock of the trace. */
  readonly time: bigint;
}

export interface RingPage {
  readonly records: readonly RingRecord[];
  /** How many events were lost before the page; undefined where it only says that some were. */
  readonly lost: number | undefined;
  /** Whether an entry does not end inside the page's data: what is behind it is not read. */
  readonly damaged: boolean;
}

const partLine = /^\s*field:\s*[\w ]*?(\w+);\s*offset:(\d+);\s*size:(\d+);/gm;

/**
 * Reads `events/header_page` of tracefs.
 * @throws BpfError 'syntax' when the text doesn't tell where the length and the data are
 */
export function parseRingLayout(text: string): RingLayout {
  const parts = new Map(
    [...text.matchAll(partLine)].map(([, name, offset, size]) => [
      name,
      { offset: Number(offset), size: Number(size) },
    ]),
  );
  const [commit, data] = [parts.get('commit'), parts.get('data')];
  if (commit === undefined || data === undefined || (commit.size !== 4 && commit.size !== 8)) {
    throw new BpfError('syntax', "expected the fields 'commit', of 4 or 8 bytes, and 'data' in a header of pages", {
      place: { source: text, start: 0, end: text.length },
    });
  }
  return { commit: { offset: commit.offset, size: commit.size }, data };
}

const lengthMask = 0x07ff_ffff;
const lostFlag = 0x8000_0000;
const storedFlag = 0x4000_0000;
const types = { counted: 0, padding: 29, extend: 30, stamp: 31 } as const;

/**
 * Reads the records of a page; nothing is read beyond its data.
 * @throws BpfError 'encoding' when it is too short to be a page
 */
export function readRingPage(page: Uint8Array, layout: RingLayout): RingPage {
  const start = layout.data.offset;
  if (page.length < start)
    throw new BpfError('encoding', `expected a page of ${start} bytes at least, got ${page.length}`);
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const commit = view.getUint32(layout.commit.offset, true);
  const length = commit & lengthMask;
  const end = Math.min(start + length, page.length);
  const { records, damaged } = readEntries(view, { start, end }, view.getBigUint64(0, true));
  return { records, lost: lostBefore(view, commit, start + length), damaged: damaged || start + length > page.length };
}

function lostBefore(view: DataView, commit: number, behind: number): number | undefined {
  if ((commit & lostFlag) === 0) return 0;
  const isStored = (commit & storedFlag) !== 0 && behind + 8 <= view.byteLength;
  return isStored ? Number(view.getBigUint64(behind, true)) : undefined;
}

interface Part {
  readonly start: number;
  readonly end: number;
}

function readEntries(view: DataView, { start, end }: Part, began: bigint): Pick<RingPage, 'records' | 'damaged'> {
  const records: RingRecord[] = [];
  let time = began;
  for (let at = start; at < end; ) {
    const entry = entryAt(view, at, end);
    if (entry === undefined) return { records, damaged: true };
    if (entry.kind === 'end') break;
    time = entry.kind === 'stamp' ? entry.time : time + entry.time;
    if (entry.kind === 'record') records.push({ offset: entry.offset, length: entry.next - entry.offset, time });
    at = entry.next;
  }
  return { records, damaged: false };
}

type Entry =
  | { readonly kind: 'end' }
  | { readonly kind: 'skip' | 'stamp'; readonly time: bigint; readonly next: number }
  | { readonly kind: 'record'; readonly time: bigint; readonly next: number; readonly offset: number };

/** The entry at an offset; undefined where it doesn't end before `end`. */
function entryAt(view: DataView, at: number, end: number): Entry | undefined {
  if (at + 4 > end) return undefined;
  const head = view.getUint32(at, true);
  const [type, delta] = [head & 31, BigInt(head >>> 5)];
  if (type > types.counted && type < types.padding) {
    const next = at + 4 + 4 * type;
    return next <= end ? { kind: 'record', time: delta, offset: at + 4, next } : undefined;
  }
  if (type === types.padding && delta === 0n) return { kind: 'end' };
  if (at + 8 > end) return undefined;
  const word = view.getUint32(at + 4, true);
  const time = type >= types.extend ? delta + (BigInt(word) << 27n) : delta;
  if (type >= types.extend) return { kind: type === types.stamp ? 'stamp' : 'skip', time, next: at + 8 };
  const next = at + 4 + word;
  if (word < 4 || next > end) return undefined;
  return type === types.padding ? { kind: 'skip', time, next } : { kind: 'record', time, offset: at + 8, next };
}
