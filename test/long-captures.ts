// Long captures of all kinds, from seeds: equal and wild packets, some that look like records, whole, cut and damaged.

import { Readable } from 'node:stream';
import fc from 'fast-check';
import { pcapFile, type SavedPacket } from './capture-files.js';
import { block, enhanced, interfaceBlock, obsolete, section, simple } from './pcapng-blocks.js';

/** Seeded numbers: Marsaglia's xorshift32. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return this.#state;
  }

  below(n: number): number {
    return this.next() % n;
  }

  of(list: readonly number[]): number {
    return list[this.below(list.length)]!;
  }

  chance(probability: number): boolean {
    return this.next() < probability * 2 ** 32;
  }
}

const sizes: Record<string, (random: Random) => number> = {
  frames: (random) => random.of([60, 60, 60, 90, 300, 590, 1514, 1514]) - random.below(10),
  small: (random) => random.below(24),
  equal: () => 113,
  large: (random) => (random.chance(0.9) ? random.below(100) : random.below(40_000)),
};

const clocks: Record<string, (random: Random, i: number) => number> = {
  steady: (_, i) => 1_700_000_000 + (i >> 7),
  turning: (_, i) => 0x6554_ff00 + i, // whose upper half changes
  zero: () => 0,
  wild: (random) => random.next(),
  mixed: (random) => 1_700_000_000 + (random.chance(0.5) ? 0 : 1_000_000),
};

/** What packets are made of: `records` looks like what stands around it, down to the time. */
const contents: Record<string, (random: Random, size: number, seconds: number, littleEndian: boolean) => Uint8Array> = {
  random: (random, size) => Uint8Array.from({ length: size }, () => random.next()),
  zero: (_, size) => new Uint8Array(size),
  records: (random, size, seconds, littleEndian) => {
    const inner = { data: new Uint8Array(random.below(40)).fill(7), length: 60, seconds, fraction: 5 };
    const one = pcapFile([inner], { littleEndian }).subarray(24);
    const other = enhanced(
      { data: inner.data, length: 60, ticks: BigInt(seconds) * 1_000_000n, on: 0 },
      { littleEndian },
    );
    const start = random.below(one.length);
    const source = random.chance(0.5) ? one : other;
    return Uint8Array.from({ length: size }, (_, i) => source[(start + i) % source.length]!);
  },
};

export interface Plan {
  readonly seed: number;
  readonly count: number;
  readonly size: string;
  readonly clock: string;
  readonly content: string;
  readonly littleEndian: boolean;
  readonly variant: object | 'pcapng';
  readonly damage: 'none' | 'cut' | 'bytes';
}

export const plans: fc.Arbitrary<Plan> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fff_ffff }),
  count: fc.constantFrom(100, 2000, 9000),
  size: fc.constantFrom(...Object.keys(sizes)),
  clock: fc.constantFrom('steady', ...Object.keys(clocks)),
  content: fc.constantFrom(...Object.keys(contents)),
  littleEndian: fc.boolean(),
  variant: fc.constantFrom<object | 'pcapng'>(
    {},
    { magic: 0xa1b23c4d, snaplen: 200 },
    { magic: 0xa1b2cd34, extra: 8 },
    { version: [2, 2], swapped: true },
    { version: [2, 3], swapped: true },
    'pcapng',
    'pcapng',
  ),
  damage: fc.constantFrom('none', 'none', 'cut', 'bytes'),
});

export function captureOf(plan: Plan): Uint8Array {
  const random = new Random(plan.seed);
  const bytes =
    plan.variant === 'pcapng'
      ? pcapngOf(plan, random)
      : pcapFile(packetsOf(plan, random), { littleEndian: plan.littleEndian, ...plan.variant });
  if (plan.damage === 'none') return bytes;
  if (plan.damage === 'cut') return bytes.subarray(0, 200 + random.below(bytes.length - 200));
  for (let i = 0; i < 3; i++) bytes[200 + random.below(bytes.length - 200)] = random.next() & 255;
  return bytes;
}

function packetsOf({ count, size, clock, content, littleEndian }: Plan, random: Random): SavedPacket[] {
  return Array.from({ length: count }, (_, i) => {
    const seconds = clocks[clock]!(random, i);
    const data = contents[content]!(random, sizes[size]!(random), seconds, littleEndian);
    return { data, length: data.length + random.of([0, 0, 1]), seconds, fraction: random.below(1_000_000) };
  });
}

/** Mostly enhanced blocks, and now and then something else. */
function pcapngOf(plan: Plan, random: Random): Uint8Array {
  const order = { littleEndian: plan.littleEndian };
  const start = [section(order), ...[1, 1].map((link) => interfaceBlock({ link }, order))];
  const blocks = packetsOf(plan, random).map(({ data, length = data.length, seconds = 0, fraction = 0 }) => {
    const packet = { data, length, ticks: BigInt(seconds) * 1_000_000n + BigInt(fraction), on: random.below(2) };
    if (random.chance(0.001)) return block(0x1234, new Uint8Array(8), order);
    if (random.chance(0.01)) return obsolete(packet, order);
    return random.chance(0.01) ? simple({ ...packet, length: data.length }, order) : enhanced(packet, order);
  });
  return Buffer.concat([...start, ...blocks]);
}

/** The bytes in pieces. */
export function stream(bytes: Uint8Array, size: number): Readable {
  const chunks = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks, { objectMode: true });
}
