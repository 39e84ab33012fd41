// The LZ4 frame format, read block by block: no library of npm does it without the whole file in memory.
//
//   frame   0 magic   4 flags   5 largest block   (8 bytes of length, 4 of a dictionary)   checksum of that, blocks, 0, (checksum)
//   block   0 size, its highest bit: not compressed   4 data   (checksum)
//   data    tokens: literals and a match, four bits of length each; 15 goes on in bytes as long as they are 255
//
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md

import { BpfError } from '../base/error.js';
import { damage, truncation } from './fault.js';
import type { Window } from './window.js';
import { Xxh32, xxh32 } from './xxh32.js';

export const lz4Magic = 0x184d2204;
const skippable = 0x184d2a50;

/** How far back a match may reach. */
const historySize = 64 << 10;
const uncompressed = 0x8000_0000;

interface Frame {
  readonly independent: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly blockSize: number;
}

/** What the frames of a file decompress to, each piece valid until the next one is asked for. */
export async function* lz4Blocks(input: Window): AsyncGenerator<Uint8Array, void, void> {
  while (await input.need(1)) {
    await want(input, 4, 'the magic number');
    const magic = word(input);
    if ((magic & 0xffff_fff0) >>> 0 === skippable) await skip(input);
    else if (magic === lz4Magic) yield* frameBlocks(input);
    else throw wrong(input, `0x${magic.toString(16)} is no magic number of LZ4`);
  }
}

async function skip(input: Window): Promise<void> {
  await want(input, 8, 'the frame');
  const size = input.view.getUint32(input.start + 4, true);
  input.start += 8;
  if (!(await input.skip(size))) throw truncation(input.name, input.offset(), 'the frame', size, 0);
}

async function* frameBlocks(input: Window): AsyncGenerator<Uint8Array, void, void> {
  const frame = await readFrame(input);
  const output = new Uint8Array(historySize + frame.blockSize);
  const hash = new Xxh32();
  let history = 0;
  for (;;) {
    await want(input, 4, 'the block');
    const field = word(input);
    input.start += 4;
    if (field === 0) break;
    const size = field & 0x7fff_ffff;
    if (size > frame.blockSize) throw wrong(input, `a block of ${size} bytes exceeds the frame's ${frame.blockSize}`);
    await want(input, size + (frame.blockChecksum ? 4 : 0), 'the block');
    const block = input.data.subarray(input.start, input.start + size);
    if (frame.blockChecksum) checkSum(input, xxh32(block), word(input, size));
    const end = field >= uncompressed ? stored(block, output) : decode(input, block, output, historySize - history);
    const piece = output.subarray(historySize, end);
    if (frame.contentChecksum) hash.update(piece);
    input.start += size + (frame.blockChecksum ? 4 : 0);
    yield piece;
    history = frame.independent ? 0 : Math.min(historySize, history + piece.length);
    output.copyWithin(historySize - history, end - history, end);
  }
  if (!frame.contentChecksum) return;
  await want(input, 4, 'the checksum');
  checkSum(input, hash.digest(), word(input));
  input.start += 4;
}

async function readFrame(input: Window): Promise<Frame> {
  await want(input, 7, 'the frame');
  const flags = input.data[input.start + 4]!;
  const code = (input.data[input.start + 5]! >> 4) & 7;
  const size = 6 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
  await want(input, size + 1, 'the frame');
  if (flags >> 6 !== 1 || code < 4) throw wrong(input, 'the header of the LZ4 frame is of no known version');
  if (flags & 1) throw new BpfError('unsupported', `'${input.name}' needs a dictionary to be decompressed`);
  const { start } = input;
  const sum = (xxh32(input.data.subarray(start + 4, start + size)) >>> 8) & 0xff;
  checkSum(input, sum, input.data[start + size]!);
  input.start += size + 1;
  return {
    independent: (flags & 0x20) !== 0,
    blockChecksum: (flags & 0x10) !== 0,
    contentChecksum: (flags & 0x04) !== 0,
    blockSize: 1 << (8 + 2 * code),
  };
}

function stored(block: Uint8Array, output: Uint8Array): number {
  output.set(block, historySize);
  return historySize + block.length;
}

/** Decodes one block to `output` behind the history, which begins at `oldest`; @returns where it ends */
function decode(input: Window, block: Uint8Array, output: Uint8Array, oldest: number): number {
  let from = 0;
  let to = historySize;
  const length = (nibble: number): number => {
    let sum = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; sum += byte) byte = block[from++] ?? overrun(input);
    return sum;
  };
  while (from < block.length) {
    const token = block[from++]!;
    const literals = length(token >> 4);
    if (from + literals > block.length || to + literals > output.length) overrun(input);
    output.set(block.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === block.length) return to; // the last token has literals alone
    if (from + 2 > block.length) overrun(input);
    const back = block[from]! | (block[from + 1]! << 8);
    from += 2;
    const match = length(token & 15) + 4;
    if (back === 0 || to - back < oldest || to + match > output.length) overrun(input);
    if (back >= match) output.copyWithin(to, to - back, to - back + match);
    else for (let i = 0; i < match; i++) output[to + i] = output[to + i - back]!; // it repeats what it writes
    to += match;
  }
  return to;
}

function overrun(input: Window): never {
  throw wrong(input, 'a length in the LZ4 data leads beyond its block');
}

function checkSum(input: Window, computed: number, stated: number): void {
  if (computed !== stated) throw wrong(input, 'the checksum of the LZ4 data is wrong');
}

async function want(input: Window, size: number, what: string): Promise<void> {
  if (!(await input.need(size))) throw truncation(input.name, input.offset(), what, size, input.available);
}

function word(input: Window, at = 0): number {
  return input.view.getUint32(input.start + at, true);
}

function wrong(input: Window, what: string): BpfError {
  return damage(input.name, input.offset(), what);
}
