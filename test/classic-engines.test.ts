// One law for all engines: what the classic machine answers. A short campaign here; `node scripts/fuzz.mjs classic` makes long ones.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { fromHex } from '../src/base/hex.js';
import type { ClassicProgram } from '../src/classic/program.js';
import { executeClassic } from '../src/classic/run.js';
import { packet } from '../src/env/packet.js';
import type { Filter } from '../src/run/filter.js';
import { kernelMissing } from '../src/run/kernel.js';
import { load } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { translate } from '../src/translate/translate.js';
import { verify } from '../src/verify/verify.js';
import { checkedProgram, loopingProgram } from './classic-insns.js';
import { engines } from './engines.js';

const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const numRuns = Number(process.env.UNIBPF_FUZZ_RUNS ?? 300);

/** IPv4 with TCP, IPv6 with UDP, netlink attributes as they would lie in a frame. */
const frames = [
  `02000000000102000000000208004500002800004000400600000102030405060708c3500050${'00'.repeat(8)}5002${'00'.repeat(6)}`,
  `02000000000102000000000286dd60000000000a1140${'fe80'.repeat(16)}003500350010000000`,
  '0c00028008000300010203040700010000',
].map(fromHex);

const data = fc.oneof(
  fc.tuple(fc.constantFrom(...frames), fc.nat(70)).map(([frame, end]) => frame.subarray(0, end)),
  fc.uint8Array({ maxLength: 80 }),
);

/** The engine with each program: it answers a packet, or doesn't and says why. */
function law(load: (program: ClassicProgram) => Filter | undefined, programs = checkedProgram): void {
  fc.assert(
    fc.property(programs, fc.array(data, { minLength: 3, maxLength: 6 }), (program, packets) => {
      using filter = load(program);
      for (const bytes of filter === undefined ? [] : packets) {
        const answer = answered(filter as Filter, bytes);
        const { result, trap } = executeClassic(program, { data: bytes }, 10_000);
        if (answer !== undefined && trap === undefined) expect(answer, program.toString()).toBe(result);
      }
    }),
    { seed, numRuns },
  );
}

/** undefined: Linux tests no such packet. */
function answered(filter: Filter, bytes: Uint8Array): number | undefined {
  try {
    return filter.run(bytes);
  } catch (error) {
    if (error instanceof BpfError && error.code === 'unsupported') return undefined;
    throw error;
  }
}

describe('the verdict of the classic machine is that of', () => {
  it.each(engines.map((engine) => [engine.name, engine] as const))('%s', (_, { missing, load }) => {
    if (missing !== undefined) return expect(missing).toBeTypeOf('string');
    law((program) => load(translate(program), packet));
  });

  it('every translated program with the proof of its safety, since the verifier accepts each', () => {
    law((program) => load(verify(translate(program), packet), { engine: 'interpreter' }));
  });

  it('machine code of programs that loop, proved but for their end', () => {
    if (nativeMissing() !== undefined) return expect(nativeMissing()).toBeTypeOf('string');
    law((program) => load(verify(translate(program), packet), { engine: 'jit', budget: 100_000 }), loopingProgram);
  });

  it.skipIf(kernelMissing())(`the running kernel (${kernelMissing() ?? 'it is asked'})`, () => {
    law((program) => kernelFilter(program));
  });
});

/** undefined: the program asks what Linux can't say. */
function kernelFilter(program: ClassicProgram): Filter | undefined {
  try {
    return load(verify(translate(program), packet), { engine: 'kernel' });
  } catch (error) {
    if (error instanceof BpfError && error.code === 'unsupported') return undefined;
    throw error;
  }
}
