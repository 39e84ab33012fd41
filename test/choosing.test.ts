// Long batches and scans, which machine code in several shapes shares: the verdicts are those of one shape, and a mistake is told of the
// whole.

import { describe, expect, it } from 'vitest';
import { openCapture } from '../src/capture/open.js';
import { packet } from '../src/env/packet.js';
import { compile } from '../src/filter/compile.js';
import { load } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';
import { pcapFile } from './capture-files.js';
import { ip4Frame, tcp, udp } from './packets.js';

const kinds = [tcp(80, 1024), tcp(1024, 443), udp(53, 53)].map((payload, i) => ip4Frame(i < 2 ? 6 : 17, payload));
const frame = kinds[0]!.length;
const count = 200_001;

/** Frames of three kinds, each as often as one likes: a batch may name a packet many times. */
function batch() {
  const starts = kinds.map((_, i) => kinds.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  const kind = (i: number) => (i * 7919) % 3;
  return {
    data: Uint8Array.from(kinds.flatMap((bytes) => [...bytes])),
    offsets: Uint32Array.from({ length: count }, (_, i) => starts[kind(i)]!),
    captured: Uint32Array.from({ length: count }, (_, i) => (i % 5 === 0 ? 20 : kinds[kind(i)]!.length)),
    lengths: new Uint32Array(count).fill(frame),
  };
}

describe.skipIf(nativeMissing() !== undefined)('a long batch', () => {
  it.each(['tcp port 80', 'ip', 'host 10.0.0.1 and not udp'])('has the verdicts of one shape: %s', (expression) => {
    const verified = verify(translate(compile(expression, { names: {} }).program), packet);
    const { data, offsets, captured, lengths } = batch();
    const verdicts = [true, false].map((optimize) => {
      using filter = load(verified, { engine: 'jit', optimize });
      const found = new Uint32Array(count);
      const matches = filter.runBatch(data, offsets, captured, found, lengths);
      filter.runBatch(data, offsets, captured, found, lengths);
      expect(matches).toBe(found.filter((verdict) => verdict !== 0).length);
      return found;
    });
    expect(verdicts[0]).toEqual(verdicts[1]);
  });

  it('is refused where verdicts would overwrite what was checked', () => {
    const { data, offsets, captured, lengths } = batch();
    using filter = load(verify(translate(compile('ip', { names: {} }).program), packet), { engine: 'jit' });
    for (const verdicts of [offsets, captured, new Uint32Array(captured.buffer, 0, count)]) {
      expect(() => filter.runBatch(data, offsets, captured, verdicts, lengths)).toThrow('that share no memory with');
    }
  });

  it('tells which packet is wrong', () => {
    const { data, offsets, captured, lengths } = batch();
    offsets[150_000] = data.length;
    using filter = load(verify(translate(compile('tcp port 80', { names: {} }).program), packet), { engine: 'jit' });
    expect(() => filter.runBatch(data, offsets, captured, new Uint32Array(count), lengths)).toThrow(
      'packet 150000 ends',
    );
  });
});

describe.skipIf(nativeMissing() !== undefined)('scans one after the other', () => {
  it('find the same packets before, while and after shapes are tried', async () => {
    const block = pcapFile(Array.from({ length: 300 }, (_, i) => ({ data: kinds[(i * 7919) % 3]!, seconds: i })));
    const records = block.subarray(24);
    const copies = 700;
    const capture = Buffer.concat([block.subarray(0, 24), ...Array.from({ length: copies }, () => records)]);
    const verified = verify(translate(compile('tcp port 80', { names: {} }).program), packet);
    using filter = load(verified, { engine: 'jit', optimize: true });
    for (let packets = 0; packets < 3_200_000; packets += 300 * copies) {
      let matches = 0;
      for await (const { count } of openCapture(capture).scan(filter)) matches += count;
      expect(matches).toBe(100 * copies);
    }
  });
});
