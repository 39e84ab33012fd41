// Every form of an instruction that works on registers and memory, with edge values and with registers that alias: machine
// code does what the interpreter does, to all registers and to memory.

import { expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import { type Form, forms } from '../src/ebpf/forms.js';
import type { Insn, Operand, Register } from '../src/ebpf/insn.js';
import type { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import type { Filter } from '../src/run/filter.js';
import { type Engine, engines } from './engines.js';
import { probe, probeBytes, probeData, probeWord } from './probe.js';

const world = environment('memory', { size: probeBytes });
const [oracle, ...others] = engines;

const edges: readonly bigint[] = [
  ...[0n, 1n, 2n, 31n, 32n, 63n, 64n, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0x1_0000n, 0x7fff_ffffn, 0x8000_0000n],
  ...[0xffff_ffffn, 0x1_0000_0001n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_8000_0000n],
  ...[0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn, 0xf0e1_d2c3_b4a5_9687n],
];
const constants = [...new Set(edges.map((value) => Number(BigInt.asIntN(32, value))))];
const all: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** What each register holds where nothing else is asked for: no two are alike. */
const filling = all.map((register) => 0x0101_0101_0101_0101n * BigInt(register + 1));

it.each(forms.filter(isProbed).map((form) => [described(form), form] as const))('%s', (_, { insn }) => {
  let count = 0;
  for (const [variant, inputs] of variants(insn)) {
    const program = probe(...variant);
    // every program is compiled, one in ten is verified: verification is not what is asked here
    compare(program, [...inputs], count++ % 10 === 0 ? others : others.slice(0, 1));
  }
});

function compare(program: Program, inputs: readonly Uint8Array[], engines: readonly Engine[]): void {
  const expected = outcomes(oracle!.load(program, world)!, inputs);
  for (const engine of engines) {
    if (engine.missing !== undefined) continue;
    const filter = engine.load(program, world);
    if (filter === undefined) continue; // the verifier refuses constant shifts out of range and divisions by 0
    for (const [i, found] of outcomes(filter, inputs).entries()) {
      if (found !== expected[i]) expect(found, `${engine.name}\n${program}\non ${toHex(inputs[i]!)}`).toBe(expected[i]);
    }
  }
}

function outcomes(filter: Filter, inputs: readonly Uint8Array[]): string[] {
  const found = inputs.map((input) => outcome(filter, input));
  filter.close();
  return found;
}

function outcome(filter: Filter, input: Uint8Array): string {
  const data = input.slice();
  const { result, trap } = filter.execute(data);
  return `${result} ${trap?.code} ${trap?.pc} ${toHex(data)}`;
}

function isProbed({ insn }: Form): boolean {
  switch (insn.kind) {
    case 'alu':
    case 'neg':
    case 'movsx':
    case 'swap':
    case 'load':
    case 'store':
    case 'atomic':
    case 'load-acquire':
    case 'store-release':
    case 'jump':
    case 'goto':
    case 'may-goto':
      return true;
    case 'wide':
      return insn.from === 'imm';
    default:
      return false; // calls, packet loads and what can't be run: cases of their own
  }
}

function described({ insn, about }: Form): string {
  const width = 'width' in insn ? ` ${insn.width}` : 'size' in insn ? ` ${8 * insn.size}` : '';
  const source = 'src' in insn && typeof insn.src === 'object' ? ('imm' in insn.src ? ' constant' : ' register') : '';
  return `${insn.kind}${width}${source}: ${about}`;
}

// ---- what is tried of each form --------------------------------------------------------------------------------------

type Variant = readonly [insns: readonly Insn[], inputs: Iterable<Uint8Array>];

function* variants(insn: Insn): Generator<Variant> {
  switch (insn.kind) {
    case 'alu':
    case 'jump':
      return yield* binary(insn, insn.src);
    case 'neg':
    case 'swap':
      for (const dst of all) yield [[{ ...insn, dst }], values((value) => ({ [dst]: value }))];
      return;
    case 'movsx':
      for (const [dst, src] of pairs())
        yield [[{ ...insn, dst, src }], values((value) => ({ [src]: value })).slice(-4)];
      return;
    case 'wide':
      for (const dst of all) yield* edges.map((value): Variant => [wide(dst, value), [probeData(filling, 0n)]]);
      return;
    case 'load':
    case 'load-acquire':
      for (const dst of all) yield [[{ ...insn, dst, src: 10, off: probeWord }], words()];
      for (const [dst, src] of pairs()) yield [pointer(src, { ...insn, dst, src, off: 2 }), words().slice(-3)];
      return;
    case 'store':
    case 'store-release':
      return yield* stores(insn, insn.kind === 'store' ? insn.src : { reg: insn.src });
    case 'atomic':
      for (const src of all) yield [[{ ...insn, dst: 10, src, off: probeWord }], atomicInputs(src)];
      for (const [dst, src] of pairs()) {
        if (dst === 0 && insn.op === 'cmpxchg') continue; // r0 would be an address that is compared
        if (dst !== src) yield [pointer(dst, { ...insn, dst, src, off: 0 }), atomicInputs(src).slice(0, 4)];
      }
      return;
    default:
      yield [[{ ...insn, off: 1 } as Insn], [probeData(filling, 0n)]];
  }
}

/** All pairs of edges for one pair of registers, a few for all others, alias or not. */
function* binary(insn: Insn & { dst: Register }, src: Operand): Generator<Variant> {
  const leap = insn.kind === 'jump' ? { off: 1 } : {};
  if ('imm' in src) {
    for (const imm of constants) {
      const dst = all[Math.abs(imm) % all.length]!;
      yield [[{ ...insn, ...leap, dst, src: { imm } } as Insn], values((value) => ({ [dst]: value }))];
    }
    return;
  }
  yield [[{ ...insn, ...leap, dst: 3, src: { reg: 8 } } as Insn], edgePairs(3, 8)];
  for (const [dst, reg] of pairs()) yield [[{ ...insn, ...leap, dst, src: { reg } } as Insn], fewPairs(dst, reg)];
}

function* stores(insn: Insn & { kind: 'store' | 'store-release' }, src: Operand): Generator<Variant> {
  if ('imm' in src) {
    for (const imm of constants) yield [[{ ...insn, dst: 10, off: probeWord, src: { imm } } as Insn], words()];
    return;
  }
  const source = (reg: Register) => (insn.kind === 'store' ? { src: { reg } } : { src: reg });
  for (const reg of all)
    yield [[{ ...insn, dst: 10, off: probeWord, ...source(reg) } as Insn], values((value) => ({ [reg]: value }))];
  for (const [dst, reg] of pairs()) {
    if (dst !== reg)
      yield [
        pointer(dst, { ...insn, dst, off: 0, ...source(reg) } as Insn),
        values((value) => ({ [reg]: value })).slice(-3),
      ];
  }
}

/** The instruction with a register that leads to the word, and is cleared afterwards, so that no address is seen. */
function pointer(register: Register, insn: Insn): Insn[] {
  const overwritten = 'dst' in insn && insn.dst === register && (insn.kind === 'load' || insn.kind === 'load-acquire');
  return [
    { kind: 'alu', op: 'mov', width: 64, dst: register, src: { reg: 10 } },
    { kind: 'alu', op: 'add', width: 64, dst: register, src: { imm: probeWord } },
    insn,
    ...(overwritten ? [] : [{ kind: 'alu', op: 'mov', width: 64, dst: register, src: { imm: 0 } } satisfies Insn]),
  ];
}

function wide(dst: Register, value: bigint): Insn[] {
  const [low, high] = [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
  return [{ kind: 'wide', dst, from: 'imm', low, high }, { kind: 'wide-end' }];
}

function pairs(): [dst: Register, src: Register][] {
  return all.flatMap((dst) => all.map((src): [Register, Register] => [dst, src]));
}

// ---- inputs ----------------------------------------------------------------------------------------------------------

type Values = Partial<Record<Register, bigint>>;

function data(chosen: Values, word = 0n): Uint8Array {
  return probeData(
    filling.map((value, register) => chosen[register as Register] ?? value),
    word,
  );
}

function values(choose: (value: bigint) => Values): Uint8Array[] {
  return edges.map((value) => data(choose(value), 0x5555_5555_5555_5555n));
}

function words(): Uint8Array[] {
  return edges.map((word) => data({}, word));
}

function edgePairs(dst: Register, src: Register): Uint8Array[] {
  return edges.flatMap((a) => edges.map((b) => data({ [dst]: a, [src]: b })));
}

const few: readonly [bigint, bigint][] = [
  [7n, 0n],
  [0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn],
  [0x8000_0000n, 0xffff_ffffn],
  [0xf0e1_d2c3_b4a5_9687n, 0x1122_3344_5566_7721n],
];

function fewPairs(dst: Register, src: Register): Uint8Array[] {
  return few.map(([a, b]) => data({ [dst]: a, [src]: b }));
}

/** Words that r0 equals, equals in its low half, and doesn't equal. */
function atomicInputs(src: Register): Uint8Array[] {
  return few.flatMap(([word, value]) =>
    [word, word ^ 0xf000_0000_0000_0000n, word ^ 1n].map((r0) => data({ 0: r0, [src]: value }, word)),
  );
}
