// unibpf conformance-plugin: what the runner of the bpf_conformance suite calls for each of its tests.
//
//   stdin     the program, 8 bytes an instruction, as hexadecimal pairs with or without spaces; with --elf, an object file
//   memory    the first argument: the bytes that r1 points to, written alike; r2 is how many
//   stdout    r0 as a hexadecimal number

import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { BpfError } from '../base/error.js';
import { fromHex } from '../base/hex.js';
import type { DecodeOptions } from '../ebpf/decode.js';
import { Program } from '../ebpf/program.js';
import { readElf } from '../elf/read.js';
import { environment } from '../env/lookup.js';
import { load, loadUnchecked } from '../run/load.js';
import { createMap } from '../run/map/table.js';
import { verify } from '../verify/verify.js';
import { status } from './errors.js';
import { say, tell } from './terminal.js';

interface Options {
  readonly program?: string;
  readonly engine: 'auto' | 'jit' | 'interpreter';
  readonly verify?: true;
  readonly callx?: true;
  readonly elf?: true;
}

export function register(program: Command): void {
  const command = program.command('conformance-plugin').argument('[memory]', "bytes as '01 02 …'", '');
  command.description('run one test of bpf_conformance, as its runner asks for it');
  command.option('--program <hex>', 'the program, instead of standard input');
  command.addOption(
    new Option('--engine <name>', 'what runs it').choices(['auto', 'jit', 'interpreter']).default('auto'),
  );
  command.option('--verify', 'refuse what the verifier refuses').option('--callx', 'know calls through a register');
  command.option('--elf', 'the program comes in an object file, alone');
  command.addHelpText('after', help).action((memory: string) => runTest(memory, command.opts<Options>()));
}

async function runTest(memory: string, options: Options): Promise<void> {
  const wire = bytes(options.program ?? (await text(process.stdin)));
  const decoding = { callRegister: options.callx === true };
  const program = options.elf ? onlyProgram(wire, decoding) : Program.decode(wire, decoding);
  const data = bytes(memory);
  const world = environment('memory', { size: data.length });
  const { engine } = options;
  const maps = program.maps.map(createMap);
  const filter = options.verify
    ? load(verify(program, world), { engine, maps })
    : loadUnchecked(program, world, { engine, maps });
  const { result, trap } = filter.execute(data);
  filter.close();
  if (trap === undefined) {
    say(`${result.toString(16)}\n`);
    return;
  }
  tell(`${trap.code} at instruction ${trap.pc}\n`);
  process.exitCode = status.fault;
}

function onlyProgram(object: Uint8Array, options: DecodeOptions): Program {
  const { programs } = readElf(object, options);
  if (programs.length === 1) return programs[0]!.program;
  const names = programs.map(({ name }) => name).join(', ');
  throw new BpfError('usage', `expected one program in the object file, found ${programs.length}: ${names}`);
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex.replace(/\s+/g, ''));
}

const help = `
Exit status: 0, 2 no program, 3 refused by --verify, 5 a fault of the running program.

The runner takes one executable, and gives it the memory first; so wrap the command:

  printf '#!/bin/sh\\nexec unibpf conformance-plugin "$@"\\n' > plugin && chmod +x plugin
  bpf_conformance_runner --test_file_directory tests --plugin_path ./plugin --plugin_options --callx`;
