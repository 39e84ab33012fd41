#!/usr/bin/env node
// The command line. Each command is a file beside this one that registers itself; errors of all of them end here.

import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { Command, CommanderError } from 'commander';
import { systemFault } from '../capture/fault.js';
import { usageError } from './arguments.js';
import { errorObject, exitStatus, shown } from './errors.js';
import { watchOutput } from './terminal.js';

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

async function commandLine(name: string | undefined): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const program = new Command('unibpf').description(description).version(version).exitOverride();
  program.configureOutput({ writeErr: () => {} }).showSuggestionAfterError(false);
  const used = commands.get(name ?? '');
  for (const load of used === undefined ? commands.values() : [used]) (await load()).register(program);
  return program;
}

async function main(args: readonly string[]): Promise<void> {
  const program = await commandLine(args[0]);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // help or the version was asked for
    report(error instanceof CommanderError ? usageError(error, program, args) : error, args.includes('--json'));
  }
}

function report(error: unknown, json: boolean): void {
  process.stderr.write(json ? `${JSON.stringify(errorObject(error))}\n` : shown(error));
  process.exitCode = exitStatus(error);
}

if (isMainThread) {
  const args = process.argv.slice(2);
  watchOutput((error) => report(systemFault('cannot write standard output', error), args.includes('--json')));
  await main(args);
} else {
  (await import('./parallel/worker.js')).work();
}
