// What JavaScript lets a caller do although the types forbid it: each is refused, and nothing runs that wasn't proved.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { openCapture } from '../src/capture/open.js';
import { ClassicProgram } from '../src/classic/program.js';
import type { Insn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { withHelpers } from '../src/env/with-helpers.js';
import { compile } from '../src/filter/compile.js';
import { parse } from '../src/filter/parse.js';
import { filter } from '../src/run/expression.js';
import { load, loadClassic, loadUnchecked } from '../src/run/load.js';
import { BpfMap } from '../src/run/map/map.js';
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

  it('is told with what was wanted, and what was found', () => {
    expect(() => verify('r0 = 0; exit' as never, memory)).toThrow('expected a Program, got string');
    expect(() => verify(program, 'memory' as never)).toThrow('expected an environment as an object, got string');
    expect(() => verify(program, { ...memory, helpers: {} as never })).toThrow('helpers as a Map, got Object');
    expect(() => translate(program as never)).toThrow('expected a ClassicProgram, got Program');
    expect(() => environment(7 as never)).toThrow("expected an environment's name as text, got number");
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
