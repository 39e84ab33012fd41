// A set says of packets what each of its filters says alone, whatever engines run them and wherever its pieces end.

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { openCapture } from '../src/capture/open.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { withHelpers } from '../src/env/with-helpers.js';
import type { Packets } from '../src/run/engine.js';
import { filter } from '../src/run/expression.js';
import { Filter } from '../src/run/filter.js';
import { filterSet } from '../src/run/filter-set.js';
import { load, loadUnchecked } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { verify } from '../src/verify/verify.js';
import { pcapFile } from './capture-files.js';
import { ip4Frame, tcp, udp } from './packets.js';
import { filters as expressions, frames } from './random-filters.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 100);
const hasNative = nativeMissing() === undefined;
const engines = (['auto', 'jit', 'interpreter', 'classic', 'javascript'] as const).filter(
  (engine) => engine !== 'jit' || hasNative,
);

/** Packets one behind the other, of each as many bytes as `captured` says, or all. */
function batchOf(packets: readonly Uint8Array[], captured: readonly number[] = []): Packets {
  const before = (i: number) => packets.slice(0, i).reduce((sum, { length }) => sum + length, 0);
  return {
    data: Uint8Array.from(packets.flatMap((packet) => [...packet])),
    offsets: Uint32Array.from(packets, (_, i) => before(i)),
    captured: Uint32Array.from(packets, ({ length }, i) => Math.min(length, captured[i] ?? length)),
    lengths: Uint32Array.from(packets, ({ length }) => length),
  };
}

/** Compares many numbers faster than `toEqual` does. */
function isSame(some: Uint32Array, others: Uint32Array): boolean {
  return some.length === others.length && some.every((entry, i) => entry === others[i]);
}

interface Answer {
  readonly counts: readonly number[];
  readonly verdicts: readonly Uint32Array[];
}

/** What each filter says by itself, pass after pass. */
function oneByOne(filters: readonly Filter[], { data, offsets, captured, lengths }: Packets): Answer {
  const verdicts = filters.map(() => new Uint32Array(offsets.length));
  const counts = filters.map((each, i) => each.runBatch(data, offsets, captured, verdicts[i]!, lengths));
  return { counts, verdicts };
}

/** A filter, or undefined for an expression that the compiler refuses. */
function made(expression: string, engine: (typeof engines)[number]): Filter | undefined {
  try {
    return filter(expression, { engine, names: {}, netmask: '255.255.255.0' });
  } catch (error) {
    if (error instanceof BpfError) return undefined;
    throw error;
  }
}

const somePackets = fc.array(fc.tuple(frames, fc.nat(80)), { maxLength: 12 });
const someFilters = fc.array(fc.tuple(expressions, fc.constantFrom(...engines)), { maxLength: 4 });

describe('a set of filters', () => {
  it('says what each of them says alone, one of them twice as well', () => {
    let compared = 0;
    const law = fc.property(someFilters, somePackets, fc.nat(3), (kinds, packets, gap) => {
      const single = kinds.flatMap(([expression, engine]) => made(expression, engine) ?? []);
      const filters = [...single, ...single.slice(0, 1)];
      const batch = batchOf(
        packets.map(([frame]) => frame),
        packets.map(([, captured]) => captured),
      );
      const { data, offsets, captured, lengths } = batch;
      const count = offsets.length;
      const expected = oneByOne(filters, batch);
      using set = filterSet(filters);

      // the rows lie in one array, with entries between them that nobody may touch
      const all = new Uint32Array(filters.length * (count + gap)).fill(0xdead);
      const rows = filters.map((_, i) => all.subarray(i * (count + gap), (i + 1) * (count + gap)));
      expect(set.runBatch(data, offsets, captured, rows, lengths)).toEqual(expected.counts);
      for (const [i, row] of rows.entries()) {
        expect(row.subarray(0, count)).toEqual(expected.verdicts[i]);
        expect(row.subarray(count).every((entry) => entry === 0xdead)).toBe(true);
      }
      expect(set.classify(batch)).toEqual(expected);
      expect(set.runBatch(data, offsets, captured, rows)).toEqual(
        oneByOne(filters, { ...batch, lengths: captured }).counts,
      );

      for (let i = 0; i < count; i++) {
        const bytes = data.subarray(offsets[i]!, offsets[i]! + captured[i]!);
        const verdicts = expected.verdicts.map((row) => row[i]!);
        expect(set.run(bytes, lengths[i])).toEqual(verdicts);
        expect(set.matches(bytes, lengths[i])).toEqual([...verdicts.keys()].filter((j) => verdicts[j] !== 0));
      }
      compared += filters.length * count;
      for (const each of single) each.close();
    });
    fc.assert(law, { seed, numRuns });
    expect(compared).toBeGreaterThan(numRuns);
  });

  it('goes over more packets than are in a piece', () => {
    const batch = manyPackets(40_000);
    for (const engine of engines.filter((name) => name !== 'interpreter')) {
      const filters = ['tcp port 80', 'udp', 'len > 60', 'tcp port 80'].map((text) => filter(text, { engine }));
      using set = filterSet(filters);
      const [found, expected] = [set.classify(batch), oneByOne(filters, batch)];
      expect(found.counts).toEqual(expected.counts);
      expect(found.verdicts.map((row, i) => isSame(row, expected.verdicts[i]!))).toEqual([true, true, true, true]);
      expect(set.classify(manyPackets(10))).toEqual(oneByOne(filters, manyPackets(10)));
    }
  });

  it('says the same once its filters have become one program', () => {
    const rules = ['tcp port 80', 'udp', 'len > 60', 'tcp', 'ip host 10.0.0.1', 'not tcp port 80', 'tcp port 80'];
    for (const engine of engines.filter((name) => name === 'auto' || name === 'jit')) {
      const given = filter('ip', { engine: 'classic' });
      using set = filterSet([...rules, given], { engine, snaplen: 96 });
      for (const batch of [manyPackets(40_000, 512), manyPackets(20_000)]) {
        const expected = oneByOne(set.filters, batch);
        for (let round = 0; round < 14; round++) {
          const found = set.classify(batch);
          expect(found.counts).toEqual(expected.counts);
          if (round % 13 > 0) continue;
          expect(found.verdicts.every((row, i) => isSame(row, expected.verdicts[i]!))).toBe(true);
        }
      }
      const wrong = manyPackets(30_000, 512);
      wrong.offsets[20_000] = wrong.data.length;
      expect(() => set.classify(wrong)).toThrow('packet 20000 ends');
      set.filters[3]!.close();
      expect(() => set.classify(manyPackets(1))).toThrow('filter 3 of the set is closed');
    }
  });

  it('asks expressions before filters that were given, which may change packets', () => {
    const text =
      'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r4 = r2; r4 += 14; if r4 > r3 goto +1; *(u8 *)(r2 +12) = 7; r0 = 1; exit';
    const writer = load(verify(Program.parse(text), environment('xdp')));
    using set = filterSet([writer, 'ip']);
    const batch = batchOf([ip4Frame(6, tcp(22, 80))]);
    expect(set.classify(batch).counts).toEqual([1, 1]);
    expect(set.classify(batch).counts).toEqual([1, 0]);
  });

  it('is nothing to run where it is empty, and runs over no packets', () => {
    using none = filterSet([]);
    expect(none.run(new Uint8Array(60))).toEqual([]);
    expect(none.matches(new Uint8Array(60))).toEqual([]);
    expect(none.classify(manyPackets(3))).toEqual({ counts: [], verdicts: [] });
    using rules = filterSet(['ip', 'tcp']);
    expect(rules.classify(manyPackets(0)).counts).toEqual([0, 0]);
  });

  it('refuses a packet that is not in the buffer, and tells its number in the batch', () => {
    for (const [wrong, engine] of [0, 20_000, 39_999].flatMap((at) => engines.map((name) => [at, name] as const))) {
      const { data, offsets, captured, lengths } = manyPackets(40_000);
      captured[wrong] = data.length + 1;
      using set = filterSet(['ip', 'tcp'], { engine });
      const verdicts = [new Uint32Array(40_000), new Uint32Array(40_000)];
      const run = () => set.runBatch(data, offsets, captured, verdicts, lengths);
      expect(run).toThrow(
        expect.objectContaining({ code: 'range', message: expect.stringContaining(`packet ${wrong} `) }),
      );
    }
  });

  it('refuses a packet that is shorter than one of the proofs relies on', () => {
    const seccomp = verify(Program.parse('r0 = *(u32 *)(r1 +60); exit'), environment('seccomp'));
    using set = filterSet([filter('ip'), load(seccomp)]);
    const verdicts = [new Uint32Array(2), new Uint32Array(2)];
    const run = (captured: number[]) =>
      set.runBatch(new Uint8Array(64).fill(1), Uint32Array.of(0, 0), Uint32Array.from(captured), verdicts);
    expect(run([64, 64])).toEqual([0, 2]);
    expect(() => run([64, 63])).toThrow('expected at least 64 bytes in packet 1, got 63');
  });
});

/** Three packets over and over, of which some are cut; and so many bytes behind them. */
function manyPackets(count: number, behind = 0): Packets {
  const some = [ip4Frame(6, tcp(4000, 80)), ip4Frame(17, udp(4000, 53)), ip4Frame(6, tcp(22, 4000))];
  const batch = batchOf(some);
  const numbers = Uint32Array.from({ length: count }, (_, i) => ((i * i) >> 3) % 3);
  const of = (all: Uint32Array): Uint32Array => numbers.map((i) => all[i]!);
  const captured = of(batch.captured).map((length, i) => (i % 7 === 0 ? 30 : length));
  return {
    data: Buffer.concat([batch.data, new Uint8Array(behind)]),
    offsets: of(batch.offsets),
    captured,
    lengths: of(batch.lengths).map((n, i) => n + (i % 9)),
  };
}

describe('closing', () => {
  const frame = ip4Frame(6, tcp(4000, 80));

  it('a set closes the filters that were made for it, and no other', () => {
    const own = filter('tcp');
    const set = filterSet([own, 'udp']);
    const [, made] = set.filters;
    set.close();
    set.close();
    expect(own.matches(frame)).toBe(true);
    expect(() => made!.matches(frame)).toThrow('this filter is closed');
    for (const use of [() => set.run(frame), () => set.matches(frame), () => set.classify(manyPackets(1))]) {
      expect(use).toThrow('this set of filters is closed');
    }
  });

  it('one of its filters leaves a set that refuses to run', () => {
    const [first, second] = [filter('tcp'), filter('udp')];
    using set = filterSet([first, second]);
    const before = set.classify(manyPackets(5)).verdicts[0]!.slice();
    second.close();
    expect(() => set.classify(manyPackets(4))).toThrow('filter 1 of the set is closed');
    expect(() => set.run(frame)).toThrow('this filter is closed');
    expect(before).toEqual(oneByOne([first], manyPackets(5)).verdicts[0]);
    expect(() => filterSet([first, second])).toThrow('filter 1 of the set is closed');
  });

  it('a mistake in an expression closes what was made for those before it', () => {
    const given = filter('udp');
    const close = vi.spyOn(Filter.prototype, 'close');
    expect(() => filterSet([given, 'tcp', 'icmp', 'tpc'])).toThrow("did you mean 'tcp'");
    expect(close).toHaveBeenCalledTimes(2);
    expect(close.mock.contexts).not.toContain(given);
    close.mockRestore();
  });

  it.each(hasNative ? (['interpreter', 'jit'] as const) : (['interpreter'] as const))(
    'a filter from within another one ends the batch, on the %s',
    (engine) => {
      const second = filter('udp');
      const call = () => {
        second.close();
        return 0n;
      };
      const helper = { id: 0x20000, name: 'close', call };
      const program = Program.parse('call 0x20000; r0 = 1; exit');
      const first = loadUnchecked(program, withHelpers(environment('packet'), [helper]), { engine });
      using set = filterSet([first, second]);
      expect(() => set.classify(manyPackets(3))).toThrow('filter 1 of the set is closed');
    },
  );
});

describe('a capture', () => {
  it('is classified batch by batch as by a scan with each filter', async () => {
    const { data, offsets, captured } = manyPackets(20_000);
    const saved = Array.from(offsets, (start, i) => ({ data: data.subarray(start, start + captured[i]!) }));
    const file = pcapFile(saved);
    const rules = ['tcp port 80', 'udp port 53', 'icmp', ''];
    using all = filter('');
    using set = filterSet(rules);
    for (const batches of [() => openCapture(file), () => openCapture(file).scan(all)]) {
      const counts = rules.map(() => 0);
      for await (const batch of batches()) {
        for (const [i, count] of set.classify(batch).counts.entries()) counts[i]! += count;
      }
      for (const [i, rule] of rules.entries()) {
        using alone = filter(rule);
        let found = 0;
        for await (const batch of openCapture(file).scan(alone)) found += batch.count;
        expect(counts[i]).toBe(found);
      }
      expect(counts[3]).toBe(20_000);
    }
  });
});
