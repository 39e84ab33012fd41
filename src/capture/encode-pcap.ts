// Packets as the records of a pcap file: little-endian, version 2.4, byte for byte what tcpdump -w writes.

import { assert, BpfError } from '../base/error.js';
import type { CaptureInterface, PacketBatch } from './batch.js';
import { type Clock, isFine, microseconds, nanoseconds } from './clock.js';
import type { OutputBuffer, RecordEncoder } from './encode.js';
import { linkName } from './link.js';
import { fileHeaderSize, magics, recordHeaderSize } from './pcap.js';

interface Header {
  readonly link: number;
  readonly snaplen: number;
  readonly clock: Clock;
}

/**
 * Writes pcap with the link type, the precision and the snapshot length of the first interface that it sees.
 * @param name what messages call the file
 * @param snaplen the bytes of each packet to keep, if not all
 */
export function pcapEncoder(name: string, snaplen?: number): RecordEncoder {
  let header: Header | undefined;
  let mostCopied = -1;
  const keep = (batch: PacketBatch, i: number): number => Math.min(batch.captured[i]!, snaplen ?? Infinity);
  return {
    preamble(batch) {
      const parts: Uint8Array[] = [];
      const first = batch.interface(0);
      if (header === undefined) {
        header = headerFor(first, snaplen);
        parts.push(fileHeader(header, first));
      } else if (batch.count > 0) {
        refuseOther(batch.link, header.link, name);
      }
      mostCopied = isAlike(batch, header) ? header.snaplen : -1;
      return parts;
    },
    copied(batch, i) {
      return batch.index.captured[i]! <= mostCopied && isSame(batch, i)
        ? recordHeaderSize + batch.index.captured[i]!
        : 0;
    },
    size(batch, i) {
      return recordHeaderSize + keep(batch, i);
    },
    encode(batch, i, buffer) {
      assert(header !== undefined, 'the preamble is made before the first packet');
      const captured = keep(batch, i);
      if (captured > header.snaplen) throw tooLong(captured, header.snaplen, name);
      writeTime(batch, i, header.clock, buffer);
      buffer.view.setUint32(buffer.used + 8, captured, true);
      buffer.view.setUint32(buffer.used + 12, batch.index.lengths[i]!, true);
      const start = batch.offsets[i]!;
      buffer.data.set(batch.data.subarray(start, start + captured), buffer.used + recordHeaderSize);
    },
  };
}

function headerFor({ link, snaplen, clock }: CaptureInterface, wanted: number | undefined): Header {
  return { link, snaplen: wanted ?? snaplen, clock: isFine(clock) ? nanoseconds : microseconds };
}

/** Whether numbers and times stand in the records of a batch as they do in the file. */
function isAlike(batch: PacketBatch, { clock }: Header): boolean {
  return batch.format.kind === 'pcap' && batch.format.littleEndian && batch.interface(0).clock === clock;
}

/** Whether a record of such a batch is, byte for byte, what would be made of it: its header may be longer, and its lengths swapped. */
function isSame({ index, view }: PacketBatch, i: number): boolean {
  const record = index.records[i]!;
  if (index.offsets[i] !== record + recordHeaderSize) return false;
  return (
    view.getUint32(record + 8, true) === index.captured[i] && view.getUint32(record + 12, true) === index.lengths[i]
  );
}

function fileHeader(header: Header, first: CaptureInterface): Uint8Array {
  const bytes = new Uint8Array(fileHeaderSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.clock === nanoseconds ? magics.nanoseconds : magics.microseconds, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, header.snaplen, true);
  view.setUint32(20, header.link | first.linkFlags, true);
  return bytes;
}

/** The time in the file's own precision; where that is the precision of the input, its very bits. */
function writeTime(batch: PacketBatch, i: number, clock: Clock, buffer: OutputBuffer): void {
  const { view, used } = buffer;
  if (batch.interface(i).clock === clock) {
    view.setUint32(used, batch.index.timesHigh[i]!, true);
    view.setUint32(used + 4, batch.index.timesLow[i]!, true);
    return;
  }
  const time = batch.time(i);
  view.setUint32(used, time.seconds, true);
  view.setUint32(used + 4, clock === nanoseconds ? time.nanoseconds : Math.floor(time.nanoseconds / 1000), true);
}

function refuseOther(link: number, held: number, name: string): void {
  if (link === held) return;
  const both = `${linkName(held)} and ${linkName(link)}`;
  throw new BpfError('link', `a pcap file holds packets of one link type, and ${name} would get ${both}; use pcapng`);
}

function tooLong(captured: number, snaplen: number, name: string): BpfError {
  const what = `a packet of ${captured} bytes exceeds the snapshot length of ${name}`;
  return new BpfError('range', `${what}, ${snaplen} bytes as in its first input; set a larger one, or write pcapng`);
}
