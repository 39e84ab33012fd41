// Pages of the kernel's ring buffer: what is read of them, and that nothing is read beyond their data.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRingLayout, readRingPage } from '../src/event/ring.js';

const layout = parseRingLayout(`	field: u64 timestamp;	offset:0;	size:8;	signed:0;
	field: local_t commit;	offset:8;	size:8;	signed:1;
	field: int overwrite;	offset:8;	size:1;	signed:1;
	field: char data;	offset:16;	size:4080;	signed:0;
`);

/** A page of 32-bit words, after the time 1000. */
function page(words: readonly number[], { commit = words.length * 4, size = 16 + words.length * 4 } = {}): Uint8Array {
  const bytes = Buffer.alloc(size);
  bytes.writeBigUInt64LE(1000n, 0);
  bytes.writeUInt32LE(commit >>> 0, 8);
  for (const [i, word] of words.entries()) bytes.writeUInt32LE(word >>> 0, 16 + 4 * i);
  return bytes;
}

const head = (type: number, time: number): number => ((time << 5) | type) >>> 0;

it('the layout is that of header_page', () => {
  expect(layout).toEqual({ commit: { offset: 8, size: 8 }, data: { offset: 16, size: 4080 } });
  expect(() => parseRingLayout('field: u64 timestamp; offset:0; size:8;')).toThrow("expected the fields 'commit'");
});

it('records of both forms are found, with their times', () => {
  const words = [head(2, 5), 1, 2, head(0, 10), 12, 7, 8, head(30, 1), 2, head(1, 0), 9];
  expect(readRingPage(page(words), layout)).toEqual({
    records: [
      { offset: 20, length: 8, time: 1005n },
      { offset: 36, length: 8, time: 1015n },
      { offset: 56, length: 4, time: 1016n + (2n << 27n) },
    ],
    lost: 0,
    damaged: false,
  });
});

it('an absolute time counts from nothing, padding is passed over, and padding without a time is the end', () => {
  const words = [head(31, 7), 1, head(29, 1), 8, 0, head(1, 2), 5, head(29, 0), 0, head(1, 1), 6];
  expect(readRingPage(page(words), layout).records).toEqual([{ offset: 40, length: 4, time: 7n + (1n << 27n) + 3n }]);
});

describe('events that were lost', () => {
  it('are counted where the page has their number', () => {
    const bytes = page([head(1, 0), 5, 42, 0], { commit: 8 + 0xc000_0000 });
    expect(readRingPage(bytes, layout).lost).toBe(42);
  });

  it('are told of without a number where it has none', () => {
    expect(readRingPage(page([head(1, 0), 5], { commit: 8 + 0x8000_0000 }), layout).lost).toBeUndefined();
  });
});

it.each([
  ['a record that goes on behind the data', [head(3, 0), 1, 2]],
  ['a length of nothing', [head(0, 0), 0]],
  ['a length beyond the data', [head(0, 0), 4096, 1]],
  ['half a time', [head(30, 0)]],
  ['padding beyond the data', [head(29, 1), 400]],
])('%s is damage', (_, words) => {
  expect(readRingPage(page(words), layout)).toEqual({ records: [], lost: 0, damaged: true });
});

it('data that would go on behind the page is damage', () => {
  expect(readRingPage(page([head(1, 0), 5], { commit: 4000 }), layout)).toMatchObject({ damaged: true });
});

it('what is too short for a page is refused', () => {
  expect(() => readRingPage(new Uint8Array(15), layout)).toThrow(
    expect.objectContaining({ code: 'encoding', message: 'expected a page of 16 bytes at least, got 15' }),
  );
});

it('whatever the bytes are, records lie inside the data', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 200 });
  const words = fc.array(fc.oneof(fc.nat({ max: 64 }), fc.nat()), { maxLength: 40 }).map((all) => page(all));
  fc.assert(
    fc.property(fc.oneof(bytes, words), (one) => {
      const { records } = readRingPage(one, layout);
      for (const { offset, length } of records) {
        expect(offset).toBeGreaterThanOrEqual(20);
        expect(offset + length).toBeLessThanOrEqual(one.length);
      }
    }),
    { seed: 11, numRuns: 2000 },
  );
});
