// A ring buffer (ringbuf), by which programs hand records of any length to JavaScript, in order. Positions only grow; a record
// lies at its position modulo the size, behind a header of 8 bytes: its length, with a bit for a record that isn't handed over yet and
// one for a record that was given up. What would go on behind the end does so: there is as much room again. What helpers
// answer is what they answer on Linux (kernel/bpf/ringbuf.c).

import { expectObject, expectWord } from '../../base/argument.js';
import { BpfError } from '../../base/error.js';
import type { MapSpec } from '../../ebpf/map.js';
import { errno } from './errno.js';
import { allocate, at, headerBytes, position, specOf, stride } from './layout.js';
import { Lock } from './lock.js';

const recordHeader = 8;
const busy = 0x8000_0000;
const discarded = 0x4000_0000;
const pageBytes = 4096;

export class RingBuffer {
  readonly spec: MapSpec;
  /** All that it is made of. Give it to another worker, and `RingBuffer.attach` there. */
  readonly buffer: SharedArrayBuffer;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #positions: BigUint64Array;
  readonly #lock: Lock;

  /**
   * Makes the ring that a program asks for; with `shared`, takes what `attach` found.
   * @param spec of type `ringbuf`; `maxEntries` is the size in bytes: a power of two, and whole pages of 4,096 bytes
   * @throws BpfError 'range' when a size isn't right, 'limit' when it would be too big
   */
  constructor(spec: MapSpec, shared?: SharedArrayBuffer) {
    expectObject(spec, "a map's specification");
    expectWord(spec.type, ['ringbuf'], 'the type');
    this.spec = spec;
    this.buffer = shared ?? created(spec);
    const start = new Uint32Array(this.buffer, 0, headerBytes / 4)[at.atValues]!;
    this.#bytes = new Uint8Array(this.buffer, start, roomOf(spec));
    this.#view = new DataView(this.buffer, start);
    this.#positions = new BigUint64Array(this.buffer, 0, headerBytes / 8);
    this.#lock = new Lock(this.buffer);
  }

  /** The ring that another worker has given us. @throws BpfError 'encoding' when the buffer is none */
  static attach(buffer: SharedArrayBuffer, name = ''): RingBuffer {
    const spec = specOf(buffer, name);
    if (spec.type !== 'ringbuf') throw new BpfError('encoding', 'expected the buffer of a ring');
    return new RingBuffer(spec, buffer);
  }

  /**
   * Copies of the records that programs have handed over since the last time, oldest first. One that isn't handed over yet
   * keeps back those behind it.
   * @throws BpfError 'encoding' when a program that nobody verified has written over the headers of records: then all are lost
   */
  take(): Uint8Array[] {
    const records: Uint8Array[] = [];
    while (this.#lock.during(() => this.#takeOne(records)));
    return records;
  }

  // ---- what engines and helpers need ----

  /** The memory of all records. */
  get values(): Uint8Array {
    return this.#bytes;
  }

  get isReadOnly(): boolean {
    return false;
  }

  /** Room for a record that a program will fill: where it is in `values`; undefined where there isn't so much. */
  reserve(bytes: number): number | undefined {
    const { maxEntries } = this.spec;
    if (bytes > maxEntries) return undefined;
    return this.#lock.during(() => {
      const { produced, consumed } = position;
      const from = this.#positions[produced]!;
      const end = from + BigInt(stride(bytes + recordHeader));
      if (end - this.#positions[consumed]! >= BigInt(maxEntries)) return undefined;
      const header = this.#placeOf(from);
      this.#view.setUint32(header, (bytes | busy) >>> 0, true);
      this.#positions[produced] = end;
      return header + recordHeader;
    });
  }

  /** Hands over the record there, or gives it up. @returns false where none is reserved there */
  settle(start: number, isDiscarded: boolean): boolean {
    const header = start - recordHeader;
    if (header < 0 || header % 8 !== 0 || header >= this.#bytes.length) return false;
    return this.#lock.during(() => {
      const length = this.#view.getUint32(header, true);
      if ((length & busy) === 0) return false;
      this.#view.setUint32(header, ((length & ~busy) | (isDiscarded ? discarded : 0)) >>> 0, true);
      return true;
    });
  }

  /** Hands over a copy of a record. @returns 0, or an error number of Linux's */
  output(record: Uint8Array): number {
    const start = this.reserve(record.length);
    if (start === undefined) return errno.again;
    this.#bytes.set(record, start);
    this.settle(start, false);
    return 0;
  }

  /** What `ringbuf_query` tells: bytes that are taken, the size, where the oldest record is, where the next one will be; else 0. */
  query(question: bigint): bigint {
    const [produced, consumed] = [this.#positions[position.produced]!, this.#positions[position.consumed]!];
    return [produced - consumed, BigInt(this.spec.maxEntries), consumed, produced][Number(question)] ?? 0n;
  }

  /** Takes the oldest record away; false where there is none, or it isn't handed over. */
  #takeOne(records: Uint8Array[]): boolean {
    const { produced, consumed } = position;
    const [from, end] = [this.#positions[consumed]!, this.#positions[produced]!];
    if (from === end) return false;
    const header = this.#placeOf(from);
    const length = this.#view.getUint32(header, true);
    if ((length & busy) !== 0) return false;
    const bytes = length & ~discarded;
    const next = from + BigInt(stride(bytes + recordHeader));
    this.#positions[consumed] = next > end ? end : next;
    if (next > end) throw new BpfError('encoding', `the records of ring '${this.spec.name}' were written over`);
    const start = header + recordHeader;
    if ((length & discarded) === 0) records.push(this.#bytes.slice(start, start + bytes));
    return true;
  }

  #placeOf(at: bigint): number {
    return Number(at & BigInt(this.spec.maxEntries - 1));
  }
}

/** Bytes for records: as many as the ring has, and again as many for the one at the end. */
function roomOf({ maxEntries }: MapSpec): number {
  return 2 * maxEntries;
}

function created(spec: MapSpec): SharedArrayBuffer {
  const { name, maxEntries, keySize, valueSize } = spec;
  if (keySize !== 0 || valueSize !== 0) {
    throw new BpfError(
      'range',
      `expected ring '${name}' without keys and values, found ${keySize} and ${valueSize} bytes`,
    );
  }
  const isPowerOfTwo = Number.isInteger(maxEntries) && maxEntries > 0 && Number.isInteger(Math.log2(maxEntries));
  if (!isPowerOfTwo || maxEntries % pageBytes !== 0) {
    throw new BpfError(
      'range',
      `expected a size of ring '${name}' that is a power of two from ${pageBytes} up, found ${maxEntries}`,
    );
  }
  return allocate(spec, { isHash: false, values: roomOf(spec), marks: 0 }, 0);
}
