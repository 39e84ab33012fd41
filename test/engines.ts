// The engines that run internal programs here, each behind one function, so that every suite runs on all of them.

import { BpfError } from '../src/base/error.js';
import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { Filter } from '../src/run/filter.js';
import { Interpreter } from '../src/run/interpreter.js';
import { kernelEngine, kernelMissing } from '../src/run/kernel.js';
import { defaultBudget, type LoadOptions, load, loadUnchecked } from '../src/run/load.js';
import { Native, nativeMissing } from '../src/run/native.js';
import { verify } from '../src/verify/verify.js';

export interface Engine {
  readonly name: string;
  /** Why it can't be used here, in words; undefined where it can. */
  readonly missing: string | undefined;
  /** How much of a result it gives, where not all. */
  readonly bits?: 32;
  /** A program made ready to run; undefined where the engine takes only what its verifier accepts, and it doesn't. */
  load(program: Program, environment: Environment, options?: LoadOptions): Filter | undefined;
}

const missing = nativeMissing();

/** The two that have maps, by their classes: as far as they can be used here. */
export const engineClasses = (
  [
    ['the interpreter', Interpreter],
    ['machine code', Native],
  ] as const
).filter(([, engine]) => engine !== Native || missing === undefined);

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
    name: 'checked machine code for any processor of the kind',
    missing,
    load: (program, environment, options) =>
      new Filter(
        new Native(program, environment, { budget: defaultBudget, ...options, baseline: true }),
        environment.result.bits,
      ),
  },
  {
    name: 'machine code of verified programs',
    missing,
    load: (program, environment, options) =>
      loadVerified(program, environment, { ...options, engine: 'jit', optimize: true }),
  },
  {
    name: 'machine code of verified programs as they are',
    missing,
    load: (program, environment, options) =>
      loadVerified(program, environment, { ...options, engine: 'jit', optimize: false }),
  },
  {
    name: 'hardened machine code of verified programs',
    missing,
    load: (program, environment, options) =>
      loadVerified(program, environment, { ...options, engine: 'jit', hardened: true }),
  },
];

/** The running Linux kernel: what it is asked must be about packets, or about nothing but the program itself. */
export const kernel: Engine = {
  name: 'the kernel',
  missing: kernelMissing(),
  bits: 32,
  load: (program, world) => {
    if (world.name !== 'memory') return loadKernel(program, world);
    return world.dataSize === 0 ? loadKernel(program, environment('packet')) : undefined;
  },
};

function loadKernel(program: Program, world: Environment): Filter | undefined {
  try {
    return new Filter(kernelEngine(program, world), 32);
  } catch (error) {
    if (error instanceof BpfError && (error.code === 'verify' || error.code === 'unsupported')) return undefined;
    throw error;
  }
}

function loadVerified(program: Program, environment: Environment, options: LoadOptions): Filter | undefined {
  try {
    return load(verify(program, environment), options);
  } catch (error) {
    if (error instanceof Error && error.name === 'VerifyError') return undefined;
    throw error;
  }
}
