// The kinds of maps with keys and values: what a trie finds, what a full one lets go, and that machine code and JavaScript, which
// each have a way of their own, do the same to the same bytes.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MapSpec, MapType } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { Interpreter } from '../src/run/interpreter.js';
import { BpfMap } from '../src/run/map/map.js';
import { Native, nativeMissing } from '../src/run/native.js';

const key = (n: number) => Uint8Array.of(n, 0, 0, 0);
const value = (n: number) => Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0);

describe('a trie of prefixes', () => {
  const spec: MapSpec = { name: 'routes', type: 'lpm_trie', keySize: 8, valueSize: 8, maxEntries: 20 };
  const prefix = (text: string) => {
    const [address, length] = text.split('/');
    return Uint8Array.of(Number(length ?? 32), 0, 0, 0, ...address!.split('.').map(Number));
  };

  it('finds the longest prefix', () => {
    const map = new BpfMap(spec);
    const routes = ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.128/25', '10.1.2.129/32'];
    for (const [i, route] of routes.entries()) map.set(prefix(route), value(i));
    const found = (address: string) => map.get(prefix(address))?.[0];
    expect(['192.0.2.1', '10.9.9.9', '10.1.9.9', '10.1.2.127', '10.1.2.128', '10.1.2.129'].map(found)).toEqual([
      0, 1, 2, 2, 3, 4,
    ]);
    expect(found('10.1.2.0/24')).toBe(2);
    map.delete(prefix('0.0.0.0/0'));
    expect(found('192.0.2.1')).toBeUndefined();
  });

  it('takes bits behind a prefix for nothing, and keeps them', () => {
    const map = new BpfMap(spec).set(prefix('10.1.2.3/9'), value(1)).set(prefix('10.127.0.1/9'), value(2));
    expect([...map.entries()]).toEqual([[prefix('10.127.0.1/9'), value(2)]]);
    expect(map.delete(prefix('10.0.0.0/9'))).toBe(true);
    expect(map.size).toBe(0);
  });

  it('finds what looking at every prefix finds', () => {
    const byte = fc.constantFrom(0, 1, 127, 128, 255);
    const anyPrefix = fc
      .tuple(fc.integer({ min: 0, max: 32 }), byte, byte, byte, byte)
      .map(([length, ...bytes]) => Uint8Array.of(length, 0, 0, 0, ...bytes));
    const bits = (at: Uint8Array, count: number) =>
      [...at.subarray(4)]
        .map((each) => each.toString(2).padStart(8, '0'))
        .join('')
        .slice(0, count);
    fc.assert(
      fc.property(fc.array(anyPrefix, { maxLength: 20 }), fc.array(anyPrefix), (entries, asked) => {
        const map = new BpfMap(spec);
        for (const [i, each] of entries.entries()) map.set(each, value(i));
        for (const wanted of asked) {
          const fitting = entries.filter(
            (each) => each[0]! <= wanted[0]! && bits(each, each[0]!) === bits(wanted, each[0]!),
          );
          const longest = Math.max(...fitting.map(([length]) => length!));
          const last = entries.findLastIndex((each) => each[0] === longest && fitting.includes(each));
          expect(map.get(wanted)?.[0]).toBe(last === -1 ? undefined : last);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe('a hash that is never full', () => {
  const spec: MapSpec = { name: 'flows', type: 'lru_hash', keySize: 4, valueSize: 8, maxEntries: 4 };
  const filled = () => [1, 2, 3, 4].reduce((map, n) => map.set(key(n), value(n)), new BpfMap(spec));
  const keys = (map: BpfMap) => [...map].map(([each]) => each[0]!).sort();

  it('lets the oldest go that was not used', () => {
    const map = filled();
    map.get(key(1));
    map.set(key(5), value(5));
    expect(keys(map)).toEqual([1, 3, 4, 5]);
    map.set(key(3), value(33)).set(key(6), value(6));
    expect(keys(map)).toEqual([1, 3, 5, 6]);
  });

  it('lets one go where all were used, and takes freed room first', () => {
    const map = filled();
    for (const n of [1, 2, 3, 4]) map.get(key(n));
    map.set(key(5), value(5));
    expect(keys(map)).toEqual([2, 3, 4, 5]);
    map.delete(key(3));
    map.set(key(6), value(6));
    expect(keys(map)).toEqual([2, 4, 5, 6]);
  });
});

/** Bytes 0 and 1: what to do and its flags; from 8 on the key, from 16 on the value. Gives the value, or the helper's answer. */
const steps = Program.parse(`
  r6 = r1; r7 = *(u8 *)(r6 +0)
  r1 = map[idx:0]; r2 = r6; r2 += 8; r3 = r6; r3 += 16; r4 = *(u8 *)(r6 +1)
  if r7 == 1 goto update; if r7 == 2 goto delete
  call 1; if r0 == 0 goto none; r0 = *(u64 *)(r0 +0); exit
  none: r0 = -1; exit
  update: call 2; exit
  delete: call 3; exit`);
const step = fc
  .tuple(fc.nat(2), fc.constantFrom(0, 0, 0, 1, 2, 3), fc.nat(34), fc.constantFrom(0, 1, 128, 255), fc.nat(255))
  .map(([what, flags, length, byte, n]) => [what, flags, 0, 0, 0, 0, 0, 0, length, 0, 0, 0, byte, 0, 0, 0, n])
  .map((bytes) => Uint8Array.from({ length: 24 }, (_, i) => bytes[i] ?? 0));
const lockWord = 7; // src/run/map/layout.ts
const types: readonly MapType[] = ['array', 'percpu_array', 'hash', 'lru_hash', 'lpm_trie'];
const specOf = (type: MapType): MapSpec => {
  return { name: type, type, keySize: type.endsWith('array') ? 4 : 8, valueSize: 8, maxEntries: 12 };
};

describe.skipIf(nativeMissing() !== undefined).each(types)('machine code on a map of type %s', (type) => {
  it('does to it what the interpreter does', () => {
    const world = environment('memory');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (inputs) => {
        const [one, other] = [new BpfMap(specOf(type)), new BpfMap(specOf(type))];
        const native = new Native(steps, world, { maps: [one] });
        const oracle = new Interpreter(steps, world, { maps: [other] });
        for (const input of inputs) expect(native.run(input, 24)).toEqual(oracle.run(input, 24));
        native.close();
        const content = (map: BpfMap) => [...map].map(String).sort();
        expect(content(one)).toEqual(content(other));
      }),
      { seed: 2, numRuns: 150 },
    );
  });

  it('believes nothing that stands in its memory', () => {
    const change = fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1)));
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.array(change, { minLength: 1, maxLength: 20 }),
        (inputs, all) => {
          const map = new BpfMap(specOf(type));
          const words = new Uint32Array(map.buffer);
          const native = new Native(steps, environment('memory'), { maps: [map] });
          for (const [i, input] of inputs.entries()) {
            const [at, word] = all[i % all.length]!;
            if (at % words.length !== lockWord) words[at % words.length] = word; // who is kept out waits
            native.run(input, 24);
          }
          native.close();
          let refused: unknown;
          try {
            new Native(steps, environment('memory'), { maps: [map] }).close(); // with what the header says now
          } catch (error) {
            refused = error;
          }
          if (refused !== undefined) expect(String(refused)).toContain('expected the buffer of a map');
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });
});
