// unibpf seccomp emulate: what calls are answered, without making them.

import type { Command } from 'commander';
import { executeSeccomp } from '../../classic/run.js';
import { letsPass } from '../../seccomp/action.js';
import { callText, parseCall } from '../../seccomp/ask.js';
import { compilePolicy } from '../../seccomp/compile.js';
import { seccompData } from '../../seccomp/condition.js';
import { actionText } from '../../seccomp/errno.js';
import { status } from '../errors.js';
import { print } from '../terminal.js';
import { type MachineOptions, machineOptions, policyFrom } from './policy.js';

export function register(parent: Command): void {
  const command = parent.command('emulate').argument('<policy>').argument('<calls...>');
  command.description('tell what a policy answers to calls');
  machineOptions(command);
  command.addHelpText('after', help).action(async (path: string, texts: readonly string[]) => {
    const options = command.opts<MachineOptions>();
    const policy = await policyFrom(path, options);
    const program = compilePolicy(policy, options);
    const answers = texts.map((text) => {
      const call = parseCall(text, policy.arches[0]!.arch);
      const value = executeSeccomp(program, seccompData(call)).result;
      return { arch: call.arch.name, call: callText(call), action: actionText(value), value };
    });
    const lines = answers.map(({ arch, call, action }) => `${arch}  ${call}  ${action}`);
    await print(`${options.json ? JSON.stringify({ answers }) : lines.join('\n')}\n`);
    process.exitCode = answers.every(({ value }) => letsPass(value)) ? status.matched : status.unmatched;
  });
}

const help = `
Exit status: 0 all calls pass, 1 some don't, 2 a mistake in the policy or a call, 4 reading failed.

  unibpf seccomp emulate profile.json 'openat(AT_FDCWD, 0, O_RDONLY)' 'i386:socket(AF_INET)'`;
