// The classic capture file, as libpcap reads it (pcap-savefile(5)). All numbers are in the byte order of the magic.
//
//   file     0 magic   4 major, minor   8 zone, sigfigs   16 snaplen   20 link type
//   record   0 seconds   4 fraction   8 captured   12 length   16 the packet
//
// The upper six bits of the link type describe a frame check sequence. Kuznetzov's variant (old Red Hat systems) has
// eight bytes more in a record's header, which nobody needs. Before version 2.3 the two lengths stood the other way
// round, and in 2.3 either way.

import { BpfError } from '../base/error.js';
import { type CaptureFormat, type CaptureInterface, IndexBuilder, PacketBatch } from './batch.js';
import { type Clock, microseconds, nanoseconds } from './clock.js';
import { damage, truncation } from './fault.js';
import { capturedLimit, savedLink } from './link.js';
import type { RecordLayout, Scan } from './scan.js';
import type { Window } from './window.js';

export const fileHeaderSize = 24;
export const recordHeaderSize = 16;
const patchedHeaderSize = 24;

export const magics = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d, patched: 0xa1b2cd34 } as const;

interface PcapHeader {
  readonly format: CaptureFormat;
  readonly interface: CaptureInterface;
  readonly recordHeader: number;
  /** Whether the lengths of a record stand as length, captured: always, never, or where that makes sense. */
  readonly swapped: 'no' | 'yes' | 'maybe';
}

/** The byte order in which the first four bytes are a magic number of pcap; undefined where they aren't. */
export function pcapByteOrder(view: DataView, start: number): 'little' | 'big' | undefined {
  const known: readonly number[] = Object.values(magics);
  if (known.includes(view.getUint32(start, true))) return 'little';
  return known.includes(view.getUint32(start, false)) ? 'big' : undefined;
}

/**
 * The packets of a pcap file, from its first byte on. There is at least one batch, so that the link type is known.
 * @throws BpfError 'io' after the last whole packet before the damage
 */
export async function* readPcap(window: Window, scan?: Scan): AsyncGenerator<PacketBatch, void, void> {
  const header = await readHeader(window);
  const interfaces = [header.interface];
  const builder = new IndexBuilder();
  const layout = layoutOf(header, interfaces);
  let first = true;
  for (;;) {
    const state = scan?.records(window, layout, builder) ?? walk(window, header, builder);
    if (builder.hasPackets || first) {
      yield new PacketBatch(window.data, builder.take(), header.format, interfaces, [], builder.takeScanned());
    }
    first = false;
    if (state === 'full') continue;
    if (state !== 'partial') throw absurd(window, header);
    const size = recordSize(window, header);
    if (await window.more(size)) continue;
    if (window.available === 0) return;
    throw truncation(window.name, window.offset(), 'the packet', size, window.available);
  }
}

async function readHeader(window: Window): Promise<PcapHeader> {
  if (!(await window.need(fileHeaderSize))) {
    throw truncation(window.name, 0, 'the file header', fileHeaderSize, window.available);
  }
  const { view, start } = window;
  const littleEndian = pcapByteOrder(view, start) === 'little';
  const magic = view.getUint32(start, littleEndian);
  const major = view.getUint16(start + 4, littleEndian);
  const minor = view.getUint16(start + 6, littleEndian);
  if (!(major === 2 && minor <= 4) && !(major === 543 && minor === 0)) {
    throw new BpfError(
      'unsupported',
      `'${window.name}' is a pcap file of version ${major}.${minor}, expected 2.0 to 2.4`,
    );
  }
  const patched = magic === magics.patched;
  const snaplen = view.getUint32(start + 16, littleEndian);
  const link = view.getUint32(start + 20, littleEndian);
  window.start += fileHeaderSize;
  return {
    format: { kind: 'pcap', littleEndian },
    interface: interfaceOf(link, snaplen, magic === magics.nanoseconds ? nanoseconds : microseconds, patched),
    recordHeader: patched ? patchedHeaderSize : recordHeaderSize,
    swapped: major === 543 || minor < 3 ? 'yes' : minor === 3 ? 'maybe' : 'no',
  };
}

function interfaceOf(field: number, stored: number, clock: Clock, patched: boolean): CaptureInterface {
  const link = savedLink(field & 0x03ff_ffff);
  const snaplen = stored === 0 || stored > 0x7fff_ffff ? capturedLimit(link) : stored;
  // The patched libpcap wrote an Ethernet header of its own making before packets that were already cut.
  const made = patched && link === 1 ? 14 : 0;
  return { link, linkFlags: (field & 0xfc00_0000) >>> 0, snaplen: Math.min(snaplen + made, 0x7fff_ffff), clock };
}

const orders = { no: 0, yes: 1, maybe: 2 } as const;

function layoutOf(header: PcapHeader, interfaces: readonly CaptureInterface[]): RecordLayout {
  const { format, recordHeader, swapped } = header;
  const { link } = header.interface;
  const mostCaptured = capturedLimit(link);
  return { format, interfaces, link, headerBytes: recordHeader, order: orders[swapped], mostCaptured };
}

/** Collects the whole records of the window; says why it stopped before its end. */
function walk(window: Window, header: PcapHeader, builder: IndexBuilder): 'partial' | 'full' | 'damaged' {
  const { view, end } = window;
  const { littleEndian } = header.format;
  const { snaplen, link } = header.interface;
  const limit = capturedLimit(link);
  const { offsets, captured, lengths, records, timesHigh, timesLow } = builder;
  const headerSize = header.recordHeader;
  let record = window.start;
  let n = builder.count;
  let state: 'partial' | 'full' | 'damaged' = 'full';
  for (; n < offsets.length; n++) {
    const packet = record + headerSize;
    state = 'partial';
    if (packet > end) break;
    let size = view.getUint32(record + 8, littleEndian);
    let length = view.getUint32(record + 12, littleEndian);
    if (header.swapped !== 'no' && (header.swapped === 'yes' || size > length)) [size, length] = [length, size];
    if (size > limit) state = 'damaged';
    if (state === 'damaged' || packet + size > end) break;
    records[n] = record;
    offsets[n] = packet;
    captured[n] = Math.min(size, snaplen);
    lengths[n] = length;
    timesHigh[n] = view.getUint32(record, littleEndian);
    timesLow[n] = view.getUint32(record + 4, littleEndian);
    record = packet + size;
    state = 'full';
  }
  builder.count = n;
  window.start = record;
  return state;
}

/** How many bytes the record at the start of the window needs, as far as that is known. */
function recordSize(window: Window, header: PcapHeader): number {
  if (window.available < header.recordHeader) return header.recordHeader;
  return header.recordHeader + capturedAt(window, header);
}

function capturedAt(window: Window, header: PcapHeader): number {
  const first = window.view.getUint32(window.start + 8, header.format.littleEndian);
  const second = window.view.getUint32(window.start + 12, header.format.littleEndian);
  if (header.swapped === 'no' || (header.swapped === 'maybe' && first <= second)) return first;
  return second;
}

function absurd(window: Window, header: PcapHeader): BpfError {
  const size = capturedAt(window, header);
  const { snaplen, link } = header.interface;
  const limit = size > snaplen ? snaplen : capturedLimit(link);
  const what = size > snaplen ? 'snapshot length' : 'limit';
  return damage(window.name, window.offset(), `a packet of ${size} bytes exceeds the ${what} of ${limit} bytes`);
}
