// Random programs, safe or not: checked machine code does what the interpreter does, and so does trusting code of those
// that the verifier accepts, whether it uses what was proved of them or not; with all that the processor can do, and with what all of its kind can.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { Interpreter } from '../src/run/interpreter.js';
import { Native, type NativeOptions, nativeMissing } from '../src/run/native.js';
import { VerifyError } from '../src/verify/refusal.js';
import { verify } from '../src/verify/verify.js';
import { randomProgram } from './random-programs.js';

const runs = Number(process.env.UNIBPF_FUZZ_RUNS ?? 1000);
const seed = Number(process.env.UNIBPF_FUZZ_SEED ?? 1);
const budget = 500;
const inputs = [0, 8, 30, 64].map((length) => Uint8Array.from({ length }, (_, i) => (i * 37 + 8) & 0xff));

describe.skipIf(nativeMissing() !== undefined)('on random programs machine code does what the interpreter does', () => {
  it('over memory', () => {
    compare(environment('memory'), false);
  });

  it('over packets', () => {
    compare(environment('packet'), true);
  });
});

function compare(world: Environment, withPackets: boolean): void {
  fc.assert(
    fc.property(randomProgram(withPackets), (program) => agree(program, world)),
    { seed, numRuns: runs },
  );
}

function agree(program: Program, world: Environment): void {
  const oracle = new Interpreter(program, world, { budget });
  const machines = [{}, ...proofs(program, world)].flatMap((proof) =>
    [false, true].map((baseline) => new Native(program, world, { budget, ...proof, baseline })),
  );
  for (const input of inputs) {
    const expected = outcome(oracle, input);
    for (const machine of machines) {
      const found = outcome(machine, input);
      if (found !== expected) expect(found, `${program}`).toBe(expected);
    }
  }
  for (const machine of machines) machine.close();
}

/** Where the verifier accepts the program: what it proved, and the same without the facts, which change no result. */
function proofs(program: Program, world: Environment): NativeOptions[] {
  try {
    const { facts, context } = verify(program, world);
    const { addressLoads } = context;
    return [
      { checked: false, addressLoads, facts },
      { checked: false, addressLoads },
    ];
  } catch (error) {
    if (error instanceof VerifyError) return [];
    throw error;
  }
}

function outcome(engine: Interpreter | Native, input: Uint8Array): string {
  const data = input.slice();
  const { result, trap } = engine.run(data, data.length);
  return `${result} ${trap?.code} ${trap?.pc} ${toHex(data)}`;
}
