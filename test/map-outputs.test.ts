// Maps by which programs put out records, and those that hold values without keys: alone, and used by programs on each engine.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import type { MapSpec } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { load } from '../src/run/load.js';
import { KernelObjectMap } from '../src/run/map/kernel-objects.js';
import { PerfEventArray } from '../src/run/map/perf-events.js';
import { ValueQueue } from '../src/run/map/queue.js';
import { RingBuffer } from '../src/run/map/ring.js';
import { type AnyMap, createMap } from '../src/run/map/table.js';
import { verify } from '../src/verify/verify.js';
import { engineClasses } from './engines.js';

const ringSpec: MapSpec = { name: 'events', type: 'ringbuf', keySize: 0, valueSize: 0, maxEntries: 4096 };
const queueSpec: MapSpec = { name: 'waiting', type: 'queue', keySize: 0, valueSize: 8, maxEntries: 3 };
const perfSpec: MapSpec = { name: 'samples', type: 'perf_event_array', keySize: 4, valueSize: 4, maxEntries: 2 };
const value = (n: number) => Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0);
const errno = (n: number) => BigInt.asUintN(64, BigInt(-n));

describe('a ring buffer', () => {
  it('gives records in their order, each as long as it was', () => {
    const ring = new RingBuffer(ringSpec);
    const records = [0, 1, 7, 8, 9, 100].map((length) => new Uint8Array(length).fill(length));
    for (const record of records) expect(ring.output(record)).toBe(0);
    expect(ring.take()).toEqual(records);
    expect(ring.take()).toEqual([]);
  });

  it('holds as much as Linux lets it, wherever records begin', () => {
    const step = fc.oneof(fc.integer({ min: 0, max: 1500 }), fc.constantFrom(4072, 4080, 4081, 5000, 'take' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (all) => {
        const ring = new RingBuffer(ringSpec);
        let waiting: Uint8Array[] = [];
        let taken = 0;
        for (const [i, what] of all.entries()) {
          if (what === 'take') {
            expect(ring.take()).toEqual(waiting);
            [waiting, taken] = [[], 0];
            continue;
          }
          const room = 8 * Math.ceil((what + 8) / 8);
          const fits = taken + room <= 4095; // new_prod_pos - cons_pos > rb->mask
          const record = new Uint8Array(what).fill(i);
          expect(ring.output(record)).toBe(fits ? 0 : 11);
          if (!fits) continue;
          waiting.push(record);
          taken += room;
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('keeps back what is behind a record that is not handed over, and gives up what was given up', () => {
    const ring = new RingBuffer(ringSpec);
    const [first, second] = [ring.reserve(3)!, ring.reserve(5)!];
    ring.output(value(7));
    expect(ring.take()).toEqual([]);
    expect(ring.settle(second, true)).toBe(true);
    expect(ring.take()).toEqual([]);
    ring.values.set([1, 2, 3], first);
    expect(ring.settle(first, false)).toBe(true);
    expect(ring.take()).toEqual([Uint8Array.of(1, 2, 3), value(7)]);
    expect([first, second, 4, 12, 1e6].map((each) => ring.settle(each, false))).toEqual(new Array(5).fill(false));
  });

  it('is the same one in whoever attaches its buffer', () => {
    const ring = new RingBuffer(ringSpec);
    RingBuffer.attach(ring.buffer).output(value(1));
    expect(ring.take()).toEqual([value(1)]);
  });

  it('tells that records were written over, and goes on', () => {
    const ring = new RingBuffer(ringSpec);
    ring.output(value(1));
    ring.values.fill(0x3f, 0, 8);
    expect(() => ring.take()).toThrow("the records of ring 'events' were written over");
    ring.output(value(2));
    expect(ring.take()).toEqual([value(2)]);
  });
});

describe.each(['queue', 'stack'] as const)('a %s', (type) => {
  it('gives the values that an array gives', () => {
    const queue = new ValueQueue({ ...queueSpec, type });
    for (const n of [1, 2, 3]) queue.push(value(n));
    expect(() => queue.push(value(4))).toThrow("map 'waiting' is full: it has 3 entries");
    expect([queue.put(value(4), 1), queue.put(value(4), 2)]).toEqual([22, 0]); // the flag EXIST: the oldest makes room
    const order = type === 'queue' ? [2, 3, 4] : [4, 3, 2];
    expect(queue.peek()).toEqual(value(order[0]!));
    expect(order.map(() => queue.pop()?.[0])).toEqual(order);
    expect([queue.peek(), queue.pop(), queue.size]).toEqual([undefined, undefined, 0]);
  });
});

describe('a perf event array', () => {
  it('takes records once it is opened, as far as there is room', () => {
    const array = new PerfEventArray(perfSpec, 16);
    expect(array.output(0xffff_ffff, value(1))).toBe(2);
    array.open();
    const answers = [0, 0xffff_ffff, 0, 1, 2].map((index) => array.output(index, value(9)));
    expect(answers).toEqual([0, 0, 28, 2, 7]);
    expect(array.open(1).output(1, value(1))).toBe(95); // another processor's
    expect([array.take(), array.lost, array.take()]).toEqual([[value(9), value(9)], 1, []]);
    expect(array.output(0, value(3))).toBe(0);
  });
});

describe('these maps refuse', () => {
  it.each<[string, () => unknown, string]>([
    ['a ring that is no power of two', () => new RingBuffer({ ...ringSpec, maxEntries: 12_288 }), 'range'],
    ['a ring of less than a page', () => new RingBuffer({ ...ringSpec, maxEntries: 2048 }), 'range'],
    ['a ring of nothing', () => new RingBuffer({ ...ringSpec, maxEntries: 0 }), 'range'],
    ['a ring with keys', () => new RingBuffer({ ...ringSpec, keySize: 4 }), 'range'],
    ['a ring that is enormous', () => new RingBuffer({ ...ringSpec, maxEntries: 2 ** 31 }), 'limit'],
    ['a ring of another type', () => new RingBuffer({ ...ringSpec, type: 'queue' }), 'usage'],
    ['a buffer that is no ring', () => RingBuffer.attach(new SharedArrayBuffer(8)), 'encoding'],
    ['a queue with keys', () => new ValueQueue({ ...queueSpec, keySize: 4 }), 'range'],
    ['a queue without room', () => new ValueQueue({ ...queueSpec, maxEntries: 0 }), 'range'],
    ['a value of another size', () => new ValueQueue(queueSpec).push(Uint8Array.of(1)), 'range'],
    ['no value', () => new ValueQueue(queueSpec).push('x' as never), 'usage'],
    ['a perf event array without entries', () => new PerfEventArray({ ...perfSpec, maxEntries: 0 }), 'range'],
    ['a perf event array with less than no room', () => new PerfEventArray(perfSpec, -1), 'range'],
    ['the ring of a processor that it has none for', () => new PerfEventArray(perfSpec).open(2), 'range'],
    ['devices without entries', () => createMap({ ...perfSpec, type: 'devmap', maxEntries: 0 }), 'range'],
    ['devices of another type', () => new KernelObjectMap(queueSpec), 'usage'],
    ['to be made of nothing', () => new RingBuffer(null as never), 'usage'],
  ])('%s', (_, action, code) => {
    expect(action).toThrow(BpfError);
    expect(action).toThrow(expect.objectContaining({ code }));
  });
});

describe.each(engineClasses)('a program on %s', (_, Engine) => {
  const run = (text: string, maps: readonly AnyMap[], world = 'memory', data = new Uint8Array(8)) =>
    new Engine(Program.parse(text), environment(world), { maps }).run(data, data.length);
  const ringTo = (rest: string) => `*(u64 *)(r10 -8) = 7; r1 = map[idx:0]; ${rest}`;

  it('writes into room that it has reserved, and hands it over or gives it up', () => {
    const ring = new RingBuffer(ringSpec);
    const text = (then: number) => `r1 = map[idx:0]; r2 = 8; r3 = 0; call 131; if r0 == 0 goto exit
      *(u64 *)(r0 +0) = 42; r1 = r0; r2 = 0; call ${then}; r0 = 1; exit`;
    expect([132, 133, 132].map((then) => run(text(then), [ring]).result)).toEqual([1n, 1n, 1n]);
    expect(ring.take()).toEqual([value(42), value(42)]);
  });

  it('hands over a copy, and hears of full rings and wrong flags', () => {
    const ring = new RingBuffer(ringSpec);
    const output = (length: number, flags: number) =>
      run(ringTo(`r2 = r10; r2 += -8; r3 = ${length}; r4 = ${flags}; call 130; exit`), [ring]).result;
    expect([output(8, 0), output(8, 2), output(0, 1), output(8, 4)]).toEqual([0n, 0n, 0n, errno(22)]);
    expect(ring.take()).toEqual([value(7), value(7), new Uint8Array()]);
    ring.output(new Uint8Array(4080 - 8));
    expect(output(8, 0)).toBe(errno(11));
  });

  it('asks how far the ring is', () => {
    const ring = new RingBuffer(ringSpec);
    ring.output(value(1));
    ring.take();
    ring.output(new Uint8Array(3));
    const query = (question: number) => run(`r1 = map[idx:0]; r2 = ${question}; call 134; exit`, [ring]).result;
    expect([0, 1, 2, 3, 4].map(query)).toEqual([16n, 4096n, 16n, 32n, 0n]);
  });

  it('finds no room where it asks for too much, or with flags', () => {
    const reserve = (size: string, flags: number) =>
      run(`r1 = map[idx:0]; r2 = ${size} ll; r3 = ${flags}; call 131; exit`, [new RingBuffer(ringSpec)]).result;
    expect([reserve('4096', 0), reserve('8', 1), reserve('0x100000008', 0)]).toEqual([0n, 0n, 0n]);
  });

  it.each([
    ['a record where there is none', 'r1 = map[idx:0][0]+8; call 132; exit'],
    ['a record in the stack', 'r1 = r10; call 133; exit'],
    ['a queue for a ring', 'r1 = map[idx:1]; r2 = 8; r3 = 0; call 131; exit'],
    ['a ring for a queue', 'r1 = map[idx:0]; r2 = r10; r2 += -8; r3 = 0; call 87; exit'],
    ['a ring for a map with keys', 'r1 = map[idx:0]; r2 = r10; r2 += -8; call 1; exit'],
    ['a queue for one with keys', 'r1 = map[idx:1]; r2 = r10; r2 += -8; r3 = r2; r4 = 0; call 2; exit'],
    ['a ring for a perf event array', 'r2 = map[idx:0]; r3 = 0; r4 = r10; r4 += -8; r5 = 8; call 25; exit'],
    ['a ring for programs', 'r2 = map[idx:0]; r3 = 0; call 12; exit'],
    ['a queue for devices', 'r1 = map[idx:1]; r2 = 0; r3 = 0; call 51; exit'],
  ])('traps when it gives a helper %s', (_, text) => {
    const { trap } = run(text, [new RingBuffer(ringSpec), new ValueQueue(queueSpec)]);
    expect(trap?.code).toBe('bad-call');
  });

  it('pushes, peeks and pops', () => {
    const queue = new ValueQueue(queueSpec);
    const push = `*(u64 *)(r10 -8) = 5; r1 = map[idx:0]; r2 = r10; r2 += -8; r3 = 0; call 87; exit`;
    const take = (helper: number) =>
      `*(u64 *)(r10 -8) = 99; r1 = map[idx:0]; r2 = r10; r2 += -8; call ${helper}; r1 = *(u64 *)(r10 -8); r0 <<= 32; r0 |= r1; exit`;
    expect(run(push, [queue]).result).toBe(0n);
    expect([89, 88, 88].map((helper) => run(take(helper), [queue]).result)).toEqual([
      5n,
      5n,
      BigInt.asUintN(64, -2n << 32n), // there is none, and what was there is cleared
    ]);
  });

  const low = (result: bigint) => BigInt.asUintN(32, result);

  it('puts out samples, with bytes of the packet behind them', () => {
    const array = new PerfEventArray(perfSpec).open();
    const put = (flags: string, world: string) =>
      run(
        `*(u64 *)(r10 -8) = 7; r2 = map[idx:0]; r3 = ${flags} ll; r4 = r10; r4 += -8; r5 = 8; call 25; exit`,
        [array],
        world,
        Uint8Array.of(1, 2, 3),
      ).result;
    expect(put('0xffffffff', 'xdp')).toBe(0n);
    expect(put('0x2ffffffff', 'sched_cls')).toBe(0n);
    expect([put('0x4ffffffff', 'xdp'), put('0x10000000000000', 'xdp'), put('1', 'xdp')]).toEqual([
      low(errno(14)),
      low(errno(22)),
      low(errno(2)),
    ]);
    expect(array.take()).toEqual([value(7), Uint8Array.of(...value(7), 1, 2)]);
  });

  it('finds no device and no socket, and is sent where it says then', () => {
    const devices = new KernelObjectMap({ ...perfSpec, name: 'devices', type: 'devmap' });
    const sockets = new KernelObjectMap({ ...perfSpec, name: 'sockets', type: 'xskmap' });
    const redirect = (flags: number, map: AnyMap) =>
      run(`r1 = map[idx:0]; r2 = 0; r3 = ${flags}; call 51; exit`, [map], 'xdp').result;
    expect([2, 0, 8, 4].map((flags) => redirect(flags, devices))).toEqual([2n, 0n, 4n, 0n]);
    expect([1, 8].map((flags) => redirect(flags, sockets))).toEqual([1n, 0n]);
    expect(run('r1 = map[idx:0]; r2 = r10; r2 += -4; call 1; exit', [sockets], 'xdp').result).toBe(0n);
  });
});

describe('verified programs', () => {
  it.each(['auto', 'interpreter'] as const)('hand records over in batches as they do one by one: %s', (engine) => {
    const ring = new RingBuffer(ringSpec);
    const program = Program.parse(
      `r6 = r1; r1 = map[idx:0]; r2 = 8; r3 = 0; call 131; if r0 == 0 goto full
       r1 = *(u32 *)(r6 +0); *(u64 *)(r0 +0) = r1; r1 = r0; r2 = 0; call 132; r0 = 1; exit
       full: r0 = 0; exit`,
      { maps: [ringSpec] },
    );
    const filter = load(verify(program, environment('socket_filter')), { engine, maps: [ring] });
    const [offsets, captured, verdicts] = [Uint32Array.of(0, 1, 2), Uint32Array.of(3, 2, 1), new Uint32Array(3)];
    expect(filter.runBatch(new Uint8Array(3), offsets, captured, verdicts)).toBe(3);
    expect(ring.take()).toEqual([value(3), value(2), value(1)]);
    filter.close();
  });
});
