// What a writer of records is, whatever the format.

import type { PacketBatch } from './batch.js';

/** Turns packets into the records of one format. */
export interface RecordEncoder {
  /** What must stand before the packets of this batch: a file header, the blocks of a section. Called before the others. */
  preamble(batch: PacketBatch): readonly Uint8Array[];
  /** How many bytes the record of packet `i` has in the batch, if it can be written as it stands there; else 0. */
  copied(batch: PacketBatch, i: number): number;
  /** How many bytes a record that is made of packet `i` has. */
  size(batch: PacketBatch, i: number): number;
  /** Makes a record of packet `i`, and writes it to the buffer, behind what is used. */
  encode(batch: PacketBatch, i: number, buffer: OutputBuffer): void;
}

/** The least size of a record in any format. */
export const leastRecord = 12;

/** What was not written yet; `data` and `view` are the same bytes. */
export interface OutputBuffer {
  readonly data: Uint8Array;
  readonly view: DataView;
  readonly used: number;
}
