// What `asm` and `disasm` share: a classic program is read in any form and printed in another.

import { type Command, Option } from 'commander';
import { type ClassicEnvironment, check, classicEnvironments } from '../classic/check.js';
import { type ClassicForm, ClassicProgram, classicForms } from '../classic/program.js';
import { readProgram } from './program-text.js';
import { print } from './terminal.js';

interface ConvertOptions {
  readonly form: ClassicForm;
  readonly check?: ClassicEnvironment;
  readonly json?: true;
}

/** Gives a command its argument and options, and does what it is asked. */
export function registerConversion(command: Command, form: ClassicForm): void {
  command
    .argument('[file]', "the program's text; '-': standard input", '-')
    .addOption(new Option('-f, --form <form>', 'how to print it').choices(classicForms).default(form))
    .addOption(new Option('--check <environment>', 'refuse what Linux would refuse').choices(classicEnvironments))
    .option('--json', 'what is printed, and the instructions, as one JSON object; errors as JSON too')
    .action(async (path: string) => {
      const options = command.opts<ConvertOptions>();
      const program = await readProgram(path, (source) => accepted(ClassicProgram.parse(source), options.check));
      await print(`${shown(program, options)}\n`);
    });
}

function accepted(program: ClassicProgram, environment: ClassicEnvironment | undefined): ClassicProgram {
  if (environment !== undefined) check(program, environment);
  return program;
}

function shown(program: ClassicProgram, { form, json }: ConvertOptions): string {
  const text = program.toString(form);
  if (json === undefined) return text;
  return JSON.stringify({ text, classic: program.insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]) });
}
