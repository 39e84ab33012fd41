// Lists in generated JavaScript are tables: each number leads where its comparisons, asked one by one, would lead.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { insnOf } from '../src/classic/encode.js';
import type { Operation } from '../src/classic/insn.js';
import { ClassicProgram } from '../src/classic/program.js';
import { executeClassic } from '../src/classic/run.js';
import { compile } from '../src/filter/compile.js';
import { outlineOf } from '../src/run/javascript/outline.js';
import { sourceOf } from '../src/run/javascript/source.js';
import { javascriptEngine } from '../src/run/javascript.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 200);

const edges = [0, 1, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff];
/** Crowded in two places, at the edges of signed and unsigned numbers, and anywhere. */
const number = fc.oneof(
  fc.constantFrom(...edges),
  fc.integer({ min: 0x0a00_0000, max: 0x0a00_0040 }),
  fc.integer({ min: 0xac10_0000, max: 0xac10_0fff }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);

/** Mostly to one of the next, so that many are come to. */
const skip = fc.oneof({ weight: 9, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(70) });
const leap = fc.nat(70);
const comparison: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constant('jump' as const),
  op: fc.constantFrom('eq' as const, 'eq' as const, 'gt' as const, 'ge' as const),
  operand: fc.record({ k: number }),
  jt: fc.oneof(skip, leap),
  jf: skip,
});
const goto: fc.Arbitrary<Operation> = fc.record({ kind: fc.constant('goto' as const), off: skip });
const test = fc.oneof({ weight: 30, arbitrary: comparison }, { weight: 1, arbitrary: goto });

const verdict = (most: number): fc.Arbitrary<Operation> =>
  fc.record({ kind: fc.constant('return' as const), value: fc.record({ k: fc.nat(most) }) });
/** What lists lead to: one of two verdicts, of many, or more instructions. */
const ends: fc.Arbitrary<Operation>[] = [
  verdict(1),
  verdict(1000),
  fc.oneof(verdict(3), fc.constant<Operation>({ kind: 'txa' }), fc.constant<Operation>({ kind: 'return', value: 'a' })),
];
const end = fc.constantFrom(...ends).chain((one) => fc.array(one, { minLength: 70, maxLength: 70 }));

const load: Operation = { kind: 'packet', size: 4, indexed: false, k: 0 };
/** Odd numbers enter the list in its middle. */
const entry = leap.map((jt): Operation => ({ kind: 'jump', op: 'set', operand: { k: 1 }, jt, jf: 0 }));

const program = fc
  .tuple(fc.array(entry, { maxLength: 1 }), fc.array(test, { minLength: 24, maxLength: 60 }), end)
  .map(([before, tests, after]) => {
    const last: Operation = { kind: 'return', value: 'a' };
    return new ClassicProgram([load, ...before, ...tests, ...after, last].map(insnOf));
  });

function bytesOf(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** All constants of a program, and their neighbours. */
function asked({ operations }: ClassicProgram): number[] {
  const constants = operations.flatMap((op) => (op?.kind === 'jump' && op.operand !== 'x' ? [op.operand.k] : []));
  const near = constants.flatMap((k) => [k - 1, k, k + 1]);
  return [...new Set([...near, ...edges])].filter((k) => k >= 0 && k <= 0xffff_ffff);
}

/** The numbers among those asked for that the two engines differ about, with what they say. */
function differences(program: ClassicProgram): object[] {
  const { verdict } = javascriptEngine(program);
  return asked(program).flatMap((value) => {
    const found = verdict(bytesOf(value), 4);
    const { result } = executeClassic(program, { data: bytesOf(value), length: 4 });
    return found === result ? [] : [{ value, found, result }];
  });
}

describe('a list in generated JavaScript says what its comparisons say', () => {
  it('of any shape', () => {
    let lists = 0;
    const law = (one: ClassicProgram) => {
      const outline = outlineOf(one);
      lists += outline.lists.size;
      const { body } = sourceOf(outline, { input: 'packet', budget: 1000, tellsTraps: false });
      expect(differences(one), body).toEqual([]);
    };
    fc.assert(fc.property(program, law), { seed, numRuns });
    expect(lists).toBeGreaterThan(numRuns / 4);
  });

  it.each([
    ['numbers far apart', 3000, (i: number) => single(Math.imul(i, 0x9e37_79b1) >>> 0)],
    ['numbers in one place', 3000, (i: number) => single(0x0a00_0000 + 3 * i)],
    ['ranges of many lengths', 2000, (i: number) => ({ low: 0x4000 * i, high: 0x4000 * i + ((i * i) % 0x3fff) })],
    [
      'ranges in two places',
      1000,
      (i: number) => ({ low: 2 ** 31 * (i & 1) + 512 * i, high: 2 ** 31 * (i & 1) + 512 * i + 255 }),
    ],
  ])('of thousands: %s', (_, count, caseOf) => {
    const cases = Array.from({ length: count }, (_, i) => caseOf(i)).sort((a, b) => a.low - b.low);
    const expression = cases.map(({ low, high }) =>
      low === high ? `link[0:4] = ${low}` : `(link[0:4] >= ${low} and link[0:4] <= ${high})`,
    );
    const one = compile(expression.join(' or '), { link: 'RAW' }).program;
    expect(outlineOf(one).written.length).toBeLessThan(50);
    expect(differences(one)).toEqual([]);
  });
});

function single(number: number): { low: number; high: number } {
  return { low: number, high: number };
}
