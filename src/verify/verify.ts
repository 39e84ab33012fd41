// The verifier: whether a program can do no harm, on no input.
//
// It follows Linux's: every path is walked over abstract values, and each instruction is checked in each state that can
// reach it. docs/verifier.md tells how, and where the two differ.

import { originPlace } from '../base/origin.js';
import type { Program } from '../ebpf/program.js';
import type { Environment } from '../env/environment.js';
import { Analysis } from './analysis.js';
import { stackDepth } from './depth.js';
import { explore } from './explore.js';
import { Refusal, VerifyError } from './refusal.js';

export interface VerifyOptions {
  /** How many instructions may be explored; default 1,000,000. */
  readonly limit?: number | undefined;
}

/** A program with the proof that it does no harm in its environment. Only `verify` makes one. */
export class VerifiedProgram {
  readonly program: Program;
  readonly environment: Environment;
  /** Whether some loop's end is not proved, so that an engine must count instructions. */
  readonly budgeted: boolean;
  /** How many instructions were explored, over all paths. */
  readonly processed: number;
  /** How many states were stored at the most. */
  readonly states: number;
  /** How many bytes of stack the deepest chain of calls takes. */
  readonly stack: number;
  readonly #facts: Uint8Array;

  private constructor(program: Program, environment: Environment, analysis: Analysis) {
    this.program = program;
    this.environment = environment;
    this.budgeted = false;
    this.processed = analysis.processed;
    this.states = analysis.peakStates;
    this.stack = stackDepth(analysis);
    this.#facts = analysis.facts();
  }

  /** What was proved of each instruction, a byte a slot (see `facts`); a copy. */
  get facts(): Uint8Array {
    return this.#facts.slice();
  }

  /** Whether a value was made by `verify`, and not merely looks like it. */
  static is(value: unknown): value is VerifiedProgram {
    return typeof value === 'object' && value !== null && #facts in value;
  }

  /** Use `verify`. */
  static prove(program: Program, environment: Environment, _: VerifyOptions): VerifiedProgram {
    const analysis = analysed(program, environment);
    return new VerifiedProgram(program, environment, analysis);
  }
}

/**
 * Proves that a program does no harm in an environment.
 * @throws VerifyError with the instruction, the reason and the path, when it can't be proved
 */
export function verify(program: Program, environment: Environment, options: VerifyOptions = {}): VerifiedProgram {
  return VerifiedProgram.prove(program, environment, options);
}

function analysed(program: Program, environment: Environment): Analysis {
  const analysis = new Analysis(program, environment);
  try {
    explore(analysis);
    return analysis;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const pc = analysis.current?.pc ?? 0;
    throw new VerifyError(error.message, pc, [], { place: originPlace(program.origin, pc) });
  }
}
