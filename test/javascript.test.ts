// Generated JavaScript answers what the classic machine does: verdict or trap, of programs that nothing has checked, too.

import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insnOf } from '../src/classic/encode.js';
import { ClassicProgram } from '../src/classic/program.js';
import { executeClassic, executeSeccomp } from '../src/classic/run.js';
import { filter, loadFilter } from '../src/run/expression.js';
import { outlineOf } from '../src/run/javascript/outline.js';
import { sourceOf } from '../src/run/javascript/source.js';
import { javascriptEngine } from '../src/run/javascript.js';
import { loadClassic } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { checkedProgram, classic, loopingProgram, operation } from './classic-insns.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 300);
const budget = 1000;

const raw = fc.record({ code: fc.nat(0xff), jt: fc.nat(4), jf: fc.nat(4), k: fc.nat(20) });
/** Anything: codes that no machine knows, jumps that leave the program, cells that aren't there, no return at the end. */
const uncheckedProgram = fc
  .array(fc.oneof({ weight: 8, arbitrary: operation.map(insnOf) }, { weight: 1, arbitrary: raw }), { maxLength: 30 })
  .map((insns) => new ClassicProgram(insns));

const data = fc.uint8Array({ maxLength: 80 });

describe('JavaScript made of a classic program does what the classic machine does', () => {
  it.each([
    ['checked', checkedProgram],
    ['looping', loopingProgram],
    ['unchecked', uncheckedProgram],
  ])('%s', (_, programs) => {
    const law = (program: ClassicProgram, bytes: Uint8Array, extra: number) => {
      const length = bytes.length + extra;
      const { result, trap } = executeClassic(program, { data: bytes, length }, budget);
      const found = javascriptEngine(program, { budget }).run(bytes, length);
      const { body } = sourceOf(outlineOf(program), { input: 'packet', budget, tellsTraps: true });
      expect(found, body).toEqual({ result: BigInt(result), ...(trap && { trap }) });
    };
    fc.assert(fc.property(programs, data, fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 81), law), { seed, numRuns });
  });

  it('as a filter of system calls', () => {
    const law = (program: ClassicProgram, bytes: Uint8Array) => {
      const { result, trap } = executeSeccomp(program, bytes, budget);
      const found = javascriptEngine(program, { environment: 'seccomp', budget }).run(bytes, bytes.length);
      expect(found).toEqual({ result: BigInt(result), ...(trap && { trap }) });
    };
    const call = fc.uint8Array({ minLength: 64, maxLength: 64 });
    fc.assert(fc.property(checkedProgram, call, law), { seed, numRuns });
  });

  it('longer than blocks may nest', () => {
    const rows = Array.from({ length: 3000 }, (_, i) => [[0x30, 0, 0, i % 64] as const, [0x15, 1, 0, 7] as const]);
    const program = classic(...rows.flat(), [0x16, 0, 0, 0], [0x06, 0, 0, 9]);
    const long = loadClassic(program, { engine: 'javascript' });
    for (const bytes of [new Uint8Array(64).fill(8), new Uint8Array(64).fill(7), new Uint8Array(63)]) {
      expect(long.run(bytes)).toBe(loadClassic(program).run(bytes));
    }
  });
});

describe('the fastest way', () => {
  it('gives the same verdicts before and after JavaScript takes over', () => {
    using web = filter('ip[0] = 0x45 or len > 100', { link: 'RAW' });
    for (let i = 0; i < 300; i++) {
      expect(web.run(Uint8Array.of(0x45))).toBe(262_144);
      expect(web.matches(Uint8Array.of(0x46))).toBe(false);
      expect(web.matches(Uint8Array.of(0x46), 101)).toBe(true);
    }
  });

  it('is machine code for batches, and without it JavaScript', () => {
    using small = filter('ip');
    expect(small.engine).toBe(nativeMissing() === undefined ? 'jit' : 'javascript');
  });

  it('leaves loops and what Linux alone knows to the machine', () => {
    for (const text of ['again: ldb [0]  jeq #1, out  ja again  out: ret #1', 'ld #poff  ret a']) {
      using filter = loadFilter(ClassicProgram.parse(text));
      for (let i = 0; i < 150; i++) expect(filter.run(Uint8Array.of(1))).toBe(text.startsWith('ld') ? 0 : 1);
    }
  });

  it('goes without JavaScript where code may not be made of text, and says so where it was asked for', () => {
    const script = `
      import { filter } from './dist/index.js';
      const ip = filter('ip', { link: 'RAW' });
      for (let i = 0; i < 200; i++) if (!ip.matches(Uint8Array.of(0x45))) throw new Error('no match');
      try { filter('ip', { engine: 'javascript' }); } catch ({ code, message }) { console.log(code, message); }`;
    const args = ['--disallow-code-generation-from-strings', '--input-type=module', '-e', script];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^unavailable no JavaScript can be generated here: Code generation from strings disallowed/);
  });
});
