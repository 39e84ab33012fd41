// Helpers that users write in JavaScript, added to an environment.

import { expectArray, expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { type Environment, expectEnvironment } from './environment.js';
import type { Helper } from './helper.js';

/** Numbers from here up are nobody else's: Linux's are far below, and this project's own end at 0x1ffff. */
const firstUserHelper = 0x20000;

/** A helper of numbers: it is given as many registers as it has parameters, and returns r0. */
export interface UserHelper {
  /** What programs call it by, from 0x20000 up. */
  readonly id: number;
  readonly name: string;
  /** r1, r2 … are unsigned 64-bit numbers; so will r0 be. What it throws ends the run and is rethrown. */
  readonly call: (...values: bigint[]) => bigint;
  /** How many registers it takes; default the number of parameters of `call`. */
  readonly parameters?: number;
}

/**
 * The environment with these helpers in addition. It is a value of its own: verify and load a program with the same one.
 * @throws BpfError 'range' when a number is taken or too small, or a helper wants more than five registers
 */
export function withHelpers(environment: Environment, helpers: readonly UserHelper[]): Environment {
  expectEnvironment(environment);
  expectArray(helpers, 'helpers');
  const all = new Map(environment.helpers);
  for (const helper of helpers) {
    expectObject(helper, 'a helper');
    const { id, name } = helper;
    if (!Number.isInteger(id) || id < firstUserHelper || id > 0x7fff_ffff || all.has(id)) {
      throw new BpfError('range', `expected a free number from ${firstUserHelper} up for helper '${name}', got ${id}`);
    }
    all.set(id, prototype(helper));
  }
  return { ...environment, helpers: all };
}

function prototype({ id, name, call, parameters = call?.length }: UserHelper): Helper {
  if (typeof call !== 'function') throw new BpfError('usage', `expected the helper '${name}' with a function to call`);
  if (!Number.isInteger(parameters) || parameters < 0 || parameters > 5)
    throw new BpfError('range', `expected at most 5 parameters of helper '${name}', got ${parameters}`);
  return { id, name, arguments: Array.from({ length: parameters }, () => 'any'), returns: 'scalar', traits: {}, call };
}
