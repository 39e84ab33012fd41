// Writing a capture. Records are collected in a buffer and written whole; when the disk is full, what was written is cut
// back to the last whole record, so that the file can be read to its end.

import { expectObject, expectWord } from '../base/argument.js';
import type { PacketBatch } from './batch.js';
import { leastRecord, type RecordEncoder } from './encode.js';
import { pcapEncoder } from './encode-pcap.js';
import { pcapngEncoder } from './encode-pcapng.js';
import { type ByteSink, type CaptureOutput, openSink } from './sink.js';

/** How much is collected before it is written. */
const bufferSize = 256 << 10;

export interface WriterOptions {
  /** The most bytes of a packet to keep; by default all. */
  readonly snaplen?: number | undefined;
  /** By default `pcap`, which holds one link type and no interfaces or comments. */
  readonly format?: 'pcap' | 'pcapng' | undefined;
}

/** A capture file that is being written: pcap, in the precision of what it is given, or pcapng. */
export class CaptureWriter {
  readonly #sink: ByteSink;
  readonly #encoder: RecordEncoder;
  #buffer = emptyBuffer(bufferSize);
  /** Where each record in the buffer ends, to find the last whole one when writing fails; and how many there are. */
  readonly #ends = new Uint32Array(bufferSize / leastRecord);
  #records = 0;

  /**
   * @param output a path, `-` for standard output, or a stream
   * @throws BpfError 'io' when it can't be made
   */
  constructor(output: CaptureOutput, options: WriterOptions = {}) {
    expectObject(options, 'the options');
    const { snaplen, format = 'pcap' } = options;
    expectWord(format, ['pcap', 'pcapng'], 'a format');
    this.#sink = openSink(output);
    this.#encoder = format === 'pcapng' ? pcapngEncoder(snaplen) : pcapEncoder(this.#sink.name, snaplen);
  }

  /**
   * Writes the packets of a batch, or those of them whose verdict is not 0. The first call writes the file's header, even
   * without packets.
   * @throws BpfError 'io' when writing fails (the file then ends with a whole packet), 'link' when the file can't hold
   * packets of this link type besides those before
   */
  async write(batch: PacketBatch, verdicts?: Uint32Array): Promise<void> {
    for (const part of this.#encoder.preamble(batch)) {
      await this.#reserve(part.length);
      this.#buffer.data.set(part, this.#buffer.used);
      this.#advance(part.length);
    }
    let i = 0;
    for (;;) {
      i = this.#fill(batch, i, verdicts);
      if (i === batch.count) return;
      await this.#reserve(this.#encoder.copied(batch, i) || this.#encoder.size(batch, i));
    }
  }

  /** Writes what was collected. */
  async flush(): Promise<void> {
    const before = this.#sink.written;
    const { data, used } = this.#buffer;
    const ends = this.#ends.subarray(0, this.#records);
    this.#buffer.used = 0;
    this.#records = 0;
    if (used === 0) return;
    try {
      await this.#sink.write(data.subarray(0, used));
    } catch (error) {
      const done = this.#sink.written - before;
      this.#sink.cut(before + (ends.findLast((end) => end <= done) ?? 0));
      throw error;
    }
  }

  /** Writes what was collected and closes the file. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      this.#sink.close();
    }
  }

  /** Puts packets into the buffer, as far as there is room. @returns the first that has found none, or how many there are */
  #fill(batch: PacketBatch, first: number, verdicts: Uint32Array | undefined): number {
    for (let i = first; i < batch.count; ) {
      if (verdicts?.[i] === 0) {
        i++;
        continue;
      }
      const size = this.#encoder.copied(batch, i);
      const next = size > 0 ? this.#copyRun(batch, i, size, verdicts) : this.#make(batch, i);
      if (next === i) return i;
      i = next;
    }
    return batch.count;
  }

  /** Copies records that lie side by side: a copy costs more than its bytes. */
  #copyRun(batch: PacketBatch, first: number, firstSize: number, verdicts: Uint32Array | undefined): number {
    const { records } = batch.index;
    const { data, used } = this.#buffer;
    const start = records[first]!;
    const most = start + data.length - used;
    let end = start;
    let i = first;
    for (let size = firstSize; size > 0 && end + size <= most; ) {
      end += size;
      this.#ends[this.#records++] = used + end - start;
      i++;
      size = records[i] === end && verdicts?.[i] !== 0 ? this.#encoder.copied(batch, i) : 0;
    }
    if (i > first) data.set(batch.data.subarray(start, end), used);
    this.#buffer.used += end - start;
    return i;
  }

  #make(batch: PacketBatch, i: number): number {
    const size = this.#encoder.size(batch, i);
    if (this.#buffer.used + size > this.#buffer.data.length) return i;
    this.#encoder.encode(batch, i, this.#buffer);
    this.#advance(size);
    return i + 1;
  }

  async #reserve(size: number): Promise<void> {
    if (this.#buffer.used + size <= this.#buffer.data.length) return;
    await this.flush();
    if (size > this.#buffer.data.length) this.#buffer = emptyBuffer(size);
  }

  #advance(size: number): void {
    this.#buffer.used += size;
    this.#ends[this.#records++] = this.#buffer.used;
  }
}

function emptyBuffer(size: number): { readonly data: Uint8Array; readonly view: DataView; used: number } {
  const data = new Uint8Array(size);
  return { data, view: new DataView(data.buffer), used: 0 };
}
