// The optimizer on numbers of 64 bits: signed fields and constants beyond 32 bits, in straight programs and such that jump. What it makes
// of them, in each shape, says what the program said, on the oracle and in machine code.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Insn, Operand, Register, Size } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import type { AluName, JumpName } from '../src/ebpf/rows.js';
import { compileEvent } from '../src/event/compile.js';
import { eventFormat } from '../src/event/describe.js';
import { optimize, type Shape } from '../src/optimize/optimize.js';
import { type PassName, passNames } from '../src/optimize/switches.js';
import { Interpreter } from '../src/run/interpreter.js';
import { Native, nativeMissing } from '../src/run/native.js';
import { verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';

const format = eventFormat({ a: 's64', b: 'u64', c: 's32', d: 'u32', e: 's16', f: 'u16', g: 's8', h: 'u8' });
const { environment } = compileEvent('h == 0', format);
const recordBytes = 30;
const fields: readonly (readonly [offset: number, size: Size])[] = [
  [0, 8],
  [8, 8],
  [16, 4],
  [20, 4],
  [24, 2],
  [26, 2],
  [28, 1],
  [29, 1],
];

const registers: readonly Register[] = [0, 2, 3, 4];
const register = fc.constantFrom(...registers);
const width = fc.constantFrom<32 | 64>(32, 64);
const imm = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(-129, -128, 127, 128, -32769, -32768, 32768, 65535, 2 ** 31 - 1, -(2 ** 31)),
  fc.integer(),
);
/** Half of a wide constant. */
const half = fc.oneof(fc.constantFrom(0, -1, 1, 2 ** 31 - 1, -(2 ** 31)), fc.integer());
const operand: fc.Arbitrary<Operand> = fc.oneof(
  register.map((reg) => ({ reg })),
  imm.map((imm) => ({ imm })),
);
const operation = fc.constantFrom<AluName>('mov', 'add', 'sub', 'and', 'or', 'xor', 'mul', 'lsh', 'rsh', 'arsh', 'div');
const comparison = fc.constantFrom<JumpName>('eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sgt', 'sge', 'slt', 'sle', 'set');

const load = fc
  .record({ field: fc.constantFrom(...fields), signed: fc.boolean(), dst: register })
  .map(({ field: [off, size], signed, dst }): Insn => {
    return { kind: 'load', size, signed: signed && size < 8, dst, src: 1, off };
  });
const calculation = fc
  .record({ op: operation, width, dst: register, src: operand })
  .map(({ op, width, dst, src }): Insn => {
    const isShift = op === 'lsh' || op === 'rsh' || op === 'arsh';
    const isDivision = op === 'div' && 'imm' in src && src.imm === 0;
    const given = isDivision ? { imm: 1 } : isShift && 'imm' in src ? { imm: src.imm & (width - 1) } : src;
    return { kind: 'alu', op, width, dst, src: given };
  });
const wide = fc
  .record({ dst: register, low: half, high: half })
  .map((parts): Insn[] => [{ kind: 'wide', from: 'imm', ...parts }, { kind: 'wide-end' }]);
/** `by` is how many steps are left out. */
const jump = fc.record({ op: comparison, width, dst: register, src: operand, by: fc.integer({ min: 1, max: 3 }) });

type Step =
  | readonly Insn[]
  | {
      readonly op: JumpName;
      readonly width: 32 | 64;
      readonly dst: Register;
      readonly src: Operand;
      readonly by: number;
    };
const straight: fc.Arbitrary<Step> = fc.oneof(
  load.map((insn) => [insn]),
  calculation.map((insn) => [insn]),
  calculation.map((insn) => [insn]),
  wide,
  fc.record({ width, dst: register }).map((fields): Insn[] => [{ kind: 'neg', ...fields }]),
  fc
    .record({ bits: fc.constantFrom<8 | 16 | 32>(8, 16, 32), dst: register, src: register })
    .map((fields): Insn[] => [{ kind: 'movsx', width: 64, ...fields }]),
);

/** How a program ends: whether a comparison holds, as jumps or by the sign of a difference. */
const ends = fc.oneof(
  fc.record({ op: comparison, width, dst: register, src: operand }).map((fields): Insn[] => [
    { kind: 'jump', ...fields, off: 2 },
    { kind: 'alu', op: 'mov', width: 32, dst: 0, src: { imm: 0 } },
    { kind: 'exit', off: 0 },
    { kind: 'alu', op: 'mov', width: 32, dst: 0, src: { imm: 1 } },
    { kind: 'exit', off: 0 },
  ]),
  operand.map((src): Insn[] => [
    { kind: 'alu', op: 'sub', width: 64, dst: 0, src },
    { kind: 'alu', op: 'rsh', width: 64, dst: 0, src: { imm: 63 } },
    { kind: 'exit', off: 0 },
  ]),
);

const programs = (step: fc.Arbitrary<Step>) =>
  fc
    .tuple(fc.array(load, { minLength: 4, maxLength: 4 }), fc.array(step, { maxLength: 10 }), ends)
    .map(([loads, steps, end]) => {
      const start = loads.map((insn, i): Insn => ({ ...insn, dst: registers[i]! }) as Insn);
      return new Program([...start, ...placed(steps), ...end]);
    });

/** The steps one behind the other, with the distances of their jumps. */
function placed(steps: readonly Step[]): Insn[] {
  return steps.flatMap((step, i): readonly Insn[] => {
    if (!('by' in step)) return step;
    const { by, ...parts } = step;
    const skipped = steps.slice(i + 1, i + 1 + by);
    return [{ kind: 'jump', ...parts, off: skipped.reduce((sum, one) => sum + ('by' in one ? 1 : one.length), 0) }];
  });
}

const bits = fc.oneof(
  fc.constantFrom(
    0n,
    1n,
    -1n,
    -2n,
    -5n,
    5n,
    127n,
    -128n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const record = fc.array(bits, { minLength: fields.length, maxLength: fields.length }).map((numbers) => {
  const bytes = new Uint8Array(recordBytes);
  for (const [i, [offset, size]] of fields.entries()) {
    for (let byte = 0; byte < size; byte++)
      bytes[offset + byte] = Number(BigInt.asUintN(8, numbers[i]! >> BigInt(8 * byte)));
  }
  return bytes;
});
const records = fc.array(record, { minLength: 16, maxLength: 40 });

const shapes: readonly Shape[] = ['numbers', 'jumps', 'lanes'];
const passes = fc.constantFrom<readonly PassName[]>(
  passNames,
  [],
  passNames.filter((name) => name !== 'fold'),
);
const tally = { programs: 0, lowered: 0, many: 0 };

function batchOf(some: readonly Uint8Array[]) {
  const data = new Uint8Array(some.length * recordBytes);
  for (const [i, one] of some.entries()) data.set(one, i * recordBytes);
  const offsets = Uint32Array.from(some, (_, i) => i * recordBytes);
  const captured = new Uint32Array(some.length).fill(recordBytes);
  return { data, offsets, captured, lengths: captured };
}

function agree(program: Program, chosen: readonly PassName[], some: readonly Uint8Array[]): void {
  const verified = verify(program, environment);
  const plain = new Interpreter(program, environment);
  const expected = Uint32Array.from(some, (one) => Number(plain.run(one, one.length).result));
  for (const shape of shapes) {
    const lowered = optimize(verified, { passes: chosen, shape });
    tally.programs++;
    if (lowered.reason !== undefined) continue;
    tally.lowered++;
    const oracle = new Interpreter(lowered, environment);
    expect(
      Uint32Array.from(some, (one) => Number(oracle.run(one, one.length).result)),
      shape,
    ).toEqual(expected);
    if (nativeMissing() !== undefined) continue;
    const { facts, contextLoads } = lowered;
    const native = new Native(lowered, environment, { checked: false, facts, contextLoads, least: recordBytes });
    const verdicts = new Uint32Array(some.length);
    native.runBatch(batchOf(some), verdicts);
    if (native.lanes > 1) tally.many++;
    native.close();
    expect(verdicts, shape).toEqual(expected);
  }
}

describe('the optimizer on numbers of 64 bits says what the program said,', () => {
  it.each([
    ['of straight programs', straight],
    ['of programs with jumps', fc.oneof({ weight: 2, arbitrary: straight }, { weight: 1, arbitrary: jump })],
  ])('%s', (_, step) => {
    fc.assert(fc.property(programs(step), passes, records, agree), { seed: firstSeed, numRuns: runsOf(200) });
    note(
      `${tally.programs} shapes of programs, of which ${tally.lowered} were lowered, and ${tally.many} took eight records at a time`,
    );
    expect(tally.lowered).toBeGreaterThan(tally.programs / 2);
  });

  it.each([
    'c == -1',
    'a < 0',
    'a > -5',
    'a == -22',
    'e < -2',
    'g <= -100 || c + 5 < -3',
    'b > 5000000000',
    'b == 18446744073709551615',
    'a >= -4096 && a < 0 && c != -5',
  ])('and of a filter: %s', (text) => {
    const verified = verify(compileEvent(text, format).program, environment);
    for (const shape of shapes) expect(optimize(verified, { shape }).reason, shape).toBeUndefined();
    fc.assert(
      fc.property(records, (some) => agree(verified.program, passNames, some)),
      { seed: firstSeed, numRuns: 20 },
    );
  });

  it('and leaves one alone that calls a function, though only where no path comes to', () => {
    const move = (dst: Register, imm: number): Insn => ({ kind: 'alu', op: 'mov', width: 64, dst, src: { imm } });
    const program = new Program([
      move(2, -5),
      { kind: 'jump', op: 'slt', width: 64, dst: 2, src: { imm: 0 }, off: 1 },
      { kind: 'call-local', off: 2 },
      move(0, 1),
      { kind: 'exit', off: 0 },
      move(0, 0),
      { kind: 'exit', off: 0 },
    ]);
    expect(optimize(verify(program, environment)).reason).toBe('the program calls functions of its own');
  });
});
