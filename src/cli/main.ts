#!/usr/bin/env node
// The command line. Each command is a file beside this one that registers itself; errors of all of them end here.

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { usageError } from './arguments.js';
import * as asm from './asm.js';
import * as compile from './compile.js';
import * as conformancePlugin from './conformance-plugin.js';
import * as disasm from './disasm.js';
import * as doctor from './doctor.js';
import { errorObject, exitStatus, shown } from './errors.js';
import * as filter from './filter.js';
import * as jsonl from './jsonl.js';
import * as run from './run.js';
import { endQuietlyWithoutReader } from './terminal.js';

/** In the order of `unibpf --help`. */
const commands = [filter, compile, run, asm, disasm, jsonl, conformancePlugin, doctor];

const description = 'BPF for Node.js: filters and programs, verified, on machine code.';

function commandLine(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const program = new Command('unibpf').description(description).version(version).exitOverride();
  program.configureOutput({ writeErr: () => {} }).showSuggestionAfterError(false);
  for (const command of commands) command.register(program);
  return program;
}

async function main(args: readonly string[]): Promise<void> {
  const program = commandLine();
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

endQuietlyWithoutReader();
await main(process.argv.slice(2));
