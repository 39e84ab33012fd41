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

it('the widths of registers are not mixed', () => {
  // @ts-expect-error: the second register has 32 bits
  asm.add(r0, w1);
  // @ts-expect-error: 32 bits of 32 are no extension
  asm.movsx(w1, 32, w2);
  // @ts-expect-error: a store has no sign
  asm.store(s16(r1), 5);
  // @ts-expect-error: nor do atomic operations work on halves
  asm.atomic('add', u16(r1), r2);
});
