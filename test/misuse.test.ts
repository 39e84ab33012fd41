// What JavaScript lets a caller do although the types forbid it: each is refused, and nothing runs that wasn't proved.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { frame } from '../src/base/frame.js';
import { openCapture } from '../src/capture/open.js';
import { CaptureWriter } from '../src/capture/writer.js';
import { check } from '../src/classic/check.js';
import { ClassicProgram } from '../src/classic/program.js';
import { build } from '../src/ebpf/build.js';
import type { Insn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { withHelpers } from '../src/env/with-helpers.js';
import { eventFormat } from '../src/event/describe.js';
import { compile } from '../src/filter/compile.js';
import { explain } from '../src/filter/explain.js';
import { parse } from '../src/filter/parse.js';
import { FilterCache } from '../src/run/cache.js';
import { filter } from '../src/run/expression.js';
import { filterSet } from '../src/run/filter-set.js';
import { load, loadClassic, loadUnchecked } from '../src/run/load.js';
import { BpfMap } from '../src/run/map/map.js';
import { startFiltered } from '../src/run/process.js';
import { answer, PolicyBuilder } from '../src/seccomp/builder.js';
import { compilePolicy } from '../src/seccomp/compile.js';
import { readCounts } from '../src/seccomp/heat.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof BpfError ? error.code : String(error);
  }
  return 'nothing thrown';
}

describe('a program that is none', () => {
  it('is refused by every engine before its jumps are followed', () => {
    const program = Program.parse('goto -2\nif r0 & 1 goto +1\nr6 = 1 ll\n*(u16 *)(r1 +4) = r6\nr0 += r1\nexit');
    for (const engine of ['auto', 'jit', 'interpreter'] as const) {
      expect(codeOf(() => loadUnchecked(program, environment('packet'), { engine }))).toBe('encoding');
    }
  });
});

describe('a verified program', () => {
  it('cannot be changed behind its proof', () => {
    const program = Program.parse('r0 = *(u32 *)(r1 +0); exit');
    const verified = verify(program, environment('packet'));
    const read = program.insns[0] as { off: number };
    expect(() => {
      read.off = 0x7000;
    }).toThrow(TypeError);
    expect(() => (program.insns as Insn[]).push({ kind: 'exit', off: 0 })).toThrow(TypeError);
    expect(() => Object.assign(program, { insns: [] })).toThrow(TypeError);
    expect(() => Object.assign(verified, { program: Program.parse('r0 = *(u32 *)(r1 +0x7000); exit') })).toThrow(
      TypeError,
    );
  });
});

describe('a map', () => {
  it('is refused where its shape is not the one that was verified', () => {
    const spec = { name: 'm', type: 'array', keySize: 4, valueSize: 2000, maxEntries: 1 } as const;
    const text =
      'r2 = r10; r2 += -4; *(u32 *)(r10 -4) = 0; r1 = map[idx:0]; call 1; if r0 == 0 goto +1; r0 = *(u64 *)(r0 +1000); exit';
    const verified = verify(Program.parse(text, { maps: [spec] }), environment('memory'));
    const filter = load(verified, { maps: [new BpfMap(spec)] });
    expect(filter.execute(new Uint8Array(8))).toEqual({ result: 0n });
    expect(codeOf(() => load(verified, { maps: [new BpfMap({ ...spec, valueSize: 8 })] }))).toBe('range');
  });
});

describe('an input that is shorter than the proof relies on', () => {
  it('is refused where its size was promised', () => {
    const verified = verify(Program.parse('r0 = *(u8 *)(r1 +999); exit'), environment('memory', { size: 1000 }));
    for (const engine of ['auto', 'interpreter'] as const) {
      const filter = load(verified, { engine });
      expect(codeOf(() => filter.execute(new Uint8Array(999)))).toBe('range');
      expect(filter.execute(new Uint8Array(1000).fill(7))).toEqual({ result: 7n });
    }
  });

  it('is refused where it is a context that lacks a field, which is a trap where nothing was proved', () => {
    const program = Program.parse('r0 = *(u32 *)(r1 +60); exit');
    for (const engine of ['auto', 'interpreter'] as const) {
      const filter = load(verify(program, environment('seccomp')), { engine });
      expect(codeOf(() => filter.execute(new Uint8Array(63)))).toBe('range');
      expect(filter.execute(new Uint8Array(64).fill(1))).toEqual({ result: 0x01010101n });
      const unchecked = loadUnchecked(program, environment('seccomp'), { engine });
      expect(unchecked.execute(new Uint8Array(63))).toEqual({ result: 0n, trap: { code: 'out-of-bounds', pc: 0 } });
    }
  });
});

const noBytes = [undefined, null, 5, 'abc', [1, 2], new ArrayBuffer(4), new Uint16Array(4)] as never[];

describe('a value of the wrong type', () => {
  it('is no filter and no program', () => {
    for (const value of [undefined, null, 5, {}, ['ip'], Symbol('ip')] as never[]) {
      for (const door of [parse, compile, filter, ClassicProgram.parse, Program.parse]) {
        expect(codeOf(() => door(value))).toBe('usage');
      }
    }
  });

  it('is no packet', () => {
    const ip = loadClassic(compile('ip').program);
    const numbers = Uint32Array.of(1);
    for (const value of noBytes) {
      for (const door of [ClassicProgram.decode, Program.decode]) expect(codeOf(() => door(value))).toBe('usage');
      expect(codeOf(() => ip.run(value))).toBe('usage');
      expect(codeOf(() => ip.matches(value))).toBe('usage');
      expect(codeOf(() => ip.execute(value))).toBe('usage');
      expect(codeOf(() => ip.runBatch(value, numbers, numbers, numbers))).toBe('usage');
      expect(codeOf(() => ip.runBatch(new Uint8Array(2), value, numbers, numbers))).toBe('usage');
    }
  });
});

describe('what is none of ours', () => {
  const [program, memory] = [Program.parse('r0 = 0; exit'), environment('memory')];
  const doors: Readonly<Record<string, (value: never) => unknown>> = {
    verify: (value) => verify(value, memory),
    'the environment of verify': (value) => verify(program, value),
    'the options of verify': (value) => verify(program, memory, value),
    translate: (value) => translate(value),
    'the environment of translate': (value) => translate(ClassicProgram.parse('ret #0'), value),
    environment: (value) => environment(value),
    'the options of environment': (value) => environment('memory', value),
    'an attach type': (value) => environment('xdp', { attach: value }),
    load: (value) => load(value),
    loadUnchecked: (value) => loadUnchecked(value, memory),
    'the environment of loadUnchecked': (value) => loadUnchecked(program, value),
    loadClassic: (value) => loadClassic(value),
    BpfMap: (value) => new BpfMap(value),
    withHelpers: (value) => withHelpers(memory, value),
  };
  it.each(Object.entries(doors))('is refused by %s', (_, door) => {
    for (const value of [null, 5, true, Symbol('ip')] as never[]) {
      expect(codeOf(() => door(value))).toBe('usage');
    }
  });

  it('is refused where options, words and numbers are wanted', () => {
    const ip = compile('ip').program;
    const verified = verify(program, memory);
    const map = new BpfMap({ name: 'm', type: 'hash', keySize: 4, valueSize: 4, maxEntries: 1 });
    const wrong: Readonly<Record<string, () => unknown>> = {
      'the options of filter': () => filter('ip', null as never),
      'a netmask': () => compile('ip', { netmask: null as never }),
      'the options of Program.parse': () => Program.parse('exit', null as never),
      'the options of load': () => load(verified, null as never),
      'maps that are no list': () => load(verified, { maps: 5 as never }),
      'maps that are none': () => load(verified, { maps: [{}] as never }),
      'a budget': () => load(verified, { budget: 1n as never }),
      'an engine of classic programs': () => loadClassic(ip, { engine: 'jit' as never }),
      'an environment of classic programs': () => loadClassic(ip, { environment: 'xdp' as never }),
      'a form': () => ip.toString('x' as never),
      'a notation': () => program.toString('x' as never),
      'an environment to check for': () => check(ip, 'xdp' as never),
      'a key': () => map.get('abcd' as never),
      'a value': () => map.set(new Uint8Array(4), [1, 2, 3, 4] as never),
      'the options of a cache': () => new FilterCache(null as never),
      'names in a cache': () => new FilterCache().filter('ip', { names: 5 as never }),
      'a format of captures': () => new CaptureWriter('/nonexistent', { format: 'erf' as never }),
      'a capture': () => openCapture(new Map() as never),
      'a packet to explain': () => explain('ip', new Uint8Array(60) as never),
      'an error to show': () => frame(new TypeError('x') as never),
      'a policy': () => compilePolicy({} as never),
      'a layout': () => compilePolicy('@basic-io', { layout: 'x' as never }),
      capabilities: () => compilePolicy('@basic-io', { caps: 'CAP_SYS_ADMIN' as never }),
      'a flag of seccomp(2)': () => new PolicyBuilder(answer.allow).flags('TSYN' as never),
      'a flag of a process': () => startFiltered(compilePolicy('@basic-io'), 'true', [], { flags: ['TSYN' as never] }),
      'an architecture': () => new PolicyBuilder(answer.allow).let('x86' as never),
      'a call': () => new PolicyBuilder(answer.allow).allow(5 as never),
      counts: () => readCounts(undefined as never),
      'a field of a record': () => eventFormat({ a: null as never }),
      'a helper without a function': () => withHelpers(memory, [{ id: 0x20000, name: 'f' } as never]),
      'items of a program': () => build([null as never]),
    };
    const codes = Object.entries(wrong).map(([what, work]) => [what, codeOf(work)]);
    expect(codes.filter(([, code]) => code !== 'usage' && code !== 'range')).toEqual([]);
  });

  it('is told with what was wanted, and what was found', () => {
    expect(() => verify('r0 = 0; exit' as never, memory)).toThrow('expected a Program, got string');
    expect(() => verify(program, 'memory' as never)).toThrow('expected an environment as an object, got string');
    expect(() => verify(program, { ...memory, helpers: {} as never })).toThrow('helpers as a Map, got Object');
    expect(() => translate(program as never)).toThrow('expected a ClassicProgram, got Program');
    expect(() => environment(7 as never)).toThrow("expected an environment's name as text, got number");
  });
});

describe('a set of filters', () => {
  const wide = load(verify(Program.parse('r0 = 0; exit'), environment('memory')));
  it.each([
    ['filters that are no list', 'tcp', 'usage'],
    ['no filters', undefined, 'usage'],
    ['a filter that is none', ['tcp', {}], 'usage'],
    ['a hole', new Array(2), 'usage'],
    ['a program that is not loaded', [compile('tcp').program], 'usage'],
    ['a set in a set', [filterSet(['tcp'])], 'usage'],
    ['a result of 64 bits', ['tcp', wide], 'type'],
    ['a mistake', ['tcp', 'tpc'], 'name'],
  ])('is refused for %s', (_, filters, code) => {
    expect(codeOf(() => filterSet(filters as never))).toBe(code);
  });

  it('is refused for options that are none', () => {
    for (const options of [null, 5, 'jit'] as never[]) expect(codeOf(() => filterSet(['ip'], options))).toBe('usage');
    expect(codeOf(() => filterSet(['ip'], { engine: 'fast' as never }))).toBe('usage');
  });

  const set = filterSet(['ip', 'tcp']);
  const [data, places, one, two] = [new Uint8Array(8), Uint32Array.of(0), new Uint32Array(1), new Uint32Array(1)];
  const row = new Uint32Array(4);
  const lying = new Uint32Array(data.buffer, 0, 1);
  const shared = new Uint32Array(new SharedArrayBuffer(4));
  it.each<[string, Parameters<typeof set.runBatch> | unknown[], string]>([
    ['data that are no bytes', [[1, 2], places, places, [one, two]], 'usage'],
    ['offsets that are none', [data, [0], places, [one, two]], 'usage'],
    ['captured that are none', [data, places, [0], [one, two]], 'usage'],
    ['lengths that are none', [data, places, places, [one, two], [0]], 'usage'],
    ['one array of verdicts', [data, places, places, one], 'usage'],
    ['no verdicts', [data, places, places], 'usage'],
    ['verdicts that are no arrays', [data, places, places, [one, [0]]], 'usage'],
    ['a hole in the verdicts', [data, places, places, new Array(2)], 'usage'],
    ['verdicts for one filter less', [data, places, places, [one]], 'range'],
    ['verdicts for one filter more', [data, places, places, [one, two, row]], 'range'],
    ['too few verdicts', [data, places, places, [one, new Uint32Array(0)]], 'range'],
    ['too few lengths', [data, places, places, [one, two], new Uint32Array(0)], 'range'],
    ['one array for two filters', [data, places, places, [one, one]], 'usage'],
    ['verdicts that lie over each other', [data, places, places, [row.subarray(1, 3), row.subarray(0, 2)]], 'usage'],
    ['verdicts in the packets', [data, places, places, [one, lying]], 'usage'],
    ['verdicts in the lengths', [data, places, places, [one, two], two], 'usage'],
    ['verdicts in the offsets', [data, two, places, [one, two]], 'usage'],
    ['offsets in the packets', [data, lying, places, [one, two]], 'usage'],
    ['offsets that another thread could change', [data, shared, places, [one, two]], 'usage'],
    ['a packet that is not there', [data, Uint32Array.of(9), places, [one, two]], 'range'],
    ['a packet that was shorter on the wire', [data, places, Uint32Array.of(1), [one, two], places], 'range'],
  ])('does not run over %s', (_, given, code) => {
    expect(codeOf(() => set.runBatch(...(given as Parameters<typeof set.runBatch>)))).toBe(code);
    expect([one, two, row, places, data].every((array) => array.every((entry) => entry === 0))).toBe(true);
  });

  it('runs over arrays that share a buffer and nothing else', () => {
    expect(set.runBatch(data, places, places, [row.subarray(0, 1), row.subarray(1, 2)], shared)).toEqual([0, 0]);
    expect(set.runBatch(data, places, places, [shared, row.subarray(3)], places)).toEqual([0, 0]);
    const none = new Uint32Array(0);
    expect(set.runBatch(data, none, none, [none, row.subarray(1, 1)])).toEqual([0, 0]);
    expect(set.runBatch(data, none, none, [row, row.subarray(1, 1)])).toEqual([0, 0]);
  });

  it('classifies no batch that is none', () => {
    const wrong = [undefined, null, 5, {}, { data }, { data, offsets: { length: 2 ** 40 } }] as never[];
    for (const batch of wrong) expect(codeOf(() => set.classify(batch))).toBe('usage');
  });

  it('takes no packet that is none', () => {
    for (const value of noBytes) {
      for (const some of [set, filterSet([])]) {
        expect(codeOf(() => some.run(value))).toBe('usage');
        expect(codeOf(() => some.matches(value))).toBe('usage');
      }
    }
    expect(codeOf(() => set.run(data, 7))).toBe('range');
  });
});

describe('the places of a batch', () => {
  it('are refused in memory that another thread could change, on every engine', () => {
    const shared = new Uint32Array(new SharedArrayBuffer(4));
    const own = new Uint32Array(1);
    for (const engine of ['jit', 'interpreter', 'javascript', 'classic', 'auto'] as const) {
      const ip = filter('ip', { engine });
      expect(codeOf(() => ip.runBatch(new Uint8Array(2), shared, own, own.slice()))).toBe('usage');
      expect(codeOf(() => ip.runBatch(new Uint8Array(2), own, shared, own.slice()))).toBe('usage');
      expect(ip.runBatch(new Uint8Array(2), own, own, shared)).toBe(0);
    }
  });
});

describe('a URL', () => {
  it('of another machine is refused', () => {
    expect(codeOf(() => openCapture('file://host/in.pcap'))).toBe('usage');
  });

  it('that is none is refused', () => {
    for (const url of ['file://[', 'http://[', 'file:///%00%ff%']) expect(codeOf(() => openCapture(url))).toBe('usage');
  });
});
