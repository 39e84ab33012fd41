// What a verified program loads from a packet's context: where machine code has it at hand, it needs no context, and many
// packets run in one loop. The results are those of the interpreter, one by one and in a batch.

import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { load } from '../src/run/load.js';
import { verify } from '../src/verify/verify.js';

const reach = (data: number, end: number) =>
  `r2 = *(u32 *)(r6 +${data}); r3 = *(u32 *)(r6 +${end}); r4 = r2; r4 += 9; r0 = 3; if r4 > r3 goto +1; r0 = *(u8 *)(r2 +8)`;

const programs: readonly (readonly [title: string, world: string, text: string])[] = [
  ['the addresses of xdp', 'xdp', `r6 = r1; ${reach(0, 4)}; exit`],
  ['the addresses of sched_cls', 'sched_cls', `r6 = r1; ${reach(76, 80)}; exit`],
  [
    'the bytes before the packet',
    'sched_cls',
    'r0 = *(u32 *)(r1 +76); r2 = *(u32 *)(r1 +140); r0 -= r2; r0 += 1; exit',
  ],
  ['the length on the wire', 'packet', 'r0 = *(u32 *)(r1 +0); r0 -= 40; exit'],
  ['the length in all parts', 'sched_cls', 'r0 = *(u8 *)(r1 +0); r2 = *(u16 *)(r1 +0); r0 += r2; exit'],
  ['the length and packet loads', 'packet', 'r6 = r1; r7 = *(u32 *)(r1 +0); r0 = *(u8 *)skb[7]; r0 += r7; exit'],
  ['what is not known', 'sched_cls', 'r0 = *(u32 *)(r1 +4); r2 = *(u32 *)(r1 +40); r0 += r2; r0 += 2; exit'],
  ['the protocol', 'sched_cls', 'r0 = *(u32 *)(r1 +16); exit'],
  [
    'what it has written',
    'sched_cls',
    '*(u32 *)(r1 +8) = 7; r0 = *(u32 *)(r1 +8); r2 = *(u32 *)(r1 +0); r0 += r2; exit',
  ],
  ['in a function', 'sched_cls', `call f; exit; f: r6 = r1; ${reach(76, 80)}; r2 = *(u32 *)(r6 +0); r0 += r2; exit`],
  [
    'with every register in use',
    'sched_cls',
    `r6 = r1; ${reach(76, 80)}; r7 = *(u32 *)(r6 +0); r8 = r0; r9 = r7; *(u64 *)(r10 -8) = r8; r1 = 1; r2 = 2; r3 = 3
     r4 = 4; r5 = *(u32 *)(r6 +0); r0 = *(u64 *)(r10 -8); r0 += r1; r0 += r2; r0 += r3; r0 += r4; r0 += r5; r0 += r7
     r0 += r8; r0 += r9; exit`,
  ],
];

describe.each(programs)('%s', (_, name, text) => {
  const verified = verify(Program.parse(text), environment(name));
  const [fast, hardened, plain] = [
    load(verified),
    load(verified, { hardened: true }),
    load(verified, { engine: 'interpreter' }),
  ] as const;

  it.each([1, 16, 17, 100])('is the same on each of %i packets, alone and in a batch', (count) => {
    const data = Uint8Array.from({ length: 20 * count + 40 }, (_, i) => (i * 7 + (i >> 4)) % 23);
    const offsets = Uint32Array.from({ length: count }, (_, i) => 20 * i);
    const captured = Uint32Array.from({ length: count }, (_, i) => i % 21);
    const lengths = captured.map((bytes, i) => bytes + (i % 3) * 300);
    const expected = offsets.map((start, i) => plain.run(data.slice(start, start + captured[i]!), lengths[i]));
    for (const filter of [fast, hardened, plain]) {
      const alone = offsets.map((start, i) => filter.run(data.slice(start, start + captured[i]!), lengths[i]));
      expect(alone).toEqual(expected);
      const verdicts = new Uint32Array(count);
      const matches = filter.runBatch(data.slice(), offsets, captured, verdicts, lengths);
      expect(verdicts).toEqual(expected);
      expect(matches).toBe(expected.filter((verdict) => verdict !== 0).length);
    }
  });
});
