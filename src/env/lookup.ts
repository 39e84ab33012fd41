// Environments by name, as the command line and the batch protocol spell them.

import { expectObject, expectText } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import type { Environment } from './environment.js';
import { event } from './event.js';
import { isLinuxType, linuxType, linuxTypeNames } from './linux/types.js';
import { memory } from './memory.js';
import { packet } from './packet.js';
import { seccomp } from './seccomp.js';

export interface EnvironmentOptions {
  /** `memory`, `event`: how many bytes there are at least; default 0. */
  readonly size?: number | undefined;
  /** Linux's program types: where the program is to be attached, in lower case and without prefix. */
  readonly attach?: string | undefined;
}

const own: Readonly<Record<string, (options: EnvironmentOptions) => Environment>> = {
  packet: () => packet,
  seccomp: () => seccomp,
  memory: ({ size }) => memory(size),
  event: ({ size }) => event(size),
};

/** Those where the size of the input is an option. */
const sized = ['memory', 'event'];

/** The names that `environment` knows. */
export const environmentNames: readonly string[] = [...Object.keys(own), ...linuxTypeNames];

/**
 * @throws BpfError 'name' when there is no environment or attach type of that name, 'usage' when an option means
 * nothing there or is missing, 'range' when one is out of range
 */
export function environment(name: string, options: EnvironmentOptions = {}): Environment {
  expectText(name, "an environment's name");
  expectObject(options, 'options');
  if (options.attach !== undefined) expectText(options.attach, 'an attach type');
  if (options.size !== undefined && !sized.includes(name)) {
    throw new BpfError('usage', `environment '${name}' has no size`);
  }
  if (isLinuxType(name)) return linuxType(name, options.attach);
  if (!Object.hasOwn(own, name)) {
    throw new BpfError('name', `unknown environment '${name}'`, { suggestion: nearest(name, environmentNames) });
  }
  if (options.attach !== undefined) throw new BpfError('usage', `environment '${name}' has no attach types`);
  return own[name]!(options);
}
