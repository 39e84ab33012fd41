// The classic machine as an engine: a classic program run as it is, without translation.

import type { ClassicProgram } from '../classic/program.js';
import { type ClassicOutcome, defaultBudget, executeClassic, executeSeccomp } from '../classic/run.js';
import { batchByOne, type Executable } from './engine.js';

export interface ClassicEngineOptions {
  /** What the program is given: a packet, or the 64 bytes of a system call. */
  readonly environment?: 'packet' | 'seccomp';
  /** How many instructions a run of a program with a loop may execute; default 1,000,000. */
  readonly budget?: number;
}

/** Makes a classic program ready to run on the classic machine. Nothing is checked beforehand: a fault is a trap. */
export function classicEngine(program: ClassicProgram, options: ClassicEngineOptions = {}): Executable {
  const { environment = 'packet', budget = defaultBudget } = options;
  const execute = (data: Uint8Array, length: number): ClassicOutcome =>
    environment === 'packet'
      ? executeClassic(program, { data, length }, budget)
      : executeSeccomp(program, data, budget);
  const verdict = (data: Uint8Array, length: number) => execute(data, length).result;
  return {
    engine: 'classic',
    run: (data, length) => {
      const { result, trap } = execute(data, length);
      return { result: BigInt(result), ...(trap && { trap }) };
    },
    verdict,
    runBatch: (packets, verdicts) => batchByOne(verdict, packets, verdicts, 0),
    close: () => {},
  };
}
