// The generated traffic: the same on every machine, and of the mixture that it says.

import { describe, expect, it } from 'vitest';
import { filter } from '../src/run/expression.js';

const scripts = '../scripts/';
const { traffic } = await import(`${scripts}traffic.mjs`);

interface Traffic {
  readonly data: Uint8Array;
  readonly offsets: Uint32Array;
  readonly captured: Uint32Array;
  readonly lengths: Uint32Array;
}

const count = 20_000;
const all: Traffic = traffic(count, { seed: 1 });

/** How many in a hundred frames match. */
function share(expression: string): number {
  const program = filter(expression, { engine: 'auto' });
  const matches = program.runBatch(all.data, all.offsets, all.captured, new Uint32Array(count), all.lengths);
  program.close();
  return (100 * matches) / count;
}

describe('generated traffic', () => {
  it('is made by its seed alone', () => {
    expect(traffic(100, { seed: 7 })).toEqual(traffic(100, { seed: 7 }));
    expect(traffic(100, { seed: 7 }).data).not.toEqual(traffic(100, { seed: 8 }).data);
  });

  it('has the same headers where less is kept of them', () => {
    const cut: Traffic = traffic(count, { seed: 1, snaplen: 96 });
    expect(cut.lengths).toEqual(all.lengths);
    for (let i = 0; i < count; i += 97) {
      const start = cut.offsets[i]!;
      const whole = all.data.subarray(all.offsets[i]!, all.offsets[i]! + 40);
      expect(cut.data.subarray(start, start + 40)).toEqual(whole);
    }
  });

  it('has frames of 438 bytes on average', () => {
    expect(all.lengths.reduce((sum, length) => sum + length, 0) / count).toBeCloseTo(438, -1);
  });

  it.each([
    ['ip or (vlan and ip)', 82],
    ['ip6 or (vlan and ip6)', 13],
    ['arp or (vlan and arp)', 2.5],
    ['vlan', 12],
    ['ip[6:2] & 0x3fff != 0', 1.5],
  ])('%s: about %d in a hundred', (expression, expected) => {
    expect(Math.abs(share(expression) - expected)).toBeLessThan(1);
  });
});
