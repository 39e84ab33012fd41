// Machine code that takes eight packets at a time: straight programs of all operations that are done so, drawn by chance, say
// what they say on the interpreter, of batches of any length and of packets at the end of the buffer.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LoweredInsn, Operand, Register } from '../src/ebpf/insn.js';
import type { AluName, JumpName } from '../src/ebpf/rows.js';
import { packet } from '../src/env/packet.js';
import { compileEvent } from '../src/event/compile.js';
import { eventFormat } from '../src/event/describe.js';
import { compile } from '../src/filter/compile.js';
import { optimize } from '../src/optimize/optimize.js';
import { tableOf } from '../src/optimize/table.js';
import type { Packets } from '../src/run/engine.js';
import { Interpreter } from '../src/run/interpreter.js';
import { Native, nativeMissing } from '../src/run/native.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';

/** How many packets a batch takes at a time where the processor can. */
const lanes = 8;
const guarded = 40;

const tables = [tableOf([1, 2, 0x0806_0001]), tableOf(Array.from({ length: 3000 }, (_, i) => i * 7))];

const registers: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const register = fc.constantFrom(...registers);
const width = fc.constantFrom<32 | 64>(32, 64);
const number = fc.oneof(fc.integer({ min: -2, max: 70 }), fc.integer());
const operand: fc.Arbitrary<Operand> = fc.oneof(
  register.map((reg) => ({ reg })),
  number.map((imm) => ({ imm })),
);
const comparison = fc.constantFrom<JumpName>('eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sgt', 'sge', 'slt', 'sle', 'set');
const operation = fc.constantFrom<AluName>('mov', 'add', 'sub', 'and', 'or', 'xor', 'lsh', 'rsh', 'arsh', 'mul');

/** A load behind an index is two instructions: the index is made small first. */
const step: fc.Arbitrary<readonly LoweredInsn[]> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ op: operation, width, dst: register, src: operand }).map((fields): LoweredInsn[] => {
      const isShift = fields.op === 'lsh' || fields.op === 'rsh' || fields.op === 'arsh';
      const by = isShift && 'imm' in fields.src ? { imm: fields.src.imm & (fields.width - 1) } : fields.src;
      return [{ kind: 'alu', ...fields, src: by }];
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        size: fc.constantFrom<1 | 2 | 4 | 8>(1, 2, 4, 8),
        order: fc.constantFrom<'le' | 'be'>('le', 'be'),
        dst: register,
        off: fc.oneof(fc.integer({ min: 0, max: guarded - 8 }), fc.integer({ min: 16, max: 24 })),
      })
      .map((fields): LoweredInsn[] => [{ kind: 'raw', index: undefined, ...fields }]),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ op: comparison, width, dst: register, a: register, b: operand })
      .map((fields): LoweredInsn[] => [{ kind: 'set', ...fields }]),
  },
  fc
    .record({
      size: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
      order: fc.constantFrom<'le' | 'be'>('le', 'be'),
      dst: register,
      index: register,
      off: fc.integer({ min: 0, max: guarded - 4 - 15 }),
    })
    .map((fields): LoweredInsn[] => [
      { kind: 'alu', op: 'and', width: 32, dst: fields.index, src: { imm: 15 } },
      { kind: 'raw', ...fields },
    ]),
  fc
    .record({ dst: register, src: register, table: fc.constantFrom(0, 1) })
    .map((fields): LoweredInsn[] => [{ kind: 'lookup', ...fields }]),
  register.map((dst): LoweredInsn[] => [{ kind: 'captured', dst }]),
  fc
    .record({ dst: register, low: number, high: number })
    .map((fields): LoweredInsn[] => [{ kind: 'wide', from: 'imm', ...fields }, { kind: 'wide-end' }]),
  fc.record({ width, dst: register }).map((fields): LoweredInsn[] => [{ kind: 'neg', ...fields }]),
  fc
    .record({ width, bits: fc.constantFrom<8 | 16>(8, 16), dst: register, src: register })
    .map((fields): LoweredInsn[] => [{ kind: 'movsx', ...fields }]),
  fc
    .record({
      order: fc.constantFrom<'le' | 'be' | 'bswap'>('le', 'be', 'bswap'),
      bits: fc.constantFrom<16 | 32 | 64>(16, 32, 64),
      dst: register,
    })
    .map((fields): LoweredInsn[] => [{ kind: 'swap', ...fields }]),
);

/** Loads first, so that most of what is computed differs from packet to packet; packets without enough bytes have 0. */
function programOf(steps: readonly (readonly LoweredInsn[])[]): readonly LoweredInsn[] {
  const start = registers.map((dst): LoweredInsn => {
    return dst < 5
      ? { kind: 'raw', size: dst % 2 === 0 ? 4 : 8, order: 'le', dst, index: undefined, off: 3 * dst }
      : { kind: 'alu', op: 'mov', width: 64, dst, src: { imm: dst - 7 } };
  });
  const body: LoweredInsn[] = [...start, ...steps.flat(), { kind: 'exit', off: 0 }];
  const copy: LoweredInsn[] = [
    { kind: 'alu', op: 'mov', width: 32, dst: 0, src: { imm: 0 } },
    { kind: 'exit', off: 0 },
  ];
  return [{ kind: 'guard', bytes: guarded, off: body.length }, ...body, ...copy];
}

/** Numbers in r1, some of them behind an index, each multiplied by another factor so that none is another. */
const term: fc.Arbitrary<readonly LoweredInsn[]> = fc
  .record({
    size: fc.constantFrom<1 | 2 | 4>(1, 2, 4),
    order: fc.constantFrom<'le' | 'be'>('le', 'be'),
    off: fc.integer({ min: 0, max: guarded - 4 - 15 }),
    index: fc.constantFrom<2 | undefined>(2, undefined, undefined),
    factor: fc.integer({ min: 2, max: 1 << 30 }),
    table: fc.constantFrom(0, 1, undefined, undefined, undefined),
  })
  .map(({ factor, table, ...fields }): LoweredInsn[] => [
    { kind: 'raw', size: 1, order: 'le', dst: 2, index: undefined, off: fields.off },
    { kind: 'alu', op: 'and', width: 32, dst: 2, src: { imm: 15 } },
    { kind: 'raw', dst: 1, ...fields },
    ...(table === undefined ? [] : [{ kind: 'lookup', dst: 1, src: 1, table } as const]),
    { kind: 'alu', op: 'mul', width: 32, dst: 1, src: { imm: factor } },
  ]);
/** r0 takes a number in, so that their order matters. */
const taken: readonly LoweredInsn[] = [
  { kind: 'alu', op: 'mul', width: 32, dst: 0, src: { imm: 3 } },
  { kind: 'alu', op: 'xor', width: 32, dst: 0, src: { reg: 1 } },
];

/** Packets that begin in the first `size` bytes. */
function packetsOf(data: Uint8Array, cuts: readonly number[], size = data.length): Packets {
  const starts = cuts.map((cut) => cut % size);
  return {
    data,
    offsets: Uint32Array.from(starts),
    captured: Uint32Array.from(cuts, (cut, i) => (cut >>> 8) % (data.length - starts[i]! + 1)),
    lengths: new Uint32Array(cuts.length).fill(data.length),
  };
}

/** So many bytes behind its start, and all of a packet can be read eight at a time. */
const roomy = 128;

/** Batches in the midst of a buffer, and at its end: where one packet of eight is so near to it, they go one at a time. */
const batches = fc
  .tuple(
    fc.uint8Array({ minLength: roomy + 1, maxLength: 400 }),
    fc.array(fc.nat(0xff_ffff), { minLength: 1, maxLength: 5 * lanes }),
    fc.constantFrom(roomy, roomy, 0),
  )
  .map(([data, cuts, behind]) => packetsOf(data, cuts, data.length - behind));

const tally = { programs: 0, many: 0, pairs: 0 };

/** In a batch the guard asks for what can be read of the buffer. */
function expected(insns: readonly LoweredInsn[], { data, offsets, captured, lengths }: Packets): Uint32Array {
  const program = { insns, maps: [], tables };
  return Uint32Array.from(offsets, (offset, i) => {
    const readable = data.subarray(offset);
    const behind = readable.length - captured[i]!;
    return Number(new Interpreter(program, packet, { behind }).run(readable, lengths[i]!).result);
  });
}

describe.skipIf(nativeMissing() !== undefined || process.arch !== 'x64')('eight packets at a time', () => {
  it('straight programs say what they say on the interpreter', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), batches, (steps, packets) => {
        const insns = programOf(steps);
        const native = new Native({ insns, maps: [], tables, shape: 'lanes' }, packet, { checked: false });
        const verdicts = new Uint32Array(packets.offsets.length);
        const matches = native.runBatch(packets, verdicts);
        tally.programs++;
        tally.many += native.lanes > 1 ? 1 : 0;
        tally.pairs += verdicts.length;
        native.close();
        expect(verdicts).toEqual(expected(insns, packets));
        expect(matches).toBe(verdicts.filter((verdict) => verdict !== 0).length);
      }),
      { seed: firstSeed, numRuns: runsOf(400) },
    );
    note(
      `${tally.programs} straight programs, of which ${tally.many} took eight packets at a time; ${tally.pairs} packets`,
    );
    if (process.env.UNIBPF_CPU !== 'baseline') expect(tally.many).toBeGreaterThan(tally.programs / 4);
  });

  it('programs with more numbers than registers say what they say on the interpreter', () => {
    let many = 0;
    const terms = fc.array(term, { minLength: 8, maxLength: 40 }).chain((some) =>
      fc.tuple(
        fc.constant(some),
        fc.shuffledSubarray(some, { minLength: some.length }), // read again, in another order
      ),
    );
    fc.assert(
      fc.property(terms, batches, ([some, again], packets) => {
        const insns = programOf([...some, ...again].map((one) => [...one, ...taken]));
        const native = new Native({ insns, maps: [], tables, shape: 'lanes' }, packet, { checked: false });
        const verdicts = new Uint32Array(packets.offsets.length);
        native.runBatch(packets, verdicts);
        many += native.lanes > 1 ? 1 : 0;
        native.close();
        expect(verdicts).toEqual(expected(insns, packets));
      }),
      { seed: firstSeed, numRuns: runsOf(200) },
    );
    note(`${many} programs with many numbers took eight packets at a time`);
    if (process.env.UNIBPF_CPU !== 'baseline') expect(many).toBe(runsOf(200));
  });

  it('leaves programs with more numbers than registers and slots to the loop over single packets', () => {
    const factors = Array.from({ length: 200 }, (_, i) => i + 2);
    const steps = [...factors, ...factors].map((factor): LoweredInsn[] => [
      { kind: 'raw', size: 4, order: 'le', dst: 1, index: undefined, off: factor % 32 },
      { kind: 'alu', op: 'mul', width: 32, dst: 1, src: { imm: factor } },
      ...taken,
    ]);
    const insns = programOf(steps);
    const native = new Native({ insns, maps: [], tables, shape: 'lanes' }, packet, { checked: false });
    expect(native.lanes).toBe(1);
    native.close();
  });

  it('leaves a chain of very many operations to the loop over single packets', () => {
    const chain = Array.from({ length: 15_000 }, (): LoweredInsn[] => [
      { kind: 'alu', op: 'mul', width: 32, dst: 0, src: { imm: 3 } },
      { kind: 'alu', op: 'xor', width: 32, dst: 0, src: { reg: 2 } },
    ]);
    const insns = programOf(chain);
    const native = new Native({ insns, maps: [], tables, shape: 'lanes' }, packet, { checked: false });
    expect(native.lanes).toBe(1);
    const packets = packetsOf(new Uint8Array(64).fill(7), [0x4000_00, 0x4000_01]);
    const verdicts = new Uint32Array(2);
    native.runBatch(packets, verdicts);
    expect(verdicts).toEqual(expected(insns, packets));
    native.close();
  });

  it('keeps the registers of arguments as long as they are read', () => {
    const names = [...'abcdefgh'];
    const over = (number: number) => names.map((name) => `${name} > ${number}`);
    const format = eventFormat(Object.fromEntries(names.map((name) => [name, 'u32'])));
    const filter = `(${over(5).join(' && ')}) || (${over(9).join(' || ')})`;
    const { program, environment } = compileEvent(filter, format);
    const lowered = optimize(verify(program, environment), { shape: 'lanes' });
    let isWritten = false;
    for (const insn of lowered.insns) {
      if (insn.kind === 'load' && insn.src === 1) expect(isWritten).toBe(false);
      if ('dst' in insn && insn.dst === 1) isWritten = true;
    }
    for (const number of [5, 6, 10]) {
      const record = new Uint8Array(new Uint32Array(names.length).fill(number).buffer);
      const { result } = new Interpreter(lowered, environment).run(record, record.length);
      expect(result).toBe(number > 5 ? 1n : 0n);
    }
  });

  it.each([
    'ip',
    'tcp port 80',
    'tcp port 22 or 80 or 443 or 8080',
    'host 10.0.0.1 or 10.0.0.2 or 10.0.0.3 or 10.0.0.4 or 10.0.0.5',
    'ip6 and portrange 0-1023',
  ])('is how a filter runs that gets many: %s', (expression) => {
    const program = optimize(verify(translate(compile(expression, { names: {} }).program), packet), { shape: 'lanes' });
    expect(program.reason).toBeUndefined();
    expect(lanesOf(program, packet)).toBe(process.env.UNIBPF_CPU === 'baseline' ? 1 : lanes);
  });

  it.each([
    '((sig >= 10 && sig < 15) || sig == 17) && comm != bash',
    'big > 70000 && small < 3',
    'comm ~ "ba*"',
    'big == 7 || small & 4',
  ])('is how a filter over records runs: %s', (text) => {
    const { program, environment } = compileEvent(
      text,
      eventFormat({ sig: 's32', big: 'u32', small: 's16', comm: 'char[16]' }),
    );
    const lowered = optimize(verify(program, environment), { shape: 'lanes' });
    expect(lowered.reason).toBeUndefined();
    expect(lanesOf(lowered, environment)).toBe(process.env.UNIBPF_CPU === 'baseline' ? 1 : lanes);
  });
});

function lanesOf(program: ReturnType<typeof optimize>, world: typeof packet): number {
  const { facts, contextLoads } = program;
  const native = new Native(program, world, { checked: false, facts, contextLoads });
  const { lanes: found } = native;
  native.close();
  return found;
}
