// From the program of a request to a filter on the engine that was asked for.

import { BpfError } from '../../base/error.js';
import { type ClassicEnvironment, check, checkRunnable } from '../../classic/check.js';
import type { ClassicProgram } from '../../classic/program.js';
import type { Program } from '../../ebpf/program.js';
import type { Environment } from '../../env/environment.js';
import type { EngineName } from '../../run/engine.js';
import type { Filter } from '../../run/filter.js';
import { type LoadOptions, load, loadClassic, loadUnchecked } from '../../run/load.js';
import { translate } from '../../translate/translate.js';
import { type VerifyOptions, verify } from '../../verify/verify.js';

export interface Preparation extends Pick<LoadOptions, 'budget' | 'maps' | 'optimize'>, VerifyOptions {
  readonly engine: EngineName;
  /** Whether to run without a proof, every access checked. */
  readonly unverified: boolean;
}

/** @throws BpfError 'verify' when the program is refused, 'unavailable' when the engine isn't there */
export function prepared(program: Program, environment: Environment, how: Preparation): Filter {
  const { engine, unverified, license, flags, optimize = true, ...others } = how;
  const options = { ...others, optimize };
  if (engine === 'classic' || engine === 'javascript') {
    throw new BpfError('usage', `the engine '${engine}' runs classic programs only`);
  }
  return unverified
    ? loadUnchecked(program, environment, { ...options, engine })
    : load(verify(program, environment, { license, flags }), { ...options, engine });
}

/** Classic programs run translated, except on the classic machine itself and as JavaScript. */
export function preparedClassic(program: ClassicProgram, environment: Environment, how: Preparation): Filter {
  const name = environment.name;
  if (name !== 'packet' && name !== 'seccomp') {
    throw new BpfError('usage', `expected 'packet' or 'seccomp' as environment of a classic program, got '${name}'`);
  }
  const { engine, unverified, budget } = how;
  if (engine !== 'classic' && engine !== 'javascript') return prepared(translate(program, name), environment, how);
  if (!unverified) checkClassic(program, name);
  return loadClassic(program, { engine, environment: name, ...(budget !== undefined && { budget }) });
}

/** The check that `translate` makes, so that every engine takes the same programs. */
function checkClassic(program: ClassicProgram, environment: ClassicEnvironment): void {
  if (environment === 'seccomp') check(program, environment);
  else checkRunnable(program);
}
