// Writing a capture. Records are collected in a buffer and written whole; when the disk is full, what was written is cut
// back to the last whole record, so that the file can be read to its end.

import { expectObject, expectWord } from '../base/argument.js';
import type { PacketBatch } from './batch.js';
import type { RecordEncoder } from './encode.js';
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
  /** Where each record in the buffer ends, to find the last whole one when writing fails. */
  #ends: number[] = [];

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
    for (let i = 0; i < batch.count; ) {
      if (verdicts?.[i] === 0) {
        i++;
        continue;
      }
      const size = this.#encoder.size(batch, i);
      if (this.#buffer.used + size > this.#buffer.data.length) await this.#reserve(size);
      if (this.#encoder.copies(batch, i)) {
        i = this.#copyRun(batch, i, verdicts);
        continue;
      }
      this.#encoder.encode(batch, i++, this.#buffer);
      this.#advance(size);
    }
  }

  /** Writes what was collected. */
  async flush(): Promise<void> {
    const before = this.#sink.written;
    const { data, used } = this.#buffer;
    const ends = this.#ends;
    this.#buffer.used = 0;
    this.#ends = [];
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

  /** Copies records that lie side by side, as far as there is room: a copy costs more than its bytes. */
  #copyRun(batch: PacketBatch, first: number, verdicts: Uint32Array | undefined): number {
    const { records } = batch.index;
    const { data, used } = this.#buffer;
    const start = records[first]!;
    let end = start;
    let i = first;
    while (records[i] === end && verdicts?.[i] !== 0 && this.#encoder.copies(batch, i)) {
      const next = end + this.#encoder.size(batch, i);
      if (used + next - start > data.length) break;
      end = next;
      this.#ends.push(used + end - start);
      i++;
    }
    data.set(batch.data.subarray(start, end), used);
    this.#buffer.used += end - start;
    return i;
  }

  async #reserve(size: number): Promise<void> {
    if (this.#buffer.used + size <= this.#buffer.data.length) return;
    await this.flush();
    if (size > this.#buffer.data.length) this.#buffer = emptyBuffer(size);
  }

  #advance(size: number): void {
    this.#buffer.used += size;
    this.#ends.push(this.#buffer.used);
  }
}

function emptyBuffer(size: number): { readonly data: Uint8Array; readonly view: DataView; used: number } {
  const data = new Uint8Array(size);
  return { data, view: new DataView(data.buffer), used: 0 };
}
