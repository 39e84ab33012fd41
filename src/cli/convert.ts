// What `asm` and `disasm` share: a program of either machine, or those of an object file, are read in any form and printed in
// another.

import { type Command, Option } from 'commander';
import { fromHex, toHex } from '../base/hex.js';
import { type ClassicEnvironment, check, classicEnvironments } from '../classic/check.js';
import { ClassicProgram, classicForms } from '../classic/program.js';
import { type Notation, notations } from '../ebpf/print.js';
import { Program } from '../ebpf/program.js';
import { isElf } from '../elf/file.js';
import { mistake } from './arguments.js';
import {
  chosenPrograms,
  expectNoObjectOptions,
  type ObjectOptions,
  objectOptions,
  objectText,
  objectValue,
  readObject,
} from './object-file.js';
import { readProgramBytes } from './program-text.js';
import { print } from './terminal.js';

interface ConvertOptions extends ObjectOptions {
  readonly machine?: keyof typeof machines;
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

const internalForms = [...notations, 'hex'] as const;

const machines = {
  classic: { forms: classicForms, read: readClassic },
  ebpf: { forms: internalForms, read: readInternal },
} as const satisfies Record<string, Machine>;

/** The form that a command prints where none is asked for. */
export type DefaultForms = Readonly<Record<keyof typeof machines, string>>;

/** Gives a command its argument and options, and does what it is asked. */
export function registerConversion(command: Command, defaults: DefaultForms): void {
  command
    .argument('[file]', "the program's text, or an object file; '-': standard input", '-')
    .addOption(new Option('-m, --machine <machine>', 'whose program it is (default: classic)').choices(names))
    .option('-f, --form <form>', 'how to print it')
    .addOption(new Option('--check <environment>', 'refuse what Linux would refuse').choices(classicEnvironments))
    .option('--json', 'what is printed, and the instructions, as one JSON object; errors as JSON too')
    .action(async (path: string) => {
      const options = command.opts<ConvertOptions>();
      await print(`${await readProgramBytes(path, (bytes) => converted(bytes, options, defaults))}\n`);
    });
  objectOptions(command);
}

function converted(bytes: Uint8Array, options: ConvertOptions, defaults: DefaultForms): string {
  if (isElf(bytes)) return convertedObject(bytes, options, defaults);
  expectNoObjectOptions(options);
  const { machine = 'classic', check, json } = options;
  const form = formOf(machine, options, defaults);
  const program = machines[machine].read(new TextDecoder().decode(bytes), check);
  const text = program.text(form);
  return json ? JSON.stringify({ text, ...program.value }) : text;
}

/** An object file says itself that its programs are internal ones. */
function convertedObject(bytes: Uint8Array, options: ConvertOptions, defaults: DefaultForms): string {
  if (options.machine === 'classic') {
    throw mistake('an object file holds internal programs', process.argv.slice(2), 'classic');
  }
  const form = internalForm(formOf('ebpf', options, defaults));
  const object = readObject(bytes, options, { byteOrder: 'any' });
  const programs = chosenPrograms(object, options.program);
  return options.json ? JSON.stringify(objectValue(object, programs, form)) : objectText(object, programs, form);
}

function internalForm(form: string): Notation | 'hex' {
  return internalForms.find((name) => name === form) ?? 'linux';
}

const names = Object.keys(machines);

function formOf(machine: keyof typeof machines, { form = '', check }: ConvertOptions, defaults: DefaultForms): string {
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
