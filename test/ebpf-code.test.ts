import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { fromHex, toHex } from '../src/base/hex.js';
import { decode } from '../src/ebpf/decode.js';
import { encode } from '../src/ebpf/encode.js';
import type { LoweredInsn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { checkStructure } from '../src/ebpf/structure.js';
import { anyInsns } from './ebpf-insns.js';

/** What a function throws; fails when it throws nothing or another kind of error. */
function refusal(action: () => unknown): BpfError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(BpfError);
    return error as BpfError;
  }
  return expect.fail('expected a refusal');
}

describe('the encoding', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(anyInsns, (insns) => {
        expect(decode(encode(insns), { callRegister: true })).toEqual(insns);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('refuses the operations that only lowered programs have', () => {
    const lowered: readonly LoweredInsn[] = [
      { kind: 'guard', bytes: 14, off: 0 },
      { kind: 'raw', size: 4, order: 'le', dst: 0, index: undefined, off: 12 },
      { kind: 'raw', size: 2, order: 'be', dst: 0, index: 1, off: 12 },
      { kind: 'captured', dst: 0 },
      { kind: 'set', op: 'eq', width: 32, dst: 0, a: 1, b: { imm: 1 } },
      { kind: 'set', op: 'eq', width: 64, dst: 0, a: 1, b: { reg: 2 } },
      { kind: 'lookup', dst: 0, src: 1, table: 0 },
    ];
    for (const insn of lowered)
      expect(refusal(() => decode(encode([insn]))).message, insn.kind).toMatch(/^unknown opcode/);
  });

  it('encodes what it decodes, or refuses the bytes', () => {
    const slots = fc.array(fc.uint8Array({ minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(slots, (parts) => {
        const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
        try {
          expect(encode(decode(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError);
          expect((error as BpfError).code).toBe('encoding');
        }
      }),
      { seed: 1, numRuns: 20000 },
    );
  });

  it.each([
    ['', undefined, 'expected a program, found no bytes'],
    ['95000000', undefined, 'expected instructions of 8 bytes, found 4 bytes in all'],
    ['b7000000000000009800000000000000', 1, 'unknown opcode 0x98'],
    ['8d02000000000000', 0, 'unknown opcode 0x8d'],
    ['b70b000000000000', 0, 'expected a register from r0 to r10, found r11'],
    ['0cb0000000000000', 0, 'expected a register from r0 to r10, found r11'],
    ['0400030005000000', 0, 'expected 0 in field off of opcode 0x04, found 3'],
    ['d700000008000000', 0, 'expected 16, 32 or 64 in field imm of opcode 0xd7, found 0x08'],
    ['bf21010003000000', 0, 'expected 0x1 or 0x10000 in field imm of opcode 0xbf, found 0x03'],
    ['bf21070000000000', 0, 'expected 0 in field off of opcode 0xbf, found 7'],
    ['bc21200000000000', 0, 'expected 0 in field off of opcode 0xbc, found 32'],
    ['c31af8ffe0000000', 0, 'expected an atomic operation in field imm of opcode 0xc3, found 0xe0'],
    ['1800000000000000', 0, 'a wide load lacks its second half'],
    ['18000000000000009500000000000000', 0, 'expected 0 in field opcode of the second half of a wide load, found 0x95'],
    ['18000000000000000001000000000000', 0, 'expected 0 in field dst of the second half of a wide load, found 1'],
    ['18700000000000000000000000000000', 0, 'expected 0 to 6 in field src of opcode 0x18, found 7'],
    ['8530000001000000', 0, 'expected 0, 1 or 2 in field src of opcode 0x85, found 3'],
  ])('refuses %s', (bytes, pc, message) => {
    const error = refusal(() => Program.decode(fromHex(bytes)));
    expect([error.code, error.pc, error.message]).toEqual(['encoding', pc, message]);
  });

  it('keeps the offset of an exit, which Linux leaves unchecked', () => {
    expect(toHex(Program.decode(fromHex('9500010000000000')).encode())).toBe('9500010000000000');
  });

  it('refuses to encode what fits no field', () => {
    expect(refusal(() => encode([{ kind: 'goto', off: 0x8000, long: false }])).message).toBe(
      'expected an offset of 16 bits, found 32768',
    );
    expect(refusal(() => encode([{ kind: 'call-helper', helper: 2 ** 31 }])).code).toBe('range');
  });
});

describe('the structure', () => {
  it.each([
    ['0500010000000000' + '9500000000000000', 0, 'expected a jump within 0 to 1, found one to 2'],
    ['1500feff00000000', 0, 'expected a jump within 0 to 0, found one to -1'],
    [
      '0500010000000000' + '18000000000000000000000000000000',
      0,
      'expected a jump to an instruction, found one into the wide load at 1',
    ],
    ['b70a000000000000', 0, 'the frame pointer r10 is read-only'],
    ['dbaa000001000000', 0, 'the frame pointer r10 is read-only'],
  ])('refuses %s', (bytes, pc, message) => {
    const error = refusal(() => checkStructure(decode(fromHex(bytes))));
    expect([error.code, error.pc, error.message]).toEqual(['encoding', pc, message]);
  });
});
