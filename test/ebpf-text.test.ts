import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import type { Insn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { anyInsn, anyInsns } from './ebpf-insns.js';

describe.each(['linux', 'mnemonic'] as const)('the %s notation', (notation) => {
  it('is read as it was printed', () => {
    fc.assert(
      fc.property(anyInsns, (insns) => {
        const text = new Program(insns).toString(notation);
        expect(Program.parse(text).insns, text).toEqual(insns);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('one program in both notations', () => {
  it.each([
    ['r0 = 5', 'mov %r0, 5'],
    ['w3 s>>= 31', 'arsh32 %r3, 31'],
    ['r1 = -r1', 'neg %r1'],
    ['r2 = (s8)r9', 'movsx864 %r2, %r9'],
    ['r0 = bswap32 r0', 'swap32 %r0'],
    ['r1 = 0x1122334455667788 ll', 'lddw %r1, 0x1122334455667788'],
    ['r1 = map[idx:2][0]+8', 'lddw %r1, map[idx:2][0]+8'],
    ['r0 = *(s16 *)(r1 +4)', 'ldxsh %r0, [%r1+4]'],
    ['*(u8 *)(r10 -1) = 255', 'stb [%r10-1], 255'],
    ['lock *(u64 *)(r10 -8) ^= r1', 'lock xor [%r10-8], %r1'],
    ['r1 = atomic_fetch_or((u32 *)(r2 +0), r1)', 'lock fetch or32 [%r2+0], %r1'],
    ['r0 = atomic64_cmpxchg((u64 *)(r2 +0), r0, r3)', 'lock cmpxchg [%r2+0], %r3'],
    ['r0 = load_acquire((u16 *)(r1 +2))', 'load_acquireh %r0, [%r1+2]'],
    ['store_release((u64 *)(r1 +0), r2)', 'store_releasedw [%r1+0], %r2'],
    ['r0 = *(u32 *)skb[r7 + -4]', 'ldindw %r7, -4'],
    ['if w1 s> 0xffffffff goto pc-3', 'jsgt32 %r1, -1, -3'],
    ['gotol pc+70000', 'ja32 +70000'],
    ['may_goto pc+1', 'may_goto +1'],
    ['call pc+6', 'call pc+6'],
    ['callx r2', 'call helper %r2'],
  ])('%s is %s', (linux, mnemonic) => {
    const program = Program.parse(linux);
    expect(program.insns).toEqual(Program.parse(mnemonic).insns);
    expect(program.toString('linux')).toBe(linux);
    expect(program.toString('mnemonic')).toBe(mnemonic);
  });
});

describe('what others write', () => {
  const equal = (text: string, printed: string) => expect(Program.parse(text).toString()).toBe(printed);

  it.each([
    ['w0 = *(u8 *)(r1 + 4)', 'r0 = *(u8 *)(r1 +4)'],
    ['*(u32 *)(r10 - 4) = w1', '*(u32 *)(r10 -4) = r1'],
    ['w1 = xchg32_32(r2 + 0, w1)', 'r1 = atomic_xchg((u32 *)(r2 +0), r1)'],
    ['r0 = cmpxchg_64(r2 + 8, r0, r1)', 'r0 = atomic64_cmpxchg((u64 *)(r2 +8), r0, r1)'],
    ['if r1 == r2 goto +3', 'if r1 == r2 goto pc+3'],
    ['ldxw r0, [r1]', 'r0 = *(u32 *)(r1 +0)'],
    ['bswap16 %r1', 'r1 = bswap16 r1'],
    ['call map_lookup_elem#1', 'call 1'],
    ['call helper 0x10000', 'call 65536'],
  ])('%s is read as %s', equal);

  it('may be a listing with the numbers of slots and opcodes', () => {
    equal('0: (18) r1 = 0x5 ll\n2: (0f) r0 += r1\n3: (95) exit', 'r1 = 0x5 ll\nr0 += r1\nexit');
  });

  it('may have comments, labels, several instructions a line, and both notations', () => {
    equal(
      'start: w0 = 0; w0 += 1 # counts\n\n// one more\n  jlt %r0, 5, start\n  goto done\n  done: done_too: exit',
      'w0 = 0\nw0 += 1\nif r0 < 0x5 goto pc-3\ngoto pc+0\nexit',
    );
  });

  it('may jump to the first exit without naming it', () => {
    equal('ja exit\nmov %r0, 1\nexit\nexit', 'goto pc+1\nr0 = 1\nexit\nexit');
  });
});

it('a program keeps the place of each instruction', () => {
  const text = 'r1 = 5 ll\n  exit # done';
  const { origin } = Program.parse(text);
  expect(origin?.spans.map((span) => text.slice(span!.start, span!.end))).toEqual(['r1 = 5 ll', 'r1 = 5 ll', 'exit']);
});

describe('a mistake is refused with its place:', () => {
  it.each([
    ['', 'syntax', '', 'expected an instruction'],
    ['r0 = 5 @', 'syntax', '@', "unexpected character '@'"],
    ['r11 = 5', 'syntax', 'r11', "unknown instruction 'r11'"],
    ['adq %r0, 5', 'syntax', 'adq', "unknown instruction 'adq'; did you mean 'add'?"],
    ['r0 =', 'syntax', '=', 'expected a number, found the end of the instruction'],
    ['r0 ?= 5', 'syntax', '?', "unexpected character '?'"],
    ['r0 = w1', 'syntax', 'w1', 'expected r1, a register of 64 bits'],
    ['w0 = *(u64 *)(r1 +0)', 'syntax', 'w0', 'expected r0, which has 64 bits'],
    ['r0 = -r1', 'syntax', 'r1', 'expected r0 again'],
    ['w0 = (s32)w1', 'syntax', 's32', 'expected a signed type of less than 32 bits'],
    ['r0 += 4294967296', 'range', '4294967296', 'expected a number from -2147483648 to 4294967295'],
    ['r0 = *(u8 *)(r1 +32768)', 'range', '32768', 'expected an offset from -32768 to 32767'],
    ['goto nowhere', 'name', 'nowhere', "unknown label 'nowhere'"],
    ['lup: exit\ngoto lop', 'name', 'lop', "unknown label 'lop'; did you mean 'lup'?"],
    ['a: exit\na: exit', 'name', 'a', "the label 'a' is set twice"],
    ['goto pc+40000', 'range', '40000', 'expected a jump over -32768 to 32767 slots, found 40000'],
    ['3: exit', 'syntax', '3', 'expected 0, the number of this slot'],
    ['exit exit', 'syntax', 'exit', "expected the end of the instruction, found 'exit'"],
    ['r1 = *(u16 *)skb[12]', 'syntax', 'r1', 'expected r0, which is where packet loads go'],
    ['lock *(u8 *)(r1 +0) += r2', 'syntax', '(', 'expected an atomic operation on u32 or u64'],
    ['ldxw %r0, %r1', 'syntax', '%r1', "expected '[', found '%r1'"],
    ['r0 = *(s16 *)skb[12]', 'syntax', 'r0', 'expected a packet load of u8, u16 or u32'],
    ['*(u64 *)(r1 +0) = w2', 'syntax', 'w2', 'expected r2, which has 64 bits'],
    ['r1 = load_acquire((s32 *)(r2 +0))', 'syntax', '(', 'expected an unsigned type'],
    ['r1 = cmpxchg_64(r2 + 0, r0, r3)', 'syntax', 'r1', 'expected r0 for the old value'],
    ['r0 = cmpxchg_64(r2 + 0, r1, r3)', 'syntax', 'r0', 'expected r0 for the old value'],
    ['r2 = atomic64_fetch_add((u64 *)(r1 +0), r3)', 'syntax', 'r2', 'expected r3, which gets the old value'],
    ['r3 = atomic64_fetch_add((u32 *)(r1 +0), r3)', 'syntax', '(', 'expected a pointer to u64'],
    ['addr_space_cast %r1, %r2, 3', 'syntax', '3', 'expected 0x1 or 0x10000'],
    ['goto pc+', 'syntax', '+', 'expected an offset, found the end of the instruction'],
    ['r1 = map[name:0]', 'syntax', 'name', "expected 'fd' or 'idx', found 'name'"],
  ])('%s', (text, code, at, message) => {
    const error = refusal(text);
    const { place } = error;
    expect([error.code, error.message, text.slice(place!.start, place!.end)]).toEqual([code, message, at]);
  });

  function refusal(text: string): BpfError {
    try {
      Program.parse(text);
    } catch (error) {
      expect(error).toBeInstanceOf(BpfError);
      return error as BpfError;
    }
    return expect.fail('expected a refusal');
  }
});

it('text of any kind is read or refused with its place', () => {
  const line = anyInsn.map((insn: Insn) => new Program([insn]).toString());
  const spoilt = fc
    .tuple(line, fc.nat(40), fc.constantFrom('', ' ', 'r', '5', '(', '=', '%', '\n', ':', '-', 'goto'))
    .map(([text, at, what]) => text.slice(0, at) + what + text.slice(at + 1));
  fc.assert(
    fc.property(fc.oneof(spoilt, fc.string()), (text) => {
      try {
        Program.parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(BpfError);
        const { place } = error as BpfError;
        expect(place!.start).toBeLessThanOrEqual(place!.end);
        expect(place!.end).toBeLessThanOrEqual(text.length);
      }
    }),
    { seed: 1, numRuns: 10000 },
  );
});
