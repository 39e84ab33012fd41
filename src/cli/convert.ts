// What `asm` and `disasm` share: a program of either machine is read in any form and printed in another.

import { type Command, Option } from 'commander';
import { fromHex, toHex } from '../base/hex.js';
import { type ClassicEnvironment, check, classicEnvironments } from '../classic/check.js';
import { ClassicProgram, classicForms } from '../classic/program.js';
import { Program } from '../ebpf/program.js';
import { mistake } from './arguments.js';
import { readProgram } from './program-text.js';
import { print } from './terminal.js';

interface ConvertOptions {
  readonly machine: keyof typeof machines;
  readonly form?: string;
  readonly check?: ClassicEnvironment;
  readonly json?: true;
}

/** A program that was read: how it is printed in a form, and what stands beside that under --json. */
interface Readable {
  readonly text: (form: string) => string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Machine {
  readonly forms: readonly string[];
  readonly read: (source: string, environment: ClassicEnvironment | undefined) => Readable;
}

const internalForms = ['linux', 'mnemonic', 'hex'] as const;

const machines = {
  classic: { forms: classicForms, read: readClassic },
  ebpf: { forms: internalForms, read: readInternal },
} as const satisfies Record<string, Machine>;

/** The form that a command prints where none is asked for. */
export type DefaultForms = Readonly<Record<keyof typeof machines, string>>;

/** Gives a command its argument and options, and does what it is asked. */
export function registerConversion(command: Command, defaults: DefaultForms): void {
  command
    .argument('[file]', "the program's text; '-': standard input", '-')
    .addOption(new Option('-m, --machine <machine>', 'whose program it is').choices(names).default('classic'))
    .option('-f, --form <form>', 'how to print it')
    .addOption(new Option('--check <environment>', 'refuse what Linux would refuse').choices(classicEnvironments))
    .option('--json', 'what is printed, and the instructions, as one JSON object; errors as JSON too')
    .action(async (path: string) => {
      const options = command.opts<ConvertOptions>();
      const form = formOf(options, defaults);
      const { read } = machines[options.machine];
      const program = await readProgram(path, (source) => read(source, options.check));
      const text = program.text(form);
      await print(`${options.json ? JSON.stringify({ text, ...program.value }) : text}\n`);
    });
}

const names = Object.keys(machines);

function formOf({ machine, form = '', check }: ConvertOptions, defaults: DefaultForms): string {
  const args = process.argv.slice(2);
  if (machine !== 'classic' && check !== undefined) {
    throw mistake('--check is for classic programs', args, '--check');
  }
  if (form === '') return defaults[machine];
  const forms: readonly string[] = machines[machine].forms;
  if (forms.includes(form)) return form;
  throw mistake(`expected a form of ${machine} programs (${forms.join(', ')}), got '${form}'`, args, form);
}

function readClassic(source: string, environment: ClassicEnvironment | undefined): Readable {
  const program = ClassicProgram.parse(source);
  if (environment !== undefined) check(program, environment);
  return {
    text: (form) => program.toString(classicForms.find((name) => name === form)),
    value: { classic: program.insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]) },
  };
}

function readInternal(source: string): Readable {
  const digits = source.replace(/\s+/g, '');
  const program = /^[0-9a-f]+$/i.test(digits) ? Program.decode(fromHex(digits)) : Program.parse(source);
  const hex = toHex(program.encode());
  return {
    text: (form) => (form === 'hex' ? hex : program.toString(form === 'mnemonic' ? 'mnemonic' : 'linux')),
    value: { program: hex },
  };
}
