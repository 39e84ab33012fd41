// Compressed captures: gzip, zstd and LZ4, told by their first bytes. Each is a generator that takes pieces of the compressed
// bytes and gives what they hold, so that everything before a damage comes before the error.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { cutShort, damage } from './fault.js';
import { lz4Blocks, lz4Magic } from './lz4.js';
import { type ByteSource, chunkSource } from './source.js';
import type { Window } from './window.js';

type Decompressed = AsyncGenerator<Uint8Array, void, void>;

const gzipMagic = 0x1f8b;
const zstdMagic = 0xfd2fb528;

/** How many compressed bytes are given to a decompressor at once: gzip makes a thousand times as many of them at the most. */
const pieceSize = 32 << 10;
/** How many bytes zlib gives back at once. */
const chunkSize = 256 << 10;

/** What the bytes at the start of `input` decompress to; undefined where they aren't compressed. */
export function decompressed(input: Window): ByteSource | undefined {
  const chunks = decompressor(input)?.(input);
  if (chunks === undefined) return undefined;
  return chunkSource(chunks, `${input.name} (decompressed)`, () => {
    chunks.return().catch(() => {}); // what it was still doing is of no interest
  });
}

function decompressor({ view, start }: Window): ((input: Window) => Decompressed) | undefined {
  if (view.getUint16(start) === gzipMagic) return gunzip;
  const magic = view.getUint32(start, true);
  if (magic === lz4Magic) return lz4Blocks;
  return magic === zstdMagic ? unzstd : undefined;
}

function gunzip(input: Window): Decompressed {
  return through(zlib.createGunzip({ chunkSize }), 'gzip', input);
}

/** zstd by Node where it has it, by the system's program where there is one (nine times as fast as the last), by fzstd. */
async function* unzstd(input: Window): Decompressed {
  const own = nodeZstd();
  if (own !== undefined) yield* through(own, 'zstd', input);
  else if (await hasProgram('zstd')) yield* byProgram(input);
  else yield* byLibrary(input);
}

/** Node has it from 22.15 on. */
function nodeZstd(): Transform | undefined {
  const make: unknown = Reflect.get(zlib, 'createZstdDecompress');
  const stream: unknown = typeof make === 'function' ? make({ chunkSize }) : undefined;
  return stream instanceof Transform ? stream : undefined;
}

/** The next bytes of `input`, a part of its buffer; undefined at the end. */
async function piece(input: Window): Promise<Uint8Array | undefined> {
  if (!(await input.need(1))) return undefined;
  const start = input.start;
  input.start = Math.min(input.end, start + pieceSize);
  return input.data.subarray(start, input.start);
}

/** A stream of Node's, driven piece by piece: what it gives out before it fails is kept. */
async function* through(stream: Transform, format: string, input: Window): Decompressed {
  const chunks: Uint8Array[] = [];
  let failure: Error | undefined;
  stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  stream.on('error', (error) => {
    failure = error;
  });
  const closed = once(stream, 'close').catch(() => {});
  try {
    for (let next = await piece(input); next !== undefined && failure === undefined; next = await piece(input)) {
      const bytes = next;
      await new Promise<void>((resolve) => stream.write(bytes, () => resolve()));
      yield* chunks.splice(0);
    }
    stream.end();
    await closed;
    yield* chunks;
    if (failure !== undefined) throw badData(input, format, failure.message);
  } finally {
    stream.destroy();
  }
}

async function hasProgram(name: string): Promise<boolean> {
  const child = spawn(name, ['--version'], { stdio: 'ignore' });
  const [event] = await Promise.race([
    once(child, 'exit').then(() => ['exit']),
    once(child, 'error').then(() => ['error']),
  ]).catch(() => ['error']);
  return event === 'exit';
}

/** The system's zstd as a pipe, in a process of its own. */
async function* byProgram(input: Window): Decompressed {
  const child = spawn('zstd', ['-dcq'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stdin.on('error', () => {}); // it has ended, and says why
  const exit = once(child, 'close');
  const fed = feed(child.stdin, input);
  try {
    yield* child.stdout;
    await fed;
    const [status] = await exit;
    if (status !== 0) throw badData(input, 'zstd', said.trim().split('\n').at(-1) ?? `status ${status}`);
  } finally {
    child.kill();
  }
}

async function feed(stream: NodeJS.WritableStream, input: Window): Promise<void> {
  for (let next = await piece(input); next !== undefined; next = await piece(input)) {
    const bytes = next;
    const failed = await new Promise<boolean>((resolve) => stream.write(bytes, (error) => resolve(error != null)));
    if (failed) return;
  }
  stream.end();
}

/** In JavaScript; it looks at no checksum. */
async function* byLibrary(input: Window): Decompressed {
  const chunks: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => chunks.push(chunk));
  for (let more = true; more; ) {
    const next = await piece(input);
    more = next !== undefined;
    let failure: unknown;
    try {
      decoder.push(next?.slice() ?? new Uint8Array(0), !more);
    } catch (error) {
      failure = error;
    }
    yield* chunks.splice(0);
    if (failure !== undefined)
      throw badData(input, 'zstd', failure instanceof Error ? failure.message : String(failure));
  }
}

/** @param said by who decompresses; zstd names the place in its own source before it */
function badData(input: Window, format: string, said: string): Error {
  if (/unexpected (?:end|EOF)|premature end/i.test(said))
    return cutShort(input.name, input.offset(), `its ${format} data`);
  return damage(input.name, input.offset(), `its ${format} data is wrong: ${said.replace(/^\S*stdin\S* : /, '')}`);
}
