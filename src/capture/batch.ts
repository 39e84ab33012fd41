// Packets by the batch: one buffer with many packets in it, and an index in typed arrays, as the engines take it.

import { type Clock, type PacketTime, readTime } from './clock.js';

/** What packets were captured on. A pcap file has one, a section of a pcapng file any number. */
export interface CaptureInterface {
  /** The link type, as LINKTYPE_* number: 1 for Ethernet. */
  readonly link: number;
  /** The upper six bits of a pcap file's link type field, as they stand there: the length of a frame check sequence. */
  readonly linkFlags: number;
  /** The most bytes of a packet that were captured; what libpcap makes of the number in the file. */
  readonly snaplen: number;
  readonly clock: Clock;
}

/** How the records before and around the packets are laid out. */
export interface CaptureFormat {
  readonly kind: 'pcap' | 'pcapng';
  readonly littleEndian: boolean;
}

/** The index of a batch: entry i of each array belongs to packet i. */
export interface PacketIndex {
  /** Byte offset of each packet in `data`. */
  readonly offsets: Uint32Array;
  /** How many bytes of each packet are there. */
  readonly captured: Uint32Array;
  /** How long each packet was on the wire, as stored. */
  readonly lengths: Uint32Array;
  /** Byte offset in `data` of the record (pcap) or block (pcapng) that holds each packet. */
  readonly records: Uint32Array;
  /** The two halves of each time, as stored; `time` reads them. */
  readonly timesHigh: Uint32Array;
  readonly timesLow: Uint32Array;
  /** Index in `interfaces` of what each packet was captured on. */
  readonly interfaceIds: Uint32Array;
}

/** Packets of one link type, valid until the next batch is asked for: the buffer is used again. */
export class PacketBatch {
  /** How many packets there are; a batch may have none. */
  readonly count: number;
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
  readonly captured: Uint32Array;
  /** How long each packet was on the wire; never less than what was captured, whatever a damaged file says. */
  readonly lengths: Uint32Array;
  readonly index: PacketIndex;
  readonly format: CaptureFormat;
  /** The interfaces known so far: of the file (pcap) or of the section (pcapng). */
  readonly interfaces: readonly CaptureInterface[];
  /** The link type of all these packets; of a batch without packets, that of the first interface. */
  readonly link: number;
  /** pcapng: the blocks without packets that stood before these packets, the section header among them. */
  readonly blocks: readonly Uint8Array[];
  #view: DataView | undefined;

  /** Made by the readers of `openCapture`. */
  constructor(
    data: Uint8Array,
    index: PacketIndex,
    format: CaptureFormat,
    interfaces: readonly CaptureInterface[],
    blocks: readonly Uint8Array[] = [],
  ) {
    this.data = data;
    this.index = index;
    this.count = index.offsets.length;
    this.offsets = index.offsets;
    this.captured = index.captured;
    this.lengths = wireLengths(index);
    this.format = format;
    this.interfaces = interfaces;
    this.link = this.interface(0).link;
    this.blocks = blocks;
  }

  /** All of `data`, as numbers. */
  get view(): DataView {
    this.#view ??= new DataView(this.data.buffer, this.data.byteOffset, this.data.byteLength);
    return this.#view;
  }

  /** The bytes of packet `i`, without a copy. */
  packet(i: number): Uint8Array {
    const start = this.offsets[i]!;
    return this.data.subarray(start, start + this.captured[i]!);
  }

  /** What packet `i` was captured on. */
  interface(i: number): CaptureInterface {
    return this.interfaces[this.index.interfaceIds[i] ?? 0]!;
  }

  /** When packet `i` was captured. */
  time(i: number): PacketTime {
    return readTime(this.interface(i).clock, this.index.timesHigh[i]!, this.index.timesLow[i]!);
  }
}

/** Engines want a packet to be at least as long as what was captured of it. */
function wireLengths({ lengths, captured }: PacketIndex): Uint32Array {
  for (let i = 0; i < lengths.length; i++) {
    if (lengths[i]! < captured[i]!) return lengths.map((length, j) => Math.max(length, captured[j]!));
  }
  return lengths;
}

/** How many packets a batch has at the most. */
const batchLimit = 16_384;

/** Collects the index of a batch; its arrays are used again for the next one. */
export class IndexBuilder implements PacketIndex {
  readonly offsets = new Uint32Array(batchLimit);
  readonly captured = new Uint32Array(batchLimit);
  readonly lengths = new Uint32Array(batchLimit);
  readonly records = new Uint32Array(batchLimit);
  readonly timesHigh = new Uint32Array(batchLimit);
  readonly timesLow = new Uint32Array(batchLimit);
  readonly interfaceIds = new Uint32Array(batchLimit);
  count = 0;

  get full(): boolean {
    return this.count === batchLimit;
  }

  /** The index of what was collected; the next packet begins a new one. */
  take(): PacketIndex {
    const count = this.count;
    this.count = 0;
    return {
      offsets: this.offsets.subarray(0, count),
      captured: this.captured.subarray(0, count),
      lengths: this.lengths.subarray(0, count),
      records: this.records.subarray(0, count),
      timesHigh: this.timesHigh.subarray(0, count),
      timesLow: this.timesLow.subarray(0, count),
      interfaceIds: this.interfaceIds.subarray(0, count),
    };
  }
}
