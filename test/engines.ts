// The engines that run internal programs here, each behind one function, so that every suite runs on all of them.

import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import type { Filter } from '../src/run/filter.js';
import { type LoadOptions, load, loadUnchecked } from '../src/run/load.js';
import { nativeMissing } from '../src/run/native.js';
import { verify } from '../src/verify/verify.js';

export interface Engine {
  readonly name: string;
  /** Why it can't be used here, in words; undefined where it can. */
  readonly missing: string | undefined;
  /** A program made ready to run; undefined where the engine takes only what the verifier accepts, and it doesn't. */
  load(program: Program, environment: Environment, options?: LoadOptions): Filter | undefined;
}

const missing = nativeMissing();

export const engines: readonly Engine[] = [
  {
    name: 'the interpreter',
    missing: undefined,
    load: (program, environment, options) => loadUnchecked(program, environment, { ...options, engine: 'interpreter' }),
  },
  {
    name: 'checked machine code',
    missing,
    load: (program, environment, options) => loadUnchecked(program, environment, { ...options, engine: 'jit' }),
  },
  {
    name: 'machine code of verified programs',
    missing,
    load: (program, environment, options) => loadVerified(program, environment, { ...options, engine: 'jit' }),
  },
];

function loadVerified(program: Program, environment: Environment, options: LoadOptions): Filter | undefined {
  try {
    return load(verify(program, environment), options);
  } catch (error) {
    if (error instanceof Error && error.name === 'VerifyError') return undefined;
    throw error;
  }
}
