// Packets by the batch: one buffer with many packets in it, and an index in typed arrays, as the engines take it.

import { indexColumns } from '../base/records.js';
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

/** What a scan went over to find the packets of a batch. */
export interface Scanned {
  /** How many packets there were, those of the batch among them. */
  readonly packets: number;
  /** Captured bytes of all of them. */
  readonly bytes: number;
}

/** Packets of one link type, valid until the next batch is asked for: the buffer is used again. */
export class PacketBatch {
  /** How many packets there are; a batch may have none. */
  readonly count: number;
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
  readonly captured: Uint32Array;
  readonly index: PacketIndex;
  readonly format: CaptureFormat;
  /** The interfaces known so far: of the file (pcap) or of the section (pcapng). */
  readonly interfaces: readonly CaptureInterface[];
  /** The link type of all these packets; of a batch without packets, that of the first interface. */
  readonly link: number;
  /** pcapng: the blocks without packets that stood before these packets, the section header among them. */
  readonly blocks: readonly Uint8Array[];
  readonly #scanned: Scanned | undefined;
  #lengths: Uint32Array | undefined;
  #view: DataView | undefined;

  /** Made by the readers of `openCapture`. */
  constructor(
    data: Uint8Array,
    index: PacketIndex,
    format: CaptureFormat,
    interfaces: readonly CaptureInterface[],
    blocks: readonly Uint8Array[] = [],
    scanned?: Scanned,
  ) {
    this.data = data;
    this.index = index;
    this.count = index.offsets.length;
    this.offsets = index.offsets;
    this.captured = index.captured;
    this.format = format;
    this.interfaces = interfaces;
    this.link = this.interface(0).link;
    this.blocks = blocks;
    this.#scanned = scanned;
  }

  /** How long each packet was on the wire; never less than what was captured, whatever a damaged file says. */
  get lengths(): Uint32Array {
    this.#lengths ??= wireLengths(this.index); // which looks at every packet: who only counts them doesn't need it
    return this.#lengths;
  }

  /** Whether these are the packets that a filter let pass. */
  get isFiltered(): boolean {
    return this.#scanned !== undefined;
  }

  /** What was gone over to find these packets: they themselves, where nothing has filtered them. */
  get scanned(): Scanned {
    return this.#scanned ?? { packets: this.count, bytes: sum(this.captured, this.count) };
  }

  /** Some of the packets, as the batch of a scan; `which` are their numbers here. */
  part(which: readonly number[], scanned: Scanned): PacketBatch {
    const some = (column: Uint32Array): Uint32Array => Uint32Array.from(which, (i) => column[i]!);
    const { offsets, captured, lengths, records, timesHigh, timesLow, interfaceIds } = this.index;
    const index = {
      ...{ offsets: some(offsets), captured: some(captured), lengths: some(lengths), records: some(records) },
      ...{ timesHigh: some(timesHigh), timesLow: some(timesLow), interfaceIds: some(interfaceIds) },
    };
    return new PacketBatch(this.data, index, this.format, this.interfaces, this.blocks, scanned);
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

/** The sum of the first `count` numbers. */
export function sum(numbers: Uint32Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += numbers[i]!;
  return total;
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
  /** All of the arrays below, in the order of base/records.ts. */
  readonly columns: Uint32Array = new Uint32Array(indexColumns * batchLimit);
  readonly offsets: Uint32Array = this.#column(0);
  readonly captured: Uint32Array = this.#column(1);
  readonly lengths: Uint32Array = this.#column(2);
  readonly records: Uint32Array = this.#column(3);
  readonly timesHigh: Uint32Array = this.#column(4);
  readonly timesLow: Uint32Array = this.#column(5);
  readonly interfaceIds: Uint32Array = this.#column(6);
  count = 0;
  #scanned: Scanned | undefined;

  /** Whether there is anything to tell of: packets, or packets that a scan passed over. */
  get hasPackets(): boolean {
    return this.count > 0 || (this.#scanned?.packets ?? 0) > 0;
  }

  get full(): boolean {
    return this.count === batchLimit;
  }

  /** A scan has filled the arrays from the start on. */
  scanned(count: number, scanned: Scanned): void {
    this.count = count;
    this.#scanned = scanned.packets > 0 ? scanned : undefined;
  }

  /** What a scan told since it was asked last. */
  takeScanned(): Scanned | undefined {
    const scanned = this.#scanned;
    this.#scanned = undefined;
    return scanned;
  }

  #column(i: number): Uint32Array {
    return this.columns.subarray(i * batchLimit, (i + 1) * batchLimit);
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
