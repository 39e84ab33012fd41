// Laws of the verifier over seeded random programs: what it accepts never traps, and what it says of the result holds.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import type { Program } from '../src/ebpf/program.js';
import { memory } from '../src/env/memory.js';
import type { Outcome } from '../src/run/engine.js';
import { Interpreter } from '../src/run/interpreter.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';
import { generator, inputSize, randomMemoryProgram } from './verify-programs.js';

const environment = memory(inputSize);
const programs = 2000;
const inputsEach = 8;

function accepted(program: Program): VerifiedProgram | undefined {
  try {
    return verify(program, environment);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return undefined;
  }
}

function randomInput(draw: (n: number) => number): Uint8Array {
  const extreme = [0, 0xff, 0x7f, 0x80];
  return Uint8Array.from({ length: inputSize }, () => (draw(3) === 0 ? extreme[draw(4)]! : draw(256)));
}

/** What a run does that the proof excludes, in words. */
function violation(verified: VerifiedProgram, { result, trap }: Outcome): string | undefined {
  if (trap !== undefined) return `${trap.code} at ${trap.pc}`;
  const range = verified.result;
  if (range === undefined || (result >= range.min && result <= range.max)) return undefined;
  return `${result} is not from ${range.min} to ${range.max}`;
}

describe('random programs', () => {
  it('never trap once they are accepted, and stay within the result that was proved', () => {
    let acceptedCount = 0;
    for (let seed = 1; seed <= programs; seed++) {
      const program = randomMemoryProgram(seed);
      const verified = accepted(program);
      if (verified === undefined) continue;
      acceptedCount++;
      const engine = new Interpreter(program, environment);
      const draw = generator(seed);
      for (let run = 0; run < inputsEach; run++) {
        const outcome = engine.run(randomInput(draw), inputSize);
        expect(violation(verified, outcome), `seed ${seed}`).toBeUndefined();
      }
    }
    // The law says nothing of programs that are refused: there must be enough others.
    expect(acceptedCount).toBeGreaterThan(programs / 10);
  });
});
