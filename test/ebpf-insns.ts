// Seeded generators of instructions, for the laws that hold for every one.

import fc from 'fast-check';
import type { Insn, Operand, Register, WideSource } from '../src/ebpf/insn.js';
import { type AluName, type AtomicName, alu, atomic, type JumpName, jump, wideSources } from '../src/ebpf/rows.js';

const edges = [0, 1, -1, 31, 32, 63, 64, 0x7fff, 0x7fffffff, -0x80000000];
export const imm = fc.oneof(fc.constantFrom(...edges), fc.integer({ min: -0x80000000, max: 0x7fffffff }));
export const off = fc.oneof(fc.constantFrom(0, 1, -1, 0x7fff, -0x8000), fc.integer({ min: -0x8000, max: 0x7fff }));
const any = fc.integer({ min: 0, max: 10 }).map((n) => n as Register);
const writable = fc.integer({ min: 0, max: 9 }).map((n) => n as Register);
const operand: fc.Arbitrary<Operand> = fc.oneof(fc.record({ reg: any }), fc.record({ imm }));
const width = fc.constantFrom(32 as const, 64 as const);
const size = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);

function kind<K extends Insn['kind']>(name: K): fc.Arbitrary<K> {
  return fc.constant(name);
}

function namesOf<Name extends string>(rows: Readonly<Record<Name, unknown>>): fc.Arbitrary<Name> {
  return fc.constantFrom(...(Object.keys(rows) as Name[]));
}

const moves: fc.Arbitrary<Insn>[] = [
  fc.record({ kind: kind('alu'), op: namesOf<AluName>(alu), width, dst: writable, src: operand }),
  fc.record({ kind: kind('neg'), width, dst: writable }),
  fc.record({
    kind: kind('movsx'),
    width,
    bits: fc.constantFrom(8 as const, 16 as const),
    dst: writable,
    src: any,
  }),
  fc.record({
    kind: kind('movsx'),
    width: fc.constant(64 as const),
    bits: fc.constant(32 as const),
    dst: writable,
    src: any,
  }),
  fc.record({
    kind: kind('swap'),
    order: fc.constantFrom('le' as const, 'be' as const, 'bswap' as const),
    bits: fc.constantFrom(16 as const, 32 as const, 64 as const),
    dst: writable,
  }),
  fc.record({ kind: kind('addr-space-cast'), dst: writable, src: any, imm: fc.constantFrom(1, 0x10000) }),
];

const memory: fc.Arbitrary<Insn>[] = [
  fc.record({ kind: kind('load'), size, signed: fc.constant(false), dst: writable, src: any, off }),
  fc.record({
    kind: kind('load'),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const),
    signed: fc.constant(true),
    dst: writable,
    src: any,
    off,
  }),
  fc.record({ kind: kind('store'), size, dst: any, off, src: operand }),
  fc
    .record({
      kind: kind('atomic'),
      op: namesOf<AtomicName>(atomic),
      fetch: fc.boolean(),
      size: fc.constantFrom(4 as const, 8 as const),
      dst: any,
      src: writable,
      off,
    })
    .map((insn) => (atomic[insn.op].fetch === 'always' ? { ...insn, fetch: true } : insn)),
  fc.record({ kind: kind('load-acquire'), size, dst: writable, src: any, off }),
  fc.record({ kind: kind('store-release'), size, dst: any, src: any, off }),
  fc.record({
    kind: kind('packet'),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const),
    src: fc.option(any, { nil: undefined }),
    imm,
  }),
];

const control: fc.Arbitrary<Insn>[] = [
  fc.record({ kind: kind('jump'), op: namesOf<JumpName>(jump), width, dst: any, src: operand, off }),
  fc.record({ kind: kind('goto'), off, long: fc.constant(false) }),
  fc.record({ kind: kind('goto'), off: imm, long: fc.constant(true) }),
  fc.record({ kind: kind('may-goto'), off }),
  fc.record({ kind: kind('call-helper'), helper: imm }),
  fc.record({ kind: kind('call-kfunc'), btf: imm, off }),
  fc.record({ kind: kind('call-local'), off: imm }),
  fc.record({ kind: kind('call-register'), src: any }),
  fc.record({ kind: kind('exit'), off: fc.constant(0) }),
];

const wide: fc.Arbitrary<Insn> = fc
  .record({ kind: kind('wide'), dst: writable, from: namesOf<WideSource>(wideSources), low: imm, high: imm })
  .map((insn) => (insn.from === 'map-fd' || insn.from === 'map-index' ? { ...insn, high: 0 } : insn));

/** Any instruction but the second half of a wide load. */
export const anyInsn: fc.Arbitrary<Insn> = fc.oneof(...moves, ...memory, ...control, wide);

/** A sequence by slots; its jumps lead anywhere. */
export const anyInsns: fc.Arbitrary<Insn[]> = fc
  .array(anyInsn, { minLength: 1, maxLength: 12 })
  .map((insns) => insns.flatMap((insn): Insn[] => (insn.kind === 'wide' ? [insn, { kind: 'wide-end' }] : [insn])));
