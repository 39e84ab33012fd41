import { expect, it } from 'vitest';
import * as asm from '../src/ebpf/build.js';
import type { MapSpec } from '../src/ebpf/map.js';

const { r0, r1, r2, r6, r10, w1, w2, u8, u16, u32, u64, s16 } = asm;

it('a program is built as its text says', () => {
  const program = asm.build([
    asm.mov(r0, 0),
    asm.load(r2, u32(r1, 4)),
    asm.label('again'),
    asm.add(r0, r2),
    asm.sub(w2, 1),
    asm.jumpIf(w2, '!=', 0, 'again'),
    asm.wide(r1, 0x1_0000_0000n),
    asm.call('double'),
    asm.goto('done', { long: true }),
    asm.fn('double', [asm.mov(r0, r1), asm.add(r0, r1), asm.exit()]),
    asm.label('done'),
    asm.exit(),
  ]);
  expect(program.toString().split('\n')).toEqual([
    'r0 = 0',
    'r2 = *(u32 *)(r1 +4)',
    'r0 += r2',
    'w2 -= 1',
    'if w2 != 0x0 goto pc-3',
    'r1 = 0x100000000 ll',
    'call pc+1',
    'gotol pc+3',
    'r0 = r1',
    'r0 += r1',
    'exit',
    'exit',
  ]);
});

it.each([
  [asm.neg(w1), 'w1 = -w1'],
  [asm.movsx(w1, 8, w2), 'w1 = (s8)w2'],
  [asm.movsx(r1, 32, r2), 'r1 = (s32)r2'],
  [asm.swap(r1, 'be', 16), 'r1 = be16 r1'],
  [asm.arsh(r1, r2), 'r1 s>>= r2'],
  [asm.load(r0, s16(r1)), 'r0 = *(s16 *)(r1 +0)'],
  [asm.store(u8(r10, -1), 5), '*(u8 *)(r10 -1) = 5'],
  [asm.store(u64(r10, -8), r1), '*(u64 *)(r10 -8) = r1'],
  [asm.atomic('add', u64(r1), r2), 'lock *(u64 *)(r1 +0) += r2'],
  [asm.atomic('or', u32(r1), r2, { fetch: true }), 'r2 = atomic_fetch_or((u32 *)(r1 +0), r2)'],
  [asm.atomic('cmpxchg', u64(r1), r2), 'r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)'],
  [asm.loadAcquire(r0, u16(r1, 2)), 'r0 = load_acquire((u16 *)(r1 +2))'],
  [asm.storeRelease(u16(r1, 2), r0), 'store_release((u16 *)(r1 +2), r0)'],
  [asm.packet(2, 12), 'r0 = *(u16 *)skb[12]'],
  [asm.packet(1, 0, r6), 'r0 = *(u8 *)skb[r6 + 0]'],
  [[asm.label('here'), asm.mayGoto('here')], 'may_goto pc-1'],
  [[asm.label('here'), asm.jumpIf(r1, 's<', r2, 'here')], 'if r1 s< r2 goto pc-1'],
  [asm.call(5), 'call 5'],
])('%o is printed as %s', (item, text) => {
  expect(asm.build([item]).toString()).toBe(text);
});

it('the maps of a program are those that it names, once each', () => {
  const one: MapSpec = { name: 'one', type: 'array', keySize: 4, valueSize: 8, maxEntries: 1 };
  const two: MapSpec = { ...one, name: 'two' };
  const program = asm.build([asm.map(r1, one), asm.mapValue(r2, two, 8), asm.map(r1, one)]);
  expect(program.maps).toEqual([one, two]);
  expect(program.toString()).toBe('r1 = map[idx:0]\nr2 = map[idx:1][0]+8\nr1 = map[idx:0]');
});

it('a label that there is not, or twice, is refused', () => {
  expect(() => asm.build([asm.label('done'), asm.goto('don')])).toThrow("unknown label 'don'; did you mean 'done'?");
  expect(() => asm.build([asm.label('a'), asm.label('a')])).toThrow("the label 'a' is set twice");
});

it('the widths of registers are not mixed, whether a compiler looks or not', () => {
  // @ts-expect-error: the second register has 32 bits
  expect(() => asm.add(r0, w1)).toThrow('expected src of add as a register, r0 to r10, got w1');
  // @ts-expect-error: 32 bits of 32 are no extension
  expect(() => asm.movsx(w1, 32, w2)).toThrow('expected bits of movsx as one of 8, 16, got 32');
  // @ts-expect-error: a store has no sign
  expect(() => asm.store(s16(r1), 5)).toThrow('expected place of store as one of u8, u16, u32, u64, got s16');
  // @ts-expect-error: nor do atomic operations work on halves
  expect(() => asm.atomic('add', u16(r1), r2)).toThrow('expected place of atomic as one of u32, u64, got u16');
});

/** What JavaScript can ask for. */
const made = asm as unknown as Record<string, (...given: readonly unknown[]) => asm.Item>;

it.each<readonly [string, readonly unknown[], string]>([
  ['mov', [], 'expected dst of mov as a register, r0 to r10 or w0 to w9, got undefined'],
  ['mov', [r1], 'expected src of mov as a register or a number, got undefined'],
  ['mov', ['r1', 5], "expected dst of mov as a register, r0 to r10 or w0 to w9, got 'r1'"],
  ['mov', [1, 5], 'expected dst of mov as a register, r0 to r10 or w0 to w9, got 1'],
  ['mov', [{ register: 11, width: 64 }, 5], 'expected dst of mov as a register, r0 to r10 or w0 to w9, got Object'],
  ['mov', [{ register: 10, width: 32 }, 5], 'expected dst of mov as a register, r0 to r10 or w0 to w9, got Object'],
  ['add', [r1, null], 'expected src of add as a register or a number, got null'],
  ['add', [r1, 1.5], 'expected src of add as a whole number, got 1.5'],
  ['add', [r1, Number.NaN], 'expected src of add as a whole number, got NaN'],
  ['add', [w1, r1], 'expected src of add as a register, w0 to w9, got r1'],
  ['add', [r1, 0x8000_0000], 'expected src of add from -2147483648 to 2147483647, got 2147483648'],
  ['neg', [5], 'expected dst of neg as a register, r0 to r10 or w0 to w9, got 5'],
  ['movsx', [r1, 64, r2], 'expected bits of movsx as one of 8, 16, 32, got 64'],
  ['movsx', [r1, 8, w2], 'expected src of movsx as a register, r0 to r10, got w2'],
  ['swap', [w1, 'be', 16], 'expected dst of swap as a register, r0 to r10, got w1'],
  ['swap', [r1, 'big', 16], "expected order of swap as one of 'le', 'be', 'bswap', got 'big'"],
  ['swap', [r1, 'be', 8], 'expected bits of swap as one of 16, 32, 64, got 8'],
  ['wide', [r1, 5], 'expected value of wide as a bigint, got number'],
  ['wide', [r1, 1n << 64n], 'expected value of wide as 64 bits, got 18446744073709551616'],
  ['map', [r1], 'expected spec of map as an object, got undefined'],
  ['mapValue', [r1, {}, -1], 'expected offset of mapValue from 0 to 4294967295, got -1'],
  ['u8', [w1], 'expected base of u8 as a register, r0 to r10, got w1'],
  ['s32', [r1, 40000], 'expected off of s32 from -32768 to 32767, got 40000'],
  ['load', [r1], 'expected place of load as a place such as u32(r1, 4), got undefined'],
  ['load', [r1, r2], 'expected place of load as a place such as u32(r1, 4), got r2'],
  ['load', [w1, u32(r1)], 'expected dst of load as a register, r0 to r10, got w1'],
  ['store', [u32(r1)], 'expected src of store as a register or a number, got undefined'],
  ['loadAcquire', [r1, s16(r1)], 'expected place of loadAcquire as one of u8, u16, u32, u64, got s16'],
  ['storeRelease', [u8(r1), 5], 'expected src of storeRelease as a register, r0 to r10 or w0 to w9, got 5'],
  [
    'atomic',
    ['sub', u64(r1), r2],
    "expected op of atomic as one of 'add', 'or', 'and', 'xor', 'xchg', 'cmpxchg', got 'sub'",
  ],
  ['atomic', ['add', u64(r1), 1], 'expected src of atomic as a register, r0 to r10 or w0 to w9, got 1'],
  ['atomic', ['xchg', u64(r1), r2, { fetch: false }], 'expected fetch of atomic: xchg always does'],
  ['packet', [8, 0], 'expected size of packet as one of 1, 2, 4, got 8'],
  ['packet', [4], 'expected offset of packet as a whole number, got undefined'],
  ['packet', [4, 0, w1], 'expected src of packet as a register, r0 to r10, got w1'],
  ['jumpIf', [r1, '=', 5, 'out'], expect.stringMatching(/^expected comparison of jumpIf as one of '==', .*, got '='/)],
  ['jumpIf', [r1, '==', w2, 'out'], 'expected src of jumpIf as a register, r0 to r10, got w2'],
  ['jumpIf', [r1, '==', 5], 'expected label of jumpIf as text, got undefined'],
  ['goto', [3], 'expected label of goto as text, got number'],
  ['mayGoto', [], 'expected label of mayGoto as text, got undefined'],
  ['call', [], 'expected callee of call, where it is no name, as a whole number, got undefined'],
  ['label', [1], 'expected name of label as text, got number'],
  ['fn', ['f'], 'expected body of fn as an array, got undefined'],
])('%s names the argument that is wrong, case %#', (name, given, message) => {
  expect(() => made[name]!(...given)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(usage|range)$/), message }),
  );
});
