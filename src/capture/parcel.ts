// Batches of a scan that go from one thread to another. The records of the packets are copied side by side, since the buffer that they
// lie in is used again; what they were captured on goes along once.

import { indexColumns } from '../base/records.js';
import { type CaptureFormat, type CaptureInterface, PacketBatch, type PacketIndex, type Scanned } from './batch.js';
import { microseconds, nanoseconds } from './clock.js';

/** What can be posted of a batch; `data` and `columns` have buffers of their own, which may be given away. */
export interface Parcel {
  readonly format: CaptureFormat;
  /** Which list of interfaces the packets are of: a section of pcapng has a new one, which then grows. */
  readonly section: number;
  /** Those that are new in it. */
  readonly interfaces: readonly CaptureInterface[];
  readonly blocks: readonly Uint8Array[];
  readonly data: Uint8Array;
  /** The index, a column after the other, in the order of base/records.ts. */
  readonly columns: Uint32Array;
  readonly scanned: Scanned;
}

/** Makes parcels of the batches of one capture. */
export class Packer {
  #interfaces: readonly CaptureInterface[] | undefined;
  #section = 0;
  #sent = 0;

  /** Whether a batch has more to tell than how many packets there were. */
  isNeeded({ count, blocks, interfaces }: PacketBatch): boolean {
    return count > 0 || blocks.length > 0 || interfaces !== this.#interfaces || interfaces.length > this.#sent;
  }

  pack(batch: PacketBatch): Parcel {
    const { format, interfaces, blocks, scanned } = batch;
    if (interfaces !== this.#interfaces) {
      this.#interfaces = interfaces;
      this.#section++;
      this.#sent = 0;
    }
    const added = interfaces.slice(this.#sent);
    this.#sent = interfaces.length;
    return { format, section: this.#section, interfaces: added, blocks, scanned, ...copied(batch) };
  }
}

/** Makes batches of the parcels of one capture, in their order. */
export class Unpacker {
  #interfaces: CaptureInterface[] = [];
  #section = 0;

  unpack({ format, section, interfaces, blocks, data, columns, scanned }: Parcel): PacketBatch {
    if (section !== this.#section) this.#interfaces = [];
    this.#section = section;
    this.#interfaces.push(...interfaces.map(known));
    return new PacketBatch(data, indexOf(columns), format, this.#interfaces, blocks, scanned);
  }
}

/** The clocks of pcap are told apart by who they are. */
function known(on: CaptureInterface): CaptureInterface {
  if (on.clock.layout !== 'parts') return on;
  return { ...on, clock: on.clock.perSecond === nanoseconds.perSecond ? nanoseconds : microseconds };
}

function indexOf(columns: Uint32Array): PacketIndex {
  const count = columns.length / indexColumns;
  const column = (i: number): Uint32Array => columns.subarray(i * count, (i + 1) * count);
  return {
    ...{ offsets: column(0), captured: column(1), lengths: column(2), records: column(3) },
    ...{ timesHigh: column(4), timesLow: column(5), interfaceIds: column(6) },
  };
}

function copied(batch: PacketBatch): Pick<Parcel, 'data' | 'columns'> {
  const { count, index } = batch;
  const { offsets, captured, lengths, records, timesHigh, timesLow, interfaceIds } = index;
  const columns = new Uint32Array(indexColumns * count);
  for (const [i, column] of [offsets, captured, lengths, records, timesHigh, timesLow, interfaceIds].entries()) {
    columns.set(column, i * count);
  }
  const moved = indexOf(columns);
  let size = 0;
  for (let i = 0; i < count; i++) {
    moved.records[i] = size;
    moved.offsets[i] = size + offsets[i]! - records[i]!;
    size += recordEnd(batch, i) - records[i]!;
  }
  return { data: recordsOf(batch, size), columns };
}

/** Where the record of a packet ends that writers copy or look at: a block of pcapng is whole, with its options. */
function recordEnd({ format, view, index }: PacketBatch, i: number): number {
  const start = index.records[i]!;
  if (format.kind === 'pcap') return index.offsets[i]! + index.captured[i]!;
  return start + view.getUint32(start + 4, format.littleEndian);
}

/** A copy for each run of records that lie side by side costs less than one for each record. */
function recordsOf(batch: PacketBatch, size: number): Uint8Array {
  const { records } = batch.index;
  const data = new Uint8Array(size);
  let used = 0;
  for (let i = 0; i < batch.count; ) {
    const start = records[i]!;
    let end = start;
    for (; records[i] === end; i++) end = recordEnd(batch, i);
    data.set(batch.data.subarray(start, end), used);
    used += end - start;
  }
  return data;
}
