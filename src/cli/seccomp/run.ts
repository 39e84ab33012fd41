// unibpf seccomp run: a program behind the filter of a policy.

import { constants as system } from 'node:os';
import type { Command } from 'commander';
import { type Ending, type FilteredProcess, startFiltered } from '../../run/process.js';
import { compilePolicy } from '../../seccomp/compile.js';
import type { FilterFlag, Policy } from '../../seccomp/policy.js';
import { machineOf } from '../../seccomp/read.js';
import { mistake } from '../arguments.js';
import { warn } from '../errors.js';
import { type MachineOptions, machineOptions, policyFrom, warnOfDenials } from './policy.js';

interface Options extends MachineOptions {
  readonly policy: string;
  readonly log?: true;
  readonly tsync?: true;
}

export function register(parent: Command): void {
  const command = parent.command('run').argument('<command>').argument('[arguments...]');
  command
    .description('execute a program behind the filter of a policy')
    .requiredOption('-p, --policy <policy>', 'the policy')
    .option('--log', 'have Linux log what is not allowed (SECCOMP_FILTER_FLAG_LOG)')
    .option('--tsync', 'give the filter to all threads (SECCOMP_FILTER_FLAG_TSYNC)');
  machineOptions(command);
  command
    .passThroughOptions()
    .addHelpText('after', help)
    .action(async (name: string, args: readonly string[]) => {
      const options = command.opts<Options>();
      const policy = await policyFrom(options.policy, options);
      checkMachine(policy, options);
      warnOfDenials(policy, options.policy);
      const program = compilePolicy(policy, options);
      const asked: FilterFlag[] = [
        ...(options.log ? ['LOG' as const] : []),
        ...(options.tsync ? ['TSYNC' as const] : []),
      ];
      end(await ending(() => startFiltered(program, name, args, { flags: [...new Set([...policy.flags, ...asked])] })));
    });
}

/** A filter for another machine would kill the program at its first call. */
function checkMachine(policy: Policy, { arch }: Options): void {
  const own = machineOf({}).arch;
  if (policy.arches[0]?.arch.name === own) return;
  throw mistake(`expected the architecture of this machine, ${own}, got '${arch}'`, process.argv.slice(2), '--arch');
}

/** How a program ends that is started here. We listen before there is one: it may ask for a signal at once. */
async function ending(start: () => FilteredProcess): Promise<Ending> {
  let pid: number | undefined;
  const stop = passSignals((signal) => {
    if (pid !== undefined) pass(pid, signal);
  });
  try {
    const started = start();
    pid = started.pid;
    return await started.ended;
  } finally {
    stop();
  }
}

const help = `
The program can't gain privileges (NO_NEW_PRIVS). The policy must let execve pass.
Exit status: that of the program; 2 a mistake in the policy or the options, 4 the program can't be executed. A program that is
killed by a signal ends this one by it too.

  unibpf seccomp run --policy profile.json -- ls -l`;

const passed = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT', 'SIGWINCH', 'SIGINT', 'SIGQUIT'] as const;
/** What a terminal sends to everything in front of it, the program as well. */
const fromTerminal: readonly string[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];

/** Hands on the signals that we get, and the program doesn't. @returns what stops that */
function passSignals(to: (signal: NodeJS.Signals) => void): () => void {
  const listeners = passed.map((signal) => {
    const isSeen = process.stdin.isTTY && fromTerminal.includes(signal);
    const listener = () => {
      if (!isSeen) to(signal);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}

function pass(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error; // it has ended, and we are about to be told
  }
}

function end(ending: Ending): void {
  if ('code' in ending) {
    process.exitCode = ending.code;
    return;
  }
  const { signal } = ending;
  if (signal === 'SIGSYS') warn('the program was killed for a call that the policy does not let it make (SIGSYS)');
  process.exitCode = 128 + system.signals[signal]; // where the signal doesn't end us
  process.kill(process.pid, signal);
}
