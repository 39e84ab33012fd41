// Seeded random programs that no result depends on an address in: r10, and r9 with the address of the input, are only used
// to reach memory. Everything else goes: loops (the budget ends them), functions, accesses out of bounds, registers that
// nothing wrote.

import fc from 'fast-check';
import type { Insn, Operand, Register, Size } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { type AluName, type AtomicName, alu, atomic, type JumpName, jump } from '../src/ebpf/rows.js';

const inputRegister = 9;
const framePointer = 10;

const number = fc.integer({ min: 0, max: 8 }).map((register) => register as Register);
const imm = fc.oneof(
  fc.constantFrom(0, 1, -1, 2, 8, 31, 32, 63, 64, 255, 256, 0x7fff, 0xffff, 0x7fff_ffff, -0x8000_0000),
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
);
const operand: fc.Arbitrary<Operand> = fc.oneof(fc.record({ reg: number }), fc.record({ imm }));
const width = fc.constantFrom(32 as const, 64 as const);
const size = fc.constantFrom<Size>(1, 2, 4, 8);

/** A base and an offset: mostly the stack, often the input, at times nothing. */
const place = fc.oneof(
  { weight: 6, arbitrary: fc.record({ base: fc.constant<Register>(framePointer), off: offset(-64, -8) }) },
  { weight: 3, arbitrary: fc.record({ base: fc.constant<Register>(inputRegister), off: offset(0, 24) }) },
  { weight: 1, arbitrary: fc.record({ base: fc.constant<Register>(framePointer), off: offset(-520, 16) }) },
);

function offset(min: number, max: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: min / 8, max: max / 8 }).map((n) => n * 8),
    fc.integer({ min, max }),
  );
}

/** How far a jump leads, as a share of the program: what stands there is known once all is drawn. */
const share = fc.integer({ min: 0, max: 999 });

type Piece = (pc: number, length: number) => Insn;

function fixed(arbitrary: fc.Arbitrary<Insn>): fc.Arbitrary<Piece> {
  return arbitrary.map((insn) => () => insn);
}

/** Jumps lead ahead nine times of ten. */
function leading(make: (off: number) => Insn): fc.Arbitrary<Piece> {
  return fc.tuple(share, fc.integer({ min: 0, max: 9 })).map(([part, back]) => (pc, length) => {
    const from = back === 0 ? 0 : pc + 1;
    return make(from + Math.floor((part * (length - from)) / 1000) - pc - 1);
  });
}

const computing: fc.Arbitrary<Insn>[] = [
  fc.record({
    kind: fc.constant('alu' as const),
    op: fc.constantFrom(...(Object.keys(alu) as AluName[])),
    width,
    dst: number,
    src: operand,
  }),
  fc.record({ kind: fc.constant('neg' as const), width, dst: number }),
  fc.record({
    kind: fc.constant('movsx' as const),
    width,
    bits: fc.constantFrom(8 as const, 16 as const),
    dst: number,
    src: number,
  }),
  fc.record({
    kind: fc.constant('swap' as const),
    order: fc.constantFrom('le' as const, 'be' as const, 'bswap' as const),
    bits: fc.constantFrom(16 as const, 32 as const, 64 as const),
    dst: number,
  }),
];

const accessing: fc.Arbitrary<Insn>[] = [
  fc.tuple(place, size, number, fc.boolean()).map(([{ base, off }, size, dst, signed]) => {
    return { kind: 'load', size, signed: signed && size < 8, dst, src: base, off } as const;
  }),
  fc.tuple(place, size, operand).map(([{ base, off }, size, src]) => {
    return { kind: 'store', size, dst: base, off, src } as const;
  }),
  fc
    .tuple(
      place,
      fc.constantFrom(...(Object.keys(atomic) as AtomicName[])),
      fc.constantFrom(4, 8),
      number,
      fc.boolean(),
    )
    .map(([{ base, off }, op, size, src, fetch]) => {
      const always = atomic[op].fetch === 'always';
      return { kind: 'atomic', op, fetch: fetch || always, size: size as 4 | 8, dst: base, src, off } as const;
    }),
  fc.tuple(place, size, number).map(([{ base, off }, size, dst]) => {
    return { kind: 'load-acquire', size, dst, src: base, off } as const;
  }),
  fc.tuple(place, size, number).map(([{ base, off }, size, src]) => {
    return { kind: 'store-release', size, dst: base, src, off } as const;
  }),
];

const packet: fc.Arbitrary<Insn> = fc
  .tuple(fc.constantFrom(1 as const, 2 as const, 4 as const), fc.option(number, { nil: undefined }))
  .chain(([size, src]) =>
    fc
      .oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(-0x100000, -0x200000, -0xffff0, -1, 0x7fff_ffff))
      .map((imm) => ({ kind: 'packet', size, src, imm }) as const),
  );

const leaving: fc.Arbitrary<Piece>[] = [
  fc
    .tuple(fc.constantFrom(...(Object.keys(jump) as JumpName[])), width, number, operand)
    .chain(([op, width, dst, src]) => leading((off) => ({ kind: 'jump', op, width, dst, src, off }))),
  leading((off) => ({ kind: 'goto', off, long: false })),
  leading((off) => ({ kind: 'may-goto', off })),
  leading((off) => ({ kind: 'call-local', off })),
  fixed(fc.constant({ kind: 'exit', off: 0 })),
  fixed(fc.constant({ kind: 'call-helper', helper: 8 })),
  fixed(fc.constant({ kind: 'call-helper', helper: 4711 })),
];

/** What programs begin with: r0 to r8 hold numbers, r9 the input's address, which a context may have in a field. */
function start(values: readonly number[], addressField: number | undefined): Insn[] {
  const first: Insn =
    addressField === undefined
      ? { kind: 'alu', op: 'mov', width: 64, dst: inputRegister, src: { reg: 1 } }
      : { kind: 'load', size: 4, signed: false, dst: inputRegister, src: 1, off: addressField };
  return [
    first,
    ...values.map((imm, register): Insn => {
      return { kind: 'alu', op: 'mov', width: 64, dst: register as Register, src: { imm } };
    }),
  ];
}

/**
 * @param withPackets whether packet loads are among the instructions
 * @param addressField the offset of the packet's address in the context, where the input is reached through it
 */
export function randomProgram(withPackets: boolean, addressField?: number): fc.Arbitrary<Program> {
  const piece = fc.oneof(
    { weight: 10, arbitrary: fixed(fc.oneof(...computing)) },
    { weight: 6, arbitrary: fixed(fc.oneof(...accessing)) },
    { weight: withPackets ? 4 : 0, arbitrary: fixed(packet) },
    { weight: 5, arbitrary: leaving[0]! },
    { weight: 2, arbitrary: fc.oneof(...leaving.slice(1)) },
  );
  const values = fc.array(imm, { minLength: 6, maxLength: 9 });
  return fc.tuple(values, fc.array(piece, { minLength: 1, maxLength: 40 })).map(([values, pieces]) => {
    const begin = start(values, addressField);
    const length = begin.length + pieces.length + 1;
    const body = pieces.map((make, index) => make(begin.length + index, length));
    return new Program([...begin, ...body, { kind: 'exit', off: 0 }]);
  });
}
