import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { fromHex, toHex } from '../src/base/hex.js';
import type { MapSpec } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { Filter } from '../src/run/filter.js';
import { load, loadUnchecked } from '../src/run/load.js';
import { BpfMap } from '../src/run/map/map.js';
import { ProgramArray } from '../src/run/map/programs.js';
import type { GivenMaps } from '../src/run/map/table.js';
import { verify } from '../src/verify/verify.js';
import { engineClasses } from './engines.js';

const hash: MapSpec = { name: 'counts', type: 'hash', keySize: 4, valueSize: 5, maxEntries: 8 };
const array: MapSpec = { name: 'totals', type: 'array', keySize: 4, valueSize: 8, maxEntries: 4 };
const key = (n: number) => Uint8Array.of(n, 0, 0, 0);
const value = (n: number) => Uint8Array.of(n, 1, 2, 3, 4);

describe('a map with values for each processor', () => {
  it.each(['percpu_hash', 'percpu_array'] as const)('has them for one: %s', (type) => {
    const map = new BpfMap({ ...hash, name: 'own', type });
    map.set(key(3), value(7));
    expect(map.get(key(3))).toEqual(value(7));
    expect(map.get(key(4))).toEqual(type === 'percpu_hash' ? undefined : new Uint8Array(5));
    const text = `*(u32 *)(r10 -4) = 3; r2 = r10; r2 += -4; r1 = map[idx:0]; call 1; if r0 == 0 goto +2
      r1 = *(u8 *)(r0 +0); *(u8 *)(r0 +1) = r1; r0 = 0; exit`;
    for (const engine of ['auto', 'interpreter'] as const) {
      loadUnchecked(Program.parse(text, { maps: [map.spec] }), environment('memory'), { engine, maps: [map] }).execute(
        new Uint8Array(),
      );
      expect([...map.get(key(3))!.subarray(0, 2)]).toEqual([7, 7]);
      map.set(key(3), value(7));
    }
  });
});

describe('a hash map', () => {
  it('holds what a Map holds, whatever is done to it', () => {
    const step = fc.record({ what: fc.constantFrom('set', 'delete', 'get'), key: fc.nat(11), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const [map, model] = [new BpfMap(hash), new Map<number, number>()];
        for (const { what, key: k, value: v } of steps) {
          if (what === 'get') expect(map.get(key(k))?.[0]).toBe(model.get(k));
          else if (what === 'delete') expect(map.delete(key(k))).toBe(model.delete(k));
          else if (model.has(k) || model.size < hash.maxEntries) {
            map.set(key(k), value(v));
            model.set(k, v);
          } else expect(() => map.set(key(k), value(v))).toThrow("map 'counts' is full: it has 8 entries");
        }
        expect(new Map([...map].map(([k, v]) => [k[0], v[0]]))).toEqual(model);
        expect(map.size).toBe(model.size);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('is the same one in whoever attaches its buffer', () => {
    const map = new BpfMap(hash).set(key(7), value(9));
    const other = BpfMap.attach(map.buffer, 'counts');
    other.set(key(8), value(1));
    expect(other.spec).toEqual({ ...hash, flags: 0 });
    expect([toHex(other.get(key(7))!), toHex(map.get(key(8))!)]).toEqual(['0901020304', '0101020304']);
  });
});

describe('an array', () => {
  it('has all its entries from the start, and starts with those it is given', () => {
    const map = new BpfMap({ ...array, entries: [{ key: key(2), value: fromHex('0102030405060708') }] });
    expect([...map].map(([k, v]) => `${toHex(k)} ${toHex(v)}`)).toEqual([
      '00000000 0000000000000000',
      '01000000 0000000000000000',
      '02000000 0102030405060708',
      '03000000 0000000000000000',
    ]);
    expect(map.get(2)).toEqual(map.get(key(2)));
    expect(map.get(4)).toBeUndefined();
  });
});

describe('a map refuses', () => {
  it.each([
    ['a key of another size', () => new BpfMap(hash).get(Uint8Array.of(1)), 'range'],
    ['a value of another size', () => new BpfMap(array).set(0, value(1)), 'range'],
    ['an index beyond an array', () => new BpfMap(array).set(4, new Uint8Array(8)), 'range'],
    ['a negative index', () => new BpfMap(array).get(-1), 'range'],
    ['an index as the key of a hash', () => new BpfMap(hash).get(1), 'type'],
    ['to delete from an array', () => new BpfMap(array).delete(1), 'type'],
    ['to be an array with long keys', () => new BpfMap({ ...array, keySize: 8 }), 'range'],
    ['to have no room', () => new BpfMap({ ...hash, maxEntries: 0 }), 'range'],
    ['to be enormous', () => new BpfMap({ ...hash, maxEntries: 2 ** 31 }), 'limit'],
    ['to be of a type that is not built', () => new BpfMap({ ...hash, type: 'bloom_filter' }), 'unsupported'],
    ['to be a ring, which has no keys', () => new BpfMap({ ...hash, type: 'ringbuf' }), 'unsupported'],
    ['a trie whose keys have no prefix', () => new BpfMap({ ...hash, type: 'lpm_trie' }), 'range'],
    ['a trie with long keys', () => new BpfMap({ ...hash, type: 'lpm_trie', keySize: 261 }), 'range'],
    [
      'a prefix longer than its key',
      () => new BpfMap({ ...hash, type: 'lpm_trie', keySize: 5 }).set(Uint8Array.of(9, 0, 0, 0, 0), value(1)),
      'range',
    ],
    [
      'a prefix too many',
      () =>
        new BpfMap({ ...hash, type: 'lpm_trie', keySize: 5, maxEntries: 1 })
          .set(Uint8Array.of(1, 0, 0, 0, 0), value(1))
          .set(Uint8Array.of(2, 0, 0, 0, 0), value(1)),
      'limit',
    ],
    ['a buffer that is no map', () => BpfMap.attach(new SharedArrayBuffer(64)), 'encoding'],
  ])('%s', (_, action, code) => {
    expect(action).toThrow(BpfError);
    expect(action).toThrow(expect.objectContaining({ code }));
  });
});

describe.each(engineClasses)('a program on %s', (_, Engine) => {
  function run(text: string, maps: GivenMaps, print?: (text: string) => void) {
    return new Engine(Program.parse(text), environment('memory'), { maps, print }).run(new Uint8Array(8), 8);
  }
  const withKey = (n: number, rest: string) => `*(u32 *)(r10 -4) = ${n}; r2 = r10; r2 += -4; r1 = map[idx:0]; ${rest}`;
  const errno = (n: number) => BigInt.asUintN(64, BigInt(-n));

  it('looks up and changes a value in place', () => {
    const map = new BpfMap(array);
    const text = withKey(
      1,
      'call 1; if r0 == 0 goto exit; r1 = 5; lock *(u64 *)(r0 +0) += r1; r0 = *(u64 *)(r0 +0); exit',
    );
    expect(run(text, [map]).result).toBe(5n);
    expect(run(text, [map]).result).toBe(10n);
    expect(map.get(1)![0]).toBe(10);
  });

  it('finds nothing where there is nothing', () => {
    expect(run(withKey(9, 'call 1; exit'), [new BpfMap(hash)]).result).toBe(0n);
    expect(run(withKey(9, 'call 1; exit'), [new BpfMap(array)]).result).toBe(0n);
  });

  it.each([
    ['any', hash, 0, 0n],
    ['a new one', hash, 1, errno(17)],
    ['one that is there', hash, 2, 0n],
    ['what there is not', hash, 3, errno(22)],
    ['a new one in an array', array, 1, errno(17)],
  ])('updates %s of a %o with the answers of Linux', (_, spec, flags, answer) => {
    const map = new BpfMap(spec).set(key(1), new Uint8Array(spec.valueSize));
    const update = `*(u64 *)(r10 -16) = 7; r3 = r10; r3 += -16; r4 = ${flags}; call 2; exit`;
    expect(run(withKey(1, update), [map]).result).toBe(answer);
    expect(map.get(key(1))![0]).toBe(answer === 0n ? 7 : 0);
  });

  it.each([
    ['any', hash, 0, 0n],
    ['a new one', hash, 1, 0n],
    ['one that is there', hash, 2, errno(2)],
    ['one beyond an array', array, 0, errno(7)],
    ['one beyond an array that is there', array, 2, errno(7)],
  ])('updates %s of a %o that lacks it with the answers of Linux', (_, spec, flags, answer) => {
    const map = new BpfMap(spec);
    const update = `*(u64 *)(r10 -16) = 7; r3 = r10; r3 += -16; r4 = ${flags}; call 2; exit`;
    expect(run(withKey(99, update), [map]).result).toBe(answer);
    expect(map.get(key(99))?.[0]).toBe(answer === 0n ? 7 : undefined);
  });

  it('deletes from a hash, and not from an array or a map that is only read', () => {
    const map = new BpfMap(hash).set(key(1), value(1));
    expect(run(withKey(1, 'call 3; exit'), [map]).result).toBe(0n);
    expect(run(withKey(1, 'call 3; exit'), [map]).result).toBe(errno(2));
    expect(run(withKey(1, 'call 3; exit'), [new BpfMap(array)]).result).toBe(errno(22));
    expect(run(withKey(1, 'call 3; exit'), [new BpfMap({ ...hash, flags: 0x80 })]).result).toBe(errno(1));
  });

  it('reaches an array directly, and only its values', () => {
    const map = new BpfMap(array).set(1, fromHex('2a00000000000000'));
    expect(run('r1 = map[idx:0][0]+8; r0 = *(u64 *)(r1 +0); exit', [map]).result).toBe(42n);
    expect(run('r1 = map[idx:0][0]+32; r0 = *(u64 *)(r1 +0); exit', [map]).trap).toEqual({
      code: 'out-of-bounds',
      pc: 2,
    });
  });

  it('traps when it gives a helper what is no map, or a key out of bounds', () => {
    expect(run('r1 = 0; r2 = r10; call 1; exit', []).trap).toEqual({ code: 'bad-call', pc: 2 });
    expect(run('r2 = r10; r1 = map[idx:0]; call 1; exit', [new BpfMap(hash)]).trap?.code).toBe('out-of-bounds');
  });

  it('is refused when it refers to a map that it was not given', () => {
    expect(() => run('r1 = map[idx:1]; exit', [new BpfMap(hash)])).toThrow(
      'the program refers to map 1, and 1 is given',
    );
    expect(() => run('r1 = map[idx:0]; exit', [undefined, new BpfMap(hash)])).toThrow('there is none in that place');
    expect(() => run('r1 = map[fd:1]; exit', [new BpfMap(hash)])).toThrow(
      expect.objectContaining({ code: 'unsupported' }),
    );
  });

  it('prints', () => {
    const lines: string[] = [];
    const format = Buffer.from('%d|%-4x|\0');
    const words = [...new BigInt64Array(Uint8Array.from([...format, ...new Uint8Array(16 - format.length)]).buffer)];
    const text = words.map((word, i) => `r1 = ${word} ll; *(u64 *)(r10 -${16 - 8 * i}) = r1`).join('; ');
    const call = `r1 = r10; r1 += -16; r2 = ${format.length}; r3 = -5; r4 = 0xabc; call 6; exit`;
    expect(run(`${text}; ${call}`, [], (line) => lines.push(line)).result).toBe(8n);
    expect(lines).toEqual(['-5|abc |']);
  });

  it('prints more values than there are registers', () => {
    const lines: string[] = [];
    const stores = [1, 2, 3, 4].map((value, i) => `*(u64 *)(r10 -${32 - 8 * i}) = ${value}`).join('; ');
    const format = Buffer.from('%d%d%d%d').readBigUInt64LE();
    const text = `${stores}; r1 = ${format} ll; *(u64 *)(r10 -48) = r1; *(u64 *)(r10 -40) = 0`;
    const call = (bytes: number) => `r1 = r10; r1 += -48; r2 = 9; r3 = r10; r3 += -32; r4 = ${bytes}; call 177; exit`;
    const printed = (bytes: number) => run(`${text}; ${call(bytes)}`, [], (line) => lines.push(line));
    expect(printed(32).result).toBe(4n);
    expect(lines).toEqual(['1234']);
    for (const bytes of [24, 31, 104]) expect(printed(bytes).result).toBe(errno(22));
    expect(printed(40)).toEqual({ result: 0n, trap: { code: 'out-of-bounds', pc: 14 } });
    expect(lines).toEqual(['1234']);
  });

  it('goes on with another program, at most 33 times', () => {
    const programs = new ProgramArray({ ...array, name: 'next', type: 'prog_array' });
    const counter = new BpfMap(array);
    const text = (index: number) => `
      r6 = r1; *(u32 *)(r10 -4) = 0; r2 = r10; r2 += -4; r1 = map[idx:1]; call 1
      r1 = 1; lock *(u64 *)(r0 +0) += r1
      r1 = r6; r2 = map[idx:0]; r3 = ${index}; call 12; r0 = 99; exit`;
    const loaded = (index: number) =>
      new Engine(Program.parse(text(index)), environment('memory'), { maps: [programs, counter] });
    programs.set(2, new Filter(loaded(2), 64));
    expect(loaded(1).run(new Uint8Array(), 0)).toEqual({ result: 99n });
    expect(counter.get(0)![0]).toBe(1);
    expect(loaded(2).run(new Uint8Array(), 0)).toEqual({ result: 99n });
    expect(counter.get(0)![0]).toBe(1 + 34);
  });

  it('goes on with no program of another environment, and with none that is closed', () => {
    const programs = new ProgramArray({ ...array, name: 'next', type: 'prog_array' });
    const text = 'r2 = map[idx:0]; r3 = 1; call 12; r0 = 99; exit';
    const caller = new Engine(Program.parse(text), environment('xdp'), { maps: [programs] });
    const other = (name: string) => new Filter(new Engine(Program.parse('r0 = 7; exit'), environment(name)), 32);
    const run = () => caller.run(new Uint8Array(), 0);
    const same = other('xdp');
    expect(programs.set(1, same) && run()).toEqual({ result: 7n });
    same.close();
    expect(run()).toEqual({ result: 99n });
    programs.set(1, other('sched_cls'));
    expect(run()).toEqual({ result: 0n, trap: { code: 'bad-call', pc: 3 } });
  });

  it('ends with what a helper in JavaScript throws, and is not closed by it', () => {
    const call = (n: bigint) => {
      if (n === 1n) throw new RangeError('enough');
      if (n === 2n) running.close();
      return n * 2n;
    };
    const helper = { id: 0x20000, name: 'twice', arguments: ['any'], returns: 'scalar', traits: {}, call } as const;
    const world = { ...environment('memory'), helpers: new Map([[helper.id, helper]]) };
    const running = new Engine(Program.parse('r1 = *(u64 *)(r1 +0); call 0x20000; exit'), world);
    expect(running.run(Uint8Array.of(21, 0, 0, 0, 0, 0, 0, 0), 8).result).toBe(42n);
    expect(() => running.run(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0), 8)).toThrow('enough');
    expect(() => running.run(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0), 8)).toThrow(
      "a program that is running can't be closed",
    );
  });
});

describe('a verified program', () => {
  it.each(['auto', 'interpreter'] as const)('goes on with another on the same packet: %s', (engine) => {
    const spec: MapSpec = { name: 'next', type: 'prog_array', keySize: 4, valueSize: 4, maxEntries: 2 };
    const programs = new ProgramArray(spec);
    const loaded = (text: string, checked = false) => {
      const program = Program.parse(text, { maps: [spec] });
      const options = { engine, maps: [programs] };
      const world = environment('xdp');
      return checked ? loadUnchecked(program, world, options) : load(verify(program, world), options);
    };
    const first = 'r3 = *(u32 *)(r1 +4); r2 = map[idx:0]; r3 = 1; call 12; r0 = 99; exit';
    const second = `r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r4 = r2; r4 += 2; r0 = 0; if r4 > r3 goto +1
      r0 = *(u8 *)(r2 +1); exit`;
    const data = Uint8Array.of(1, 42);
    expect(loaded(first).run(data)).toBe(99);
    for (const [callerIsChecked, calleeIsChecked] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ]) {
      programs.set(1, loaded(second, calleeIsChecked));
      expect(loaded(first, callerIsChecked).run(data)).toBe(42);
    }
  });
});
