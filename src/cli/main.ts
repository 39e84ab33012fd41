#!/usr/bin/env node
// The command line. Each command is a file beside this one that registers itself; errors of all of them end here.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { systemFault } from '../capture/fault.js';
import { usageError } from './arguments.js';
import { errorObject, exitStatus, shown } from './errors.js';
import { isTerminal, say, standardOutput, tell, watchOutput } from './terminal.js';

/** In the order of `unibpf --help`. Only the command that is used is loaded: all of them take longer than a small capture. */
const commands: ReadonlyMap<string, () => Promise<{ register(program: Command): void }>> = new Map([
  ['filter', () => import('./filter.js')],
  ['compile', () => import('./compile.js')],
  ['explain', () => import('./explain.js')],
  ['run', () => import('./run.js')],
  ['verify', () => import('./verify.js')],
  ['event', () => import('./event.js')],
  ['asm', () => import('./asm.js')],
  ['disasm', () => import('./disasm.js')],
  ['seccomp', () => import('./seccomp.js')],
  ['jsonl', () => import('./jsonl.js')],
  ['conformance-plugin', () => import('./conformance-plugin.js')],
  ['doctor', () => import('./doctor.js')],
]);

const description = 'BPF for Node.js: filters and programs, verified, on machine code.';

async function commandLine(args: readonly string[]): Promise<Command> {
  const program = new Command('unibpf').description(description).exitOverride();
  program.option('-V, --version', 'output the version number').on('option:version', () => {
    say(`${version()}\n`);
    throw new CommanderError(0, 'commander.version', '');
  });
  program.configureOutput({
    writeOut: say,
    writeErr: () => {},
    getOutHelpWidth: () => (isTerminal('output') ? standardOutput().columns : 80),
  });
  program.showSuggestionAfterError(false);
  await addCommands(program, args[0] ?? '--help');
  return program;
}

/** Only what is needed is loaded: one command, all of them to tell what they are, or no more than their names. */
async function addCommands(program: Command, first: string): Promise<void> {
  const used = commands.get(first);
  if (used !== undefined) (await used()).register(program);
  else if (first === 'help' || first === '--help' || first === '-h')
    for (const load of commands.values()) (await load()).register(program);
  else for (const name of commands.keys()) program.command(name);
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

async function main(args: readonly string[]): Promise<void> {
  const program = await commandLine(args);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // help or the version was asked for
    report(error instanceof CommanderError ? usageError(error, program, args) : error, args.includes('--json'));
  }
}

function report(error: unknown, json: boolean): void {
  tell(json ? `${JSON.stringify(errorObject(error))}\n` : shown(error));
  process.exitCode = exitStatus(error);
}

const given = process.argv.slice(2);
watchOutput((error) => report(systemFault('cannot write standard output', error), given.includes('--json')));
await main(given);
