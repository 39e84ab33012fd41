import { describe, expect, it } from 'vitest';
import { scaled, Tally } from '../src/cli/tally.js';

const rates = String.raw`[\d.]+( [kMG])? packets/s`;

describe('the tally of a run', () => {
  it('sums up packets, bytes and matches', () => {
    const tally = new Tally(undefined);
    tally.add({ packets: 2, bytes: 1560 }, 1);
    tally.add({ packets: 1, bytes: 40 }, 0);
    expect(tally.toJSON()).toMatchObject({ packets: 3, matched: 1, bytes: 1600 });
    expect(tally.summary(['jit'])).toMatch(
      new RegExp(String.raw`^1 of 3 packets matched \(33\.3 %\), in [\d.]+ s: ${rates}, [\d.]+ [kMG]?B/s \(jit\)$`),
    );
  });

  it('has a summary without packets', () => {
    expect(new Tally(0).summary([])).toMatch(/^0 of 0 packets matched, in [\d.]+ s: 0 packets\/s, 0 B\/s$/);
  });

  it('tells how far it is, and what is left, where the size is known', () => {
    const tally = new Tally(1000);
    tally.add({ packets: 1, bytes: 60 }, 0);
    tally.position = 250;
    expect(tally.progress()).toMatch(new RegExp(`^25.0 %, 1 packets, ${rates}, \\d+ s left$`));
    const pipe = new Tally(undefined);
    expect(pipe.progress()).toBe('0 packets, 0 packets/s');
  });

  it('scales numbers to three digits', () => {
    expect([0, 999, 1000, 12_345, 9_120_000, 4.4e9].map(scaled)).toEqual([
      '0',
      '999',
      '1.00 k',
      '12.3 k',
      '9.12 M',
      '4.40 G',
    ]);
  });
});
