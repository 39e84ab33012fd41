// How a number is taken: all candidates on the same packets, one after the other, round after round, each timed in
// processor time of this thread; the median of the rounds counts.

import { traffic } from '../scripts/traffic.mjs';
import { peers } from './peers.mjs';

/** How many packets lie where: in L2 with patterns learned, in L3 with patterns too long to learn, in DRAM. */
export const regimes = {
  hot: { packets: 4_096, snaplen: 96, passes: 64, rounds: 15 },
  warm: { packets: 131_072, snaplen: 96, passes: 1, rounds: 15 },
  big: { packets: 1_000_000, snaplen: 65_535, passes: 1, rounds: 5 },
};

/** The packets of a regime as every candidate takes them. */
export function packetsOf({ packets, snaplen }) {
  const { data, offsets, captured, lengths } = traffic(packets, { seed: 1, snaplen });
  return [data, offsets, captured, lengths];
}

/**
 * @param candidates functions by name; each runs over all packets once
 * @returns nanoseconds a packet by name: the median of the rounds
 */
export function measure(candidates, { packets, passes, rounds }) {
  const names = Object.keys(candidates);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) candidates[name](); // warms up
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const start = peers.threadTime();
      for (let pass = 0; pass < passes; pass++) candidates[name]();
      samples[name].push((peers.threadTime() - start) / passes / packets);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples[name])]));
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
