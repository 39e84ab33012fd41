// Filters packets while their records are walked over: in machine code where the filter can do that, in the same pass and without
// a trace of the packets that aren't wanted; else a batch at a time.

import { BpfError } from '../base/error.js';
import { indexColumns, type ScanStop, scanBits, scanSlotCount, scanSlots, scanStops } from '../base/records.js';
import { type CaptureFormat, type CaptureInterface, type IndexBuilder, type PacketBatch, sum } from './batch.js';
import type { Window } from './window.js';

/** What a scan needs of a filter; `Filter` is one. */
export interface PacketFilter {
  runBatch(
    data: Uint8Array,
    offsets: Uint32Array,
    captured: Uint32Array,
    verdicts: Uint32Array,
    lengths: Uint32Array,
  ): number;
  /** Does the whole work, or returns false. */
  scanRecords(data: Uint8Array, state: Uint32Array, index: Uint32Array, interfaces: Uint32Array): boolean;
}

export interface ScanOptions {
  /** Take the packets that the filter doesn't let pass. */
  readonly invert?: boolean | undefined;
  /** After how many packets that are wanted to stop, by default never; the filter is run on none behind the last of them. */
  readonly limit?: number | undefined;
}

/** How the records at the start of a window are laid out. */
export interface RecordLayout {
  readonly format: CaptureFormat;
  readonly interfaces: readonly CaptureInterface[];
  /** The link type of the packet that stands there. */
  readonly link: number;
  /** Of pcap: bytes before the packet, the order of the lengths (base/records.ts), the most captured bytes. */
  readonly headerBytes: number;
  readonly order: 0 | 1 | 2;
  readonly mostCaptured: number;
}

/** One scan over a capture: its filters, and how many packets it may still give. */
export class Scan {
  readonly #filterOf: (link: number) => PacketFilter;
  readonly #inverted: boolean;
  #room: number;
  readonly #state = new Uint32Array(scanSlotCount);
  #interfaces = new Uint32Array(0);
  #known: readonly CaptureInterface[] = [];
  #verdicts = new Uint32Array(0);

  constructor(
    filterOf: (link: number) => PacketFilter,
    { invert = false, limit = Number.POSITIVE_INFINITY }: ScanOptions,
  ) {
    if (limit !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(limit) && limit > 0)) {
      throw new BpfError('range', `expected a limit of packets from 1 up, got ${limit}`);
    }
    this.#filterOf = filterOf;
    this.#inverted = invert;
    this.#room = limit;
  }

  /** Whether it has given as many packets as it may. */
  get isOver(): boolean {
    return this.#room <= 0;
  }

  /**
   * Walks over the records at the start of the window and collects those that are wanted.
   * @returns why it stopped, at the record that the window begins with then; undefined where the filter can't do that
   */
  records(window: Window, layout: RecordLayout, builder: IndexBuilder): ScanStop | undefined {
    const filter = this.#filterOf(layout.link);
    const state = this.#state;
    this.#set(window, layout, builder);
    if (!filter.scanRecords(window.data, state, builder.columns, this.#interfaces)) return undefined;
    window.hasScanned(state[scanSlots.start]!, state[scanSlots.end]!, state[scanSlots.page]!);
    const matches = state[scanSlots.matches]!;
    this.#room -= matches;
    const bytes = state[scanSlots.bytesHigh]! * 2 ** 32 + state[scanSlots.bytesLow]!;
    builder.scanned(matches, { packets: state[scanSlots.packets]!, bytes });
    return scanStops[state[scanSlots.stop]!];
  }

  /** Filters what was collected without a filter: the packets that are wanted of a batch. */
  select(batch: PacketBatch): PacketBatch {
    if (batch.isFiltered) return batch;
    const { count, captured } = batch;
    if (this.#verdicts.length < count) this.#verdicts = new Uint32Array(count);
    const filter = this.#filterOf(batch.link);
    const wanted: number[] = [];
    let packets = 0;
    while (packets < count && this.#room > 0) {
      // The last packet that is wanted is the last one that the program sees: it may count them.
      const end = Math.min(count, packets + this.#room);
      this.#run(filter, batch, packets, end);
      const before = wanted.length;
      for (; packets < end; packets++) if ((this.#verdicts[packets] !== 0) !== this.#inverted) wanted.push(packets);
      this.#room -= wanted.length - before;
    }
    return batch.part(wanted, { packets, bytes: sum(captured, packets) });
  }

  #run(
    filter: PacketFilter,
    { data, offsets, captured, lengths, count }: PacketBatch,
    start: number,
    end: number,
  ): void {
    if (start === 0 && end === count) {
      filter.runBatch(data, offsets, captured, this.#verdicts, lengths);
      return;
    }
    const part = (column: Uint32Array) => column.subarray(start, end);
    filter.runBatch(data, part(offsets), part(captured), part(this.#verdicts), part(lengths));
  }

  #set({ start, end, isWhole, descriptor }: Window, layout: RecordLayout, builder: IndexBuilder): void {
    const { format, headerBytes, order, mostCaptured, link } = layout;
    const state = this.#state;
    const bits =
      (format.littleEndian ? 0 : scanBits.bigEndian) |
      (format.kind === 'pcapng' ? scanBits.pcapng : 0) |
      (this.#inverted ? scanBits.inverted : 0) |
      (isWhole ? scanBits.cold : 0);
    const room = Math.min(this.#room, builder.columns.length / indexColumns);
    state.set([start, end, bits, headerBytes, order, mostCaptured, link, room, 0, 1 + (descriptor ?? -1)]);
    this.#setInterfaces(layout.interfaces);
  }

  /** The list of a section grows; a new section has a new one. */
  #setInterfaces(interfaces: readonly CaptureInterface[]): void {
    if (this.#known === interfaces && this.#interfaces.length === 2 * interfaces.length) return;
    this.#known = interfaces;
    this.#interfaces = Uint32Array.from(interfaces.flatMap(({ snaplen, link }) => [snaplen, link]));
  }
}
