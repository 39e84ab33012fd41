// Packets as the blocks of a pcapng file. Blocks of a pcapng input are copied in their own byte order, with their options;
// an input in pcap becomes a section with one interface.

import type { CaptureInterface, PacketBatch } from './batch.js';
import { microseconds } from './clock.js';
import type { OutputBuffer, RecordEncoder } from './encode.js';
import { blockTypes, byteOrderMagic, packetOffset } from './pcapng.js';

const resolutionOption = 9;

/** @param snaplen the bytes of each packet to keep, if not all */
export function pcapngEncoder(snaplen?: number): RecordEncoder {
  const limit = snaplen ?? Number.POSITIVE_INFINITY;
  let input: readonly CaptureInterface[] | undefined;
  return {
    preamble(batch) {
      if (batch.format.kind === 'pcapng') return batch.blocks.map((block) => withoutLength(block));
      if (batch.interfaces === input) return [];
      input = batch.interfaces;
      return [sectionHeader(), interfaceDescription(batch.interface(0))];
    },
    copied(batch, i) {
      return isCopied(batch, i, limit) ? blockSize(batch, i) : 0;
    },
    size(batch, i) {
      return packetOffset + padded(keep(batch, i, limit)) + optionsSize(batch, i) + 4;
    },
    encode(batch, i, buffer) {
      makeBlock(batch, i, limit, buffer);
    },
  };
}

/** Only whole blocks of pcapng are copied. */
function isCopied(batch: PacketBatch, i: number, limit: number): boolean {
  return batch.format.kind === 'pcapng' && batch.captured[i]! <= limit;
}

function keep(batch: PacketBatch, i: number, limit: number): number {
  return Math.min(batch.captured[i]!, limit);
}

function blockSize(batch: PacketBatch, i: number): number {
  return batch.view.getUint32(batch.index.records[i]! + 4, batch.format.littleEndian);
}

/** How many bytes of options stand behind a packet. */
function optionsSize(batch: PacketBatch, i: number): number {
  if (batch.format.kind === 'pcap') return 0;
  const header = batch.offsets[i]! - batch.index.records[i]!;
  return header === packetOffset ? blockSize(batch, i) - header - padded(batch.captured[i]!) - 4 : 0;
}

/** An enhanced packet block, in the byte order of the section; with the options that the packet had. */
function makeBlock(batch: PacketBatch, i: number, limit: number, { data, view, used }: OutputBuffer): void {
  const littleEndian = batch.format.kind === 'pcap' || batch.format.littleEndian;
  const captured = keep(batch, i, limit);
  const [start, options] = [batch.offsets[i]!, optionsSize(batch, i)];
  const size = packetOffset + padded(captured) + options + 4;
  const [high, low] = ticks(batch, i);
  const id = batch.index.interfaceIds[i]!;
  [blockTypes.enhanced, size, id, high, low, captured, batch.index.lengths[i]!].forEach((value, field) => {
    view.setUint32(used + 4 * field, value, littleEndian);
  });
  data.set(batch.data.subarray(start, start + captured), used + packetOffset);
  data.fill(0, used + packetOffset + captured, used + packetOffset + padded(captured));
  const behind = start + padded(batch.captured[i]!);
  data.set(batch.data.subarray(behind, behind + options), used + packetOffset + padded(captured));
  view.setUint32(used + size - 4, size, littleEndian);
}

/** The time as pcapng stores it: units of the interface's clock since 1970, in two halves. */
function ticks(batch: PacketBatch, i: number): readonly [high: number, low: number] {
  const { timesHigh, timesLow } = batch.index;
  const { clock } = batch.interface(i);
  if (clock.layout === 'ticks') return [timesHigh[i]!, timesLow[i]!];
  const count = BigInt(timesHigh[i]!) * clock.perSecond + BigInt(timesLow[i]!);
  return [Number(count >> 32n), Number(count & 0xffff_ffffn)];
}

/** A section header whose length is not known: the copy has fewer blocks than the section had. */
function withoutLength(block: Uint8Array): Uint8Array {
  const view = new DataView(block.buffer, block.byteOffset);
  if (view.getUint32(0) !== blockTypes.section) return block;
  const copy = block.slice();
  copy.fill(0xff, 16, 24);
  return copy;
}

function sectionHeader(): Uint8Array {
  const view = new DataView(new ArrayBuffer(28));
  view.setUint32(0, blockTypes.section, true);
  view.setUint32(4, 28, true);
  view.setUint32(8, byteOrderMagic, true);
  view.setUint16(12, 1, true);
  view.setBigUint64(16, 0xffff_ffff_ffff_ffffn, true);
  view.setUint32(24, 28, true);
  return new Uint8Array(view.buffer);
}

/** The interface of a pcap file: microseconds are what pcapng takes for granted, nanoseconds need an option. */
function interfaceDescription({ link, snaplen, clock }: CaptureInterface): Uint8Array {
  const fine = clock.perSecond !== microseconds.perSecond;
  const size = fine ? 32 : 20;
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, blockTypes.interface, true);
  view.setUint32(4, size, true);
  view.setUint16(8, link, true);
  view.setUint32(12, snaplen, true);
  if (fine) {
    view.setUint16(16, resolutionOption, true);
    view.setUint16(18, 1, true);
    view.setUint8(20, 9);
  }
  view.setUint32(size - 4, size, true);
  return new Uint8Array(view.buffer);
}

/** Rounded up to a multiple of four bytes. */
function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
