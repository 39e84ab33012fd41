// Processes behind filters (seccomp(2)): a program that is started behind one, and, where the caller names it, this process itself.

import { accessSync, constants, statSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { type Kernel, native } from '../../lib/native.js';
import { expectArray, expectText, expectWord } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { check } from '../classic/check.js';
import type { ClassicProgram } from '../classic/program.js';
import { type FilterFlag, filterFlagNames, filterFlags } from '../seccomp/policy.js';

export interface ProcessOptions {
  /** Flags of seccomp(2), as a policy has them. */
  readonly flags?: readonly FilterFlag[];
  /** The program's environment; default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How a process ended. */
export type Ending = { readonly code: number } | { readonly signal: NodeJS.Signals };

export interface FilteredProcess {
  readonly pid: number;
  readonly ended: Promise<Ending>;
}

/**
 * Starts a program behind a filter. It has given up the ways to gain privileges (NO_NEW_PRIVS), and so has all that it starts. The
 * filter is there before the program is executed: it must let `execve` pass.
 * @param filter for this machine, as `compilePolicy` makes it
 * @param command the program's name, which is looked for in PATH, or its path
 * @throws BpfError 'verify' when Linux would not take the filter, 'unavailable' where it takes none here, 'io' when the program can't be
 * executed
 */
export function startFiltered(
  filter: ClassicProgram,
  command: string,
  args: readonly string[] = [],
  { flags = [], env = process.env }: ProcessOptions = {},
): FilteredProcess {
  check(filter, 'seccomp');
  expectText(command, 'a command');
  expectArray(args, 'the arguments');
  const bits = bitsOf(flags);
  const kernel = kernelHere();
  const file = executable(command, env.PATH ?? '');
  const environment = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  try {
    const started = kernel.startFiltered({
      ...{ file, arguments: [command, ...args], environment },
      ...{ filter: filter.encode(), flags: bits },
    });
    return { pid: started.pid, ended: started.ended.then(endingOf) };
  } catch (error) {
    throw startFault(error, command);
  }
}

/**
 * Puts a filter on this very process, for good: nothing takes it off again. Node.js has threads, all of which get it; what it
 * denies, Node.js itself may need.
 * @throws BpfError 'verify' when Linux would not take the filter, 'unavailable' where it takes none here
 */
export function restrictThisProcess(filter: ClassicProgram, flags: readonly FilterFlag[] = ['TSYNC']): void {
  check(filter, 'seccomp');
  const bits = bitsOf(flags);
  try {
    kernelHere().restrictThisProcess(filter.encode(), bits);
  } catch (error) {
    if (error instanceof BpfError) throw error;
    throw new BpfError('unavailable', `Linux doesn't take the filter: ${reasonOf(error)}`, { cause: error });
  }
}

function kernelHere(): Kernel {
  if (native.addon === null)
    throw new BpfError('unavailable', `filters are put on processes by the native part: ${native.reason}`);
  const { kernel } = native.addon;
  if (kernel === undefined)
    throw new BpfError('unavailable', 'filters are put on processes by Linux, which this is not');
  return kernel;
}

function bitsOf(flags: readonly FilterFlag[]): number {
  expectArray(flags, 'flags');
  return flags.reduce((bits, flag) => bits | filterFlags[expectWord(flag, filterFlagNames, 'a flag of seccomp(2)')], 0);
}

/** The path of a command: as it is where it has a slash, else in PATH. */
function executable(command: string, path: string): string {
  if (command.includes('/')) return command;
  const found = path
    .split(delimiter)
    .map((folder) => join(folder === '' ? '.' : folder, command))
    .find(isExecutable);
  if (found !== undefined) return found;
  throw new BpfError('io', `cannot execute '${command}': there is no such program in PATH`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not for us
  }
}

function endingOf(ended: { readonly code: number } | { readonly signal: number }): Ending {
  if ('code' in ended) return ended;
  const names = Object.entries(system.signals) as [NodeJS.Signals, number][];
  const signal = names.find(([, number]) => number === ended.signal)?.[0];
  return signal === undefined ? { code: 128 + ended.signal } : { signal };
}

const what = {
  start: "can't start a process",
  privileges: "can't give up gaining privileges",
  filter: "Linux doesn't take the filter",
} as const;

function startFault(error: unknown, command: string): BpfError {
  const stage = error instanceof Error && 'stage' in error ? error.stage : undefined;
  if (stage === 'start' || stage === 'privileges' || stage === 'filter') {
    return new BpfError('unavailable', `${what[stage]}: ${reasonOf(error)}`, { cause: error });
  }
  const hint = stage === 'execute' ? ' (does the filter let execve pass?)' : '';
  return new BpfError('io', `cannot execute '${command}': ${reasonOf(error)}${hint}`, { cause: error });
}

function reasonOf(error: unknown): string {
  const number = error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0;
  return getSystemErrorMap().get(-number)?.[1] ?? String(error);
}
