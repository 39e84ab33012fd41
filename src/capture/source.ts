// Where the bytes of a capture come from: a file, standard input, any stream. A source fills a part of its reader's buffer.

import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { kindOf } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { systemFault } from './fault.js';

export interface ByteSource {
  /** What messages call it: the path, or `standard input`. */
  readonly name: string;
  /** How many bytes there are, where that is known. */
  readonly size: number | undefined;
  /** All of the bytes, where they are in memory already; nothing is read then. */
  readonly memory?: Uint8Array;
  /** Of a file that is read at once, as long as it is open: others may read on from it, and say so with `hasRead`. */
  readonly descriptor?: number | undefined;
  hasRead?(count: number): void;
  /** Reads at least one byte into `data` from `start` on, at most to `end`, and says how many; 0 at the end. */
  read(data: Uint8Array, start: number, end: number): number | Promise<number>;
  /** Gives back what it holds; a read that waits is answered with 0. */
  close(): void;
}

/**
 * What a capture can be read from: a path, `-` for standard input, a `file:` URL (as text too), a stream of bytes, or bytes in
 * memory, which mustn't change meanwhile.
 */
export type CaptureInput = string | URL | Readable | Uint8Array;

/** @throws BpfError 'io' when there is nothing to read, 'usage' for a URL that isn't `file:`, 'range' for 4 GiB in memory */
export function openSource(input: CaptureInput): ByteSource {
  if (input instanceof Uint8Array) return memorySource(input);
  if (input === '-') return fromDescriptor(0, 'standard input');
  if (input instanceof URL) return openPath(filePath(input.href), input.href);
  if (typeof input !== 'string') return streamSource(expectStream(input), 'the stream');
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(input) ? openPath(filePath(input), input) : openPath(input, input);
}

function expectStream(input: Readable): Readable {
  if (typeof input?.destroy === 'function' && typeof input[Symbol.asyncIterator] === 'function') return input;
  throw new BpfError('usage', `expected a capture as a path, a URL, bytes or a stream of Node's, got ${kindOf(input)}`);
}

function filePath(url: string): string {
  if (!/^file:/i.test(url)) throw new BpfError('usage', `expected a path or a file: URL, got '${url}'`);
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new BpfError('usage', `expected the URL of a file on this machine, got '${url}'`, { cause: error });
  }
}

function openPath(path: string, name: string): ByteSource {
  try {
    return fromDescriptor(openSync(path, 'r'), name);
  } catch (error) {
    throw error instanceof BpfError ? error : systemFault(`cannot open '${name}'`, error);
  }
}

/** Files and devices are read at once; what may keep one waiting (a pipe, a terminal) is left to the event loop. */
function fromDescriptor(fd: number, name: string): ByteSource {
  const stats = fstatSync(fd);
  if (stats.isDirectory()) throw new BpfError('io', `cannot read '${name}': it is a directory`);
  const waits = stats.isFIFO() || stats.isSocket() || (fd === 0 && stats.isCharacterDevice());
  if (!waits) return fileSource(fd, stats, name);
  return streamSource(fd === 0 ? process.stdin : new Socket({ fd, readable: true, writable: false }), name);
}

/** After how many bytes the event loop gets its turn; at 7 GB/s that is once in half a millisecond. */
const turn = 4 << 20;

/**
 * Reads synchronously: from the page cache that takes 70 ns a packet with everything, and a read through libuv's threads
 * 200 to 300 (pieces of 256 KiB, packets of 480 bytes).
 */
function fileSource(fd: number, stats: Stats, name: string): ByteSource {
  let open = true;
  let sinceTurn = 0;
  const read = (data: Uint8Array, start: number, end: number): number => {
    if (!open) return 0;
    try {
      const count = readSync(fd, data, start, end - start, null);
      sinceTurn += count;
      return count;
    } catch (error) {
      throw systemFault(`cannot read '${name}'`, error);
    }
  };
  return {
    name,
    size: stats.isFile() ? stats.size : undefined,
    get descriptor() {
      return open && stats.isFile() ? fd : undefined;
    },
    hasRead(count) {
      sinceTurn += count;
    },
    read(data, start, end) {
      if (sinceTurn < turn) return read(data, start, end);
      sinceTurn = 0;
      return setImmediate().then(() => read(data, start, end));
    },
    close() {
      if (open && fd !== 0) closeSync(fd);
      open = false;
    },
  };
}

/** An index has 32 bits an offset. */
const mostMemory = 0xffff_ffff;

function memorySource(bytes: Uint8Array): ByteSource {
  const { length } = bytes;
  const memory = new Uint8Array(bytes.buffer, bytes.byteOffset, length); // of a Buffer, slice copies nothing
  if (length > mostMemory) throw new BpfError('range', `expected a capture below 4 GiB in memory, got ${length} bytes`);
  return { name: 'memory', size: length, memory, read: () => 0, close() {} };
}

function streamSource(stream: Readable, name: string): ByteSource {
  return chunkSource(chunksOf(stream, name), name, () => stream.destroy());
}

async function* chunksOf(stream: Readable, name: string): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of stream) {
      if (!(chunk instanceof Uint8Array))
        throw new BpfError('usage', `expected bytes from ${name}, got ${typeof chunk}`);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof BpfError ? error : systemFault(`cannot read ${name}`, error);
  }
}

/** Copies chunks where they are wanted; each is taken whole before the next one is asked for. */
export function chunkSource(
  chunks: AsyncGenerator<Uint8Array, void, void>,
  name: string,
  close: () => void,
): ByteSource {
  let rest: Uint8Array = new Uint8Array(0);
  let closed = false;
  const next = async (): Promise<boolean> => {
    try {
      const { value } = await chunks.next();
      if (value instanceof Uint8Array) rest = value;
      return value instanceof Uint8Array;
    } catch (error) {
      if (closed) return false;
      throw error;
    }
  };
  return {
    name,
    size: undefined,
    async read(data, start, end) {
      while (rest.length === 0) if (closed || !(await next())) return 0;
      const piece = rest.subarray(0, end - start);
      data.set(piece, start);
      rest = rest.subarray(piece.length);
      return piece.length;
    },
    close() {
      closed = true;
      close();
    },
  };
}
