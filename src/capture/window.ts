// The part of a capture that is in memory: a buffer that slides over the bytes of a source.
//
//   data   [ ....|start ......... end|..... ]
//                 not yet read here          room
//
// Records are read where they lie. What is left of the last piece moves to the front before the next piece is read, so a
// record is always in one part, and memory is bounded by a few pieces or by the largest record. A scan in native code reads several pieces
// of a file by itself, one behind the other.

import { pageSize } from '../base/records.js';
import type { ByteSource } from './source.js';

/** How much is read at once. The copy brings it into the cache, which a walk over the records needs (256 KiB fit). */
const pieceSize = 256 << 10;
/** How much a scan reads of a file before it comes back to us. */
const scanSize = 2 << 20;

export class Window {
  readonly #source: ByteSource;
  /** Whether the whole input lies in `data`, which belongs to somebody else. */
  readonly isWhole: boolean;
  /** How many bytes of the input lie before `data[0]`. */
  #before = 0;
  data: Uint8Array;
  view: DataView;
  /** Where the next record starts in `data`; its reader moves it. */
  start = 0;
  /** Where the bytes that were read end in `data`. */
  end: number;
  /** How far `data` is from the start of its page of memory. */
  #page = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.isWhole = source.memory !== undefined;
    this.data = source.memory ?? new Uint8Array(pieceSize);
    this.view = new DataView(this.data.buffer, this.data.byteOffset, this.data.byteLength);
    this.end = source.memory?.length ?? 0;
  }

  get name(): string {
    return this.#source.name;
  }

  /** Of the file that a scan may read on from, once there is room for that. */
  get descriptor(): number | undefined {
    return this.isWhole || this.data.length < scanSize ? undefined : this.#source.descriptor;
  }

  /** How many bytes lie at `start`. */
  get available(): number {
    return this.end - this.start;
  }

  /** A scan has come to `start`, and has read up to `end`. */
  hasScanned(start: number, end: number, page: number): void {
    this.#source.hasRead?.(end - this.end);
    this.start = start;
    this.end = end;
    this.#page = page;
  }

  /** Byte offset in the input of an index of `data`. */
  offset(index: number = this.start): number {
    return this.#before + index;
  }

  /** Makes at least `size` bytes available at `start`; false when the input ends before that. Moves the data. */
  async need(size: number): Promise<boolean> {
    while (this.available < size) if (!(await this.more(size))) return false;
    return true;
  }

  /** Reads one more piece behind what is there, in a buffer that can hold `size` bytes; false at the end of the input. */
  async more(size: number): Promise<boolean> {
    if (this.isWhole) return false;
    this.#makeRoom(size);
    const room = Math.min(this.data.length, this.end + Math.max(pieceSize, size - this.available));
    const count = await this.#source.read(this.data, this.end, room);
    this.end += count;
    return count > 0;
  }

  /** Passes over `size` bytes, which need not be in memory; false when the input ends before that. */
  async skip(size: number): Promise<boolean> {
    let left = size;
    while (left > this.available) {
      left -= this.available;
      this.start = this.end;
      if (!(await this.more(1))) return false;
    }
    this.start += left;
    return true;
  }

  #makeRoom(size: number): void {
    const to = this.#front();
    // Memory that is only reserved costs nothing: a record that claims to be large, in a small file, takes no room.
    const least = to + size;
    const isLong = this.#source.descriptor !== undefined && this.end >= pieceSize;
    const length = Math.max(least, isLong ? scanSize : pieceSize);
    const data = length > this.data.length ? new Uint8Array(length) : this.data;
    data.set(this.data.subarray(this.start, this.end), to);
    if (data !== this.data) {
      this.data = data;
      this.view = new DataView(data.buffer);
    }
    this.#before += this.start - to;
    this.end += to - this.start;
    this.start = to;
  }

  /**
   * Where what is left moves to: at the front, and as far from the start of a page as it is in the file. Where these differ by less
   * than a line of the cache the kernel's copy takes four times as long.
   */
  #front(): number {
    if (this.#source.descriptor === undefined) return 0;
    return (((this.offset() - this.#page) % pageSize) + pageSize) % pageSize;
  }
}
