// A program as `unibpf verify` takes it: a file or standard input, of either machine, or a tcpdump expression.

import { type Command, Option } from 'commander';
import { fromHex } from '../base/hex.js';
import type { ClassicEnvironment } from '../classic/check.js';
import { ClassicProgram } from '../classic/program.js';
import type { MapSpec } from '../ebpf/map.js';
import { Program } from '../ebpf/program.js';
import { environmentNames } from '../env/lookup.js';
import { compile } from '../filter/compile.js';
import { translate } from '../translate/translate.js';
import { mistake } from './arguments.js';
import { warn } from './errors.js';
import { type LanguageOptions, languageOptions, namesFor } from './expression.js';
import { maps as mapsShape } from './jsonl/maps.js';
import { readProgram, readProgramBytes } from './program-text.js';

/** What says which program is meant. */
export interface GivenOptions extends LanguageOptions {
  readonly machine: 'classic' | 'ebpf';
  readonly filter?: string;
  readonly link: string;
  readonly environment: string;
  readonly maps?: string;
}

export interface Given {
  readonly program: Program;
  /** The environment's name. */
  readonly world: string;
  /** What the source is called; undefined for an expression. */
  readonly name: string | undefined;
}

/** Gives a command the options. */
export function sourceOptions(command: Command): void {
  command
    .addOption(
      new Option('-m, --machine <machine>', 'whose program it is').choices(['classic', 'ebpf']).default('ebpf'),
    )
    .option('--filter <expression>', 'a tcpdump expression, compiled and translated, in place of a file')
    .option('-y, --link <type>', '--filter: link type of the packets, by its name or number', 'EN10MB')
    .option(
      '-e, --environment <name>',
      `what it may see and call: ${environmentNames.slice(0, 3).join(', ')}, or a program type of Linux`,
      'packet',
    )
    .option('--maps <json>', "the program's maps, as the batch protocol spells them");
  languageOptions(command);
}

/** @throws BpfError with the place of a mistake in the program's text */
export async function givenProgram(file: string | undefined, options: GivenOptions): Promise<Given> {
  const { filter, machine, environment: world } = options;
  const args = process.argv.slice(2);
  if (filter !== undefined) {
    if (file !== undefined) throw mistake('expected a file or --filter, not both', args, file);
    return { program: await compiled(filter, options), world, name: undefined };
  }
  const path = file ?? '-';
  const name = path === '-' ? 'standard input' : path;
  if (machine === 'classic') {
    const home = classicEnvironment(world, args);
    return { program: await readProgram(path, (text) => translate(ClassicProgram.parse(text), home)), world, name };
  }
  const maps = options.maps === undefined ? [] : mapsOf(options.maps, args);
  return { program: await readProgramBytes(path, (bytes) => internal(bytes, maps)), world, name };
}

async function compiled(expression: string, options: GivenOptions): Promise<Program> {
  const { link, dialect } = options;
  const names = await namesFor(expression, options);
  const { program, warnings } = compile(expression, { link: /^\d+$/.test(link) ? Number(link) : link, dialect, names });
  for (const { message } of warnings) warn(message);
  return translate(program);
}

function classicEnvironment(name: string, args: readonly string[]): ClassicEnvironment {
  if (name === 'packet' || name === 'seccomp') return name;
  throw mistake(`a classic program runs in the environment packet or seccomp, not in '${name}'`, args, name);
}

/**
 * An internal program in any of its forms: its bytes have zeros among them, and a text has none.
 * @throws BpfError 'syntax', 'name', 'range' or 'encoding'
 */
export function internal(bytes: Uint8Array, maps: readonly MapSpec[]): Program {
  if (bytes.includes(0)) return Program.decode(bytes, { maps });
  const text = new TextDecoder().decode(bytes);
  const digits = text.replace(/\s+/g, '');
  return /^[0-9a-f]+$/i.test(digits) ? Program.decode(fromHex(digits), { maps }) : Program.parse(text, { maps });
}

function mapsOf(json: string, args: readonly string[]): readonly MapSpec[] {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw mistake('expected --maps to be JSON: a list of { type, key_size, value_size, max_entries }', args, json);
  }
  return mapsShape(value, 'maps');
}
