// Opening a capture: what it is is told by its first bytes, whatever its name.

import { expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import type { PacketBatch } from './batch.js';
import { damage, truncation } from './fault.js';
import { pcapByteOrder, readPcap } from './pcap.js';
import { isPcapng, readPcapng } from './pcapng.js';
import { type PacketFilter, Scan, type ScanOptions } from './scan.js';
import { type ByteSource, type CaptureInput, openSource } from './source.js';
import { Window } from './window.js';

/** A capture that is being read: its packets, batch by batch, once. */
export class Capture implements AsyncIterable<PacketBatch> {
  readonly #source: ByteSource;
  readonly #window: Window;
  /** What the source decompresses to, where it is compressed. */
  #inner: ByteSource | undefined;
  #closed = false;

  /** Made by `openCapture`. */
  constructor(source: ByteSource) {
    this.#source = source;
    this.#window = new Window(source);
  }

  /** What messages call it: the path, or `standard input`. */
  get name(): string {
    return this.#source.name;
  }

  /** How many bytes the input has, where that is known. */
  get size(): number | undefined {
    return this.#source.size;
  }

  /** How many bytes of the input were read. */
  get position(): number {
    return this.#window.offset(this.#window.end);
  }

  /**
   * The packets in the order of the file. The first batch comes even if it has no packet, so that the link type is known.
   * @throws BpfError 'io' at the first damage, after all packets before it
   */
  [Symbol.asyncIterator](): AsyncGenerator<PacketBatch, void, void> {
    return this.#read(undefined);
  }

  /**
   * The packets that filters let pass, from the start of the capture, once: each batch has those, and tells in `scanned` what they were found among. Machine code walks
   * over the records and filters them in the same pass, so that the other packets are never seen here.
   * @param filters one for all packets, or a function that is asked for each link type (LINKTYPE_* number) that is met
   * @throws BpfError as the iteration over all packets, and 'range' for a limit that is no whole number from 1 up
   */
  scan(
    filters: PacketFilter | ((link: number) => PacketFilter),
    options: ScanOptions = {},
  ): AsyncGenerator<PacketBatch, void, void> {
    expectObject(options, 'the options');
    const filterOf = typeof filters === 'function' ? filters : () => filters;
    return this.#read(new Scan((link) => expectFilter(filterOf(link)), options));
  }

  async *#read(scan: Scan | undefined): AsyncGenerator<PacketBatch, void, void> {
    try {
      for await (const batch of reader(await this.#packets(), scan)) {
        yield scan === undefined ? batch : scan.select(batch);
        if (this.#closed || scan?.isOver) return;
      }
    } catch (error) {
      if (!this.#closed) throw error; // what is closed while it waits for more looks as if it were cut short
    } finally {
      this.close();
    }
  }

  /** Ends the reading: no batch follows, and who waits for one waits no longer. */
  close(): void {
    this.#closed = true;
    this.#source.close();
    this.#inner?.close();
  }

  /** The bytes of the packets, of which at least the magic number is there. */
  async #packets(): Promise<Window> {
    await needMagic(this.#window);
    if (isPlain(this.#window)) return this.#window;
    const { decompressed } = await import('./decompress.js'); // which takes long to load, and is seldom needed
    this.#inner = decompressed(this.#window);
    if (this.#inner === undefined) return this.#window;
    const window = new Window(this.#inner);
    await needMagic(window);
    return window;
  }
}

/**
 * Opens a capture: pcap, with microseconds or nanoseconds, or pcapng, in either byte order, plain
 * or compressed with gzip, zstd or LZ4.
 *
 *     for await (const batch of openCapture('in.pcap')) packets += batch.count;
 *
 * @param input a path, `-` for standard input, a `file:` URL, a stream of bytes, or bytes in memory (less than 4 GiB)
 * @throws BpfError 'io' when it can't be opened
 */
export function openCapture(input: CaptureInput): Capture {
  return new Capture(openSource(input));
}

function expectFilter(filter: PacketFilter): PacketFilter {
  if (typeof filter?.scanRecords === 'function') return filter;
  throw new BpfError('usage', 'expected a filter, or a function that returns one for each link type');
}

async function needMagic(window: Window): Promise<void> {
  if (!(await window.need(4))) throw truncation(window.name, 0, 'the magic number', 4, window.available);
}

function isPlain({ view, start }: Window): boolean {
  return pcapByteOrder(view, start) !== undefined || isPcapng(view, start);
}

function reader(window: Window, scan: Scan | undefined): AsyncGenerator<PacketBatch, void, void> {
  if (pcapByteOrder(window.view, window.start) !== undefined) return readPcap(window, scan);
  if (isPcapng(window.view, window.start)) return readPcapng(window, scan);
  const magic = window.view.getUint32(window.start).toString(16).padStart(8, '0');
  const expected = 'expected that of pcap or pcapng, plain or in gzip, zstd or LZ4';
  throw damage(window.name, 0, `0x${magic} is no magic number of a capture file; ${expected}`);
}
