// Opening a capture: what it is is told by its first bytes, whatever its name.

import type { PacketBatch } from './batch.js';
import { decompressed } from './decompress.js';
import { damage, truncation } from './fault.js';
import { pcapByteOrder, readPcap } from './pcap.js';
import { isPcapng, readPcapng } from './pcapng.js';
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
  async *[Symbol.asyncIterator](): AsyncGenerator<PacketBatch, void, void> {
    try {
      for await (const batch of reader(await this.#packets())) {
        yield batch;
        if (this.#closed) return;
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
 * @param input a path, `-` for standard input, a `file:` URL, or a stream of bytes
 * @throws BpfError 'io' when it can't be opened
 */
export function openCapture(input: CaptureInput): Capture {
  return new Capture(openSource(input));
}

async function needMagic(window: Window): Promise<void> {
  if (!(await window.need(4))) throw truncation(window.name, 0, 'the magic number', 4, window.available);
}

function reader(window: Window): AsyncGenerator<PacketBatch, void, void> {
  if (pcapByteOrder(window.view, window.start) !== undefined) return readPcap(window);
  if (isPcapng(window.view, window.start)) return readPcapng(window);
  const magic = window.view.getUint32(window.start).toString(16).padStart(8, '0');
  throw damage(window.name, 0, `0x${magic} is no magic number of a capture file`);
}
