// What a writer of records is, whatever the format.

import type { PacketBatch } from './batch.js';

/** Turns packets into the records of one format. */
export interface RecordEncoder {
  /** What must stand before the packets of this batch: a file header, the blocks of a section. */
  preamble(batch: PacketBatch): readonly Uint8Array[];
  /** How many bytes the record of packet `i` has. */
  size(batch: PacketBatch, i: number): number;
  /** Whether the record of packet `i` can be written as it stands in the batch. */
  copies(batch: PacketBatch, i: number): boolean;
  /** Makes the record of packet `i`, where it can't be copied, and writes it to the buffer, behind what is used. */
  encode(batch: PacketBatch, i: number, buffer: OutputBuffer): void;
}

/** What was not written yet; `data` and `view` are the same bytes. */
export interface OutputBuffer {
  readonly data: Uint8Array;
  readonly view: DataView;
  readonly used: number;
}
