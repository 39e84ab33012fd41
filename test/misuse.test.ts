// What JavaScript lets a caller do although the types forbid it: each is refused, and nothing runs that wasn't proved.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { ClassicProgram } from '../src/classic/program.js';
import type { Insn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { compile } from '../src/filter/compile.js';
import { parse } from '../src/filter/parse.js';
import { filter } from '../src/run/expression.js';
import { loadClassic, loadUnchecked } from '../src/run/load.js';
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
    const load = program.insns[0] as { off: number };
    expect(() => {
      load.off = 0x7000;
    }).toThrow(TypeError);
    expect(() => (program.insns as Insn[]).push({ kind: 'exit', off: 0 })).toThrow(TypeError);
    expect(() => Object.assign(program, { insns: [] })).toThrow(TypeError);
    expect(() => Object.assign(verified, { program: Program.parse('r0 = *(u32 *)(r1 +0x7000); exit') })).toThrow(
      TypeError,
    );
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
