// Programs as `unibpf verify` takes them: a file or standard input, of either machine, an object file, or a tcpdump expression.

import { type Command, Option } from 'commander';
import { fromHex } from '../base/hex.js';
import type { ClassicEnvironment } from '../classic/check.js';
import { ClassicProgram } from '../classic/program.js';
import type { MapSpec } from '../ebpf/map.js';
import { Program } from '../ebpf/program.js';
import { isElf } from '../elf/file.js';
import type { Environment } from '../env/environment.js';
import { type EnvironmentOptions, environment, environmentNames } from '../env/lookup.js';
import { compile } from '../filter/compile.js';
import { translate } from '../translate/translate.js';
import type { VerifyOptions } from '../verify/verify.js';
import { mistake } from './arguments.js';
import { warn } from './errors.js';
import { type LanguageOptions, languageOptions, namesFor } from './expression.js';
import { maps as mapsShape } from './jsonl/maps.js';
import {
  chosenPrograms,
  environmentOf,
  expectNoObjectOptions,
  type ObjectOptions,
  objectOptions,
  readObject,
  titleOf,
} from './object-file.js';
import { nameOf, readProgramBytes } from './program-text.js';

/** What says which program is meant. */
export interface GivenOptions extends LanguageOptions, ObjectOptions {
  readonly machine: 'classic' | 'ebpf';
  readonly filter?: string;
  readonly link: string;
  readonly environment?: string;
  readonly maps?: string;
}

/** A program, with what its source says of it; options may say otherwise. */
export interface Given extends Pick<VerifyOptions, 'license' | 'flags' | 'functionTypes'> {
  /** @throws BpfError 'unsupported' when an object file has not all of it */
  readonly program: () => Program;
  /** @throws BpfError 'name' when nothing tells what it may see and call, and as `environment` */
  readonly environment: (options: EnvironmentOptions) => Environment;
  /** What the source is called; undefined for an expression. */
  readonly name: string | undefined;
  /** The program's own name, where it is one of an object file. */
  readonly title?: string;
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
      `what it may see and call: ${environmentNames.slice(0, 3).join(', ')}, or a program type of Linux (default: ` +
        `${defaultWorld}; of an object file, what its section says)`,
    )
    .option('--maps <json>', "the program's maps, as the batch protocol spells them");
  objectOptions(command);
  languageOptions(command);
}

/**
 * One program; of an object file, those that are chosen.
 * @throws BpfError with the place of a mistake in the program's text
 */
export async function givenPrograms(file: string | undefined, options: GivenOptions): Promise<readonly Given[]> {
  const { filter, machine, environment: world = defaultWorld } = options;
  const args = process.argv.slice(2);
  if (filter !== undefined) {
    if (file !== undefined) throw mistake('expected a file or --filter, not both', args, file);
    const program = await compiled(filter, options);
    return [{ program: () => program, environment: (how) => environment(world, how), name: undefined }];
  }
  const path = file ?? '-';
  const name = nameOf(path);
  return await readProgramBytes(path, (bytes) => {
    if (isElf(bytes)) return ofObject(bytes, options, name);
    expectNoObjectOptions(options);
    const program = machine === 'classic' ? translated(bytes, world, args) : internal(bytes, mapsOf(options, args));
    return [{ program: () => program, environment: (how) => environment(world, how), name }];
  });
}

const defaultWorld = 'packet';

function translated(bytes: Uint8Array, world: string, args: readonly string[]): Program {
  const home = classicEnvironment(world, args);
  return translate(ClassicProgram.parse(new TextDecoder().decode(bytes)), home);
}

/** An object file says itself what its programs and maps are. */
function ofObject(bytes: Uint8Array, options: GivenOptions, name: string): readonly Given[] {
  const args = process.argv.slice(2);
  if (options.machine === 'classic') throw mistake('an object file holds internal programs', args, 'classic');
  if (options.maps !== undefined) throw mistake('an object file has its own maps', args, '--maps');
  return chosenPrograms(readObject(bytes, options), options.program).map((each) => {
    const { license, flags, functionTypes } = each;
    const said = { license, flags, functionTypes, name, title: titleOf(each) };
    const environment = (how: EnvironmentOptions) => environmentOf(each, { ...how, environment: options.environment });
    return { ...said, program: () => each.program, environment };
  });
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

function mapsOf({ maps: json }: GivenOptions, args: readonly string[]): readonly MapSpec[] {
  if (json === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw mistake('expected --maps to be JSON: a list of { type, key_size, value_size, max_entries }', args, json);
  }
  return mapsShape(value, 'maps');
}
