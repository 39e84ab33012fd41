// Programs whose context is the input itself: machine code trusts their proof, and each input has what it relies on.

import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import type { Filter } from '../src/run/filter.js';
import { load } from '../src/run/load.js';
import { listNative, nativeMissing } from '../src/run/native.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';

/** A record with fields at its start, whose bytes packet loads read as well. */
const record: Environment = {
  ...environment('tracepoint'),
  name: 'record',
  context: 'input',
  fields: [{ name: 'all', offset: 0, size: 1024, read: [1, 2, 4, 8], write: [], yields: 'scalar' }],
  packetLoads: true,
};

const worlds: readonly { title: string; world: Environment; text: string; least: number }[] = [
  { title: 'seccomp', world: environment('seccomp'), text: 'r0 = *(u32 *)(r1 +16); w0 &= 3; exit', least: 20 },
  { title: 'kprobe', world: environment('kprobe'), text: 'r0 = *(u64 *)(r1 +8); r0 &= 3; exit', least: 16 },
  { title: 'a function', world: record, text: 'call pc+1; exit; r0 = *(u8 *)(r1 +9); r0 &= 1; exit', least: 10 },
  { title: 'nothing', world: record, text: 'r0 = 1; exit', least: 0 },
  {
    title: 'both ways of loading',
    world: record,
    text: 'r6 = r1; r7 = *(u8 *)(r1 +4); r0 = *(u16 *)skb[r7 +20]; r0 += r7; r1 = *(u32 *)(r6 +0); r0 += r1; exit',
    least: 5,
  },
  {
    title: 'every register',
    world: record,
    text: `r6 = r1; r0 = *(u8 *)(r1 +4); r7 = r0; r8 = r0; r9 = r0; r2 = r0; r3 = r0; r4 = r0; r5 = r0;
      *(u64 *)(r10 -8) = r0; r7 += r8; r7 += r9; r7 += r2; r7 += r3; r7 += r4; r7 += r5; r0 = *(u8 *)skb[8]; r0 += r7;
      r1 = *(u64 *)(r10 -8); r0 += r1; exit`,
    least: 5,
  },
];

/** Inputs of 32 to 59 bytes in one buffer, each length twice. */
function inputs(count: number) {
  const data = Uint8Array.from({ length: 40 * count + 60 }, (_, i) => (i * 37 + (i >> 5)) % 29);
  const offsets = Uint32Array.from({ length: count }, (_, i) => 40 * i);
  const captured = Uint32Array.from({ length: count }, (_, i) => 32 + ((i >> 1) % 28));
  return { data, offsets, captured };
}

function loaded(verified: VerifiedProgram): Filter[] {
  return (['auto', 'interpreter'] as const).map((engine) => load(verified, { engine, optimize: true }));
}

describe.each(worlds)('where the context is the input: $title', ({ world, text, least }) => {
  const verified = verify(Program.parse(text), world);
  const filters = loaded(verified);

  it('a proof says how many bytes it relies on', () => {
    expect(verified.context.bytes).toBe(least);
  });

  it.each([1, 15, 16, 17, 100])(
    'a batch of %i gives each input the verdict that it gets alone, on each engine',
    (count) => {
      const { data, offsets, captured } = inputs(count);
      const alone = filters.map((filter) => {
        return offsets.map((start, i) => filter.run(data.subarray(start, start + captured[i]!)));
      });
      expect(alone[0]).toEqual(alone[1]);
      for (const filter of filters) {
        const verdicts = new Uint32Array(count);
        const matches = filter.runBatch(data, offsets, captured, verdicts);
        expect(verdicts).toEqual(alone[0]);
        expect(matches).toBe(verdicts.filter((verdict) => verdict !== 0).length);
      }
    },
  );
});

describe.skipIf(nativeMissing() !== undefined)('machine code over the input itself', () => {
  it.each(['x64', 'arm64'] as const)('loads a field in one instruction, in a loop over the inputs: %s', (processor) => {
    const program = Program.parse('r0 = *(u32 *)(r1 +16); exit');
    const lines = listNative(program, environment('seccomp'), { checked: false, processor }).split('\n');
    const loads = lines.filter((_, i) => lines[i - 1]?.startsWith('; 0:'));
    expect(new Set(loads)).toEqual(new Set([processor === 'x64' ? 'mov eax, dword ptr [rdi+16]' : 'ldr w7, [x0, 16]']));
    expect(loads).toHaveLength(2); // the entry for one input, and the one for many
  });
});

describe.each(worlds.filter(({ least }) => least > 0))(
  'an input that is too short: $title',
  ({ world, text, least }) => {
    const filters = loaded(verify(Program.parse(text), world));

    it('is refused by each engine, alone and in a batch', () => {
      const { data, offsets, captured } = inputs(3);
      captured[1] = least - 1;
      for (const filter of filters) {
        expect(() => filter.run(data.subarray(0, least - 1))).toThrow(
          `expected an input of at least ${least} bytes, got ${least - 1}`,
        );
        expect(() => filter.runBatch(data, offsets, captured, new Uint32Array(3))).toThrow(
          `expected at least ${least} bytes in packet 1, got ${least - 1}`,
        );
      }
    });
  },
);

describe('a context of the kernel that holds addresses', () => {
  it('has none of ours in it: what is loaded through one is a trap on each engine', () => {
    const verified = verify(Program.parse('r1 = *(u64 *)(r1 +32); r0 = *(u32 *)(r1 +4); r0 = 1; exit'), {
      ...record,
      fields: [{ name: 'sk', offset: 32, size: 8, read: [8], write: [], yields: 'socket' }],
    });
    expect(verified.context).toEqual({ bytes: 40, loads: [0] });
    for (const engine of ['auto', 'interpreter'] as const) {
      expect(load(verified, { engine }).execute(new Uint8Array(40))).toEqual({
        result: 0n,
        trap: { code: 'out-of-bounds', pc: 1 },
      });
    }
  });
});
