// unibpf run: a program over captures: the packets that it lets pass; or a program of an object file on bytes that are given.

import { type Command, Option } from 'commander';
import { check, checkRunnable } from '../classic/check.js';
import { ClassicProgram } from '../classic/program.js';
import { isElf } from '../elf/file.js';
import type { ObjectFile } from '../elf/read.js';
import { mistake, refuseOptions } from './arguments.js';
import { type ObjectOptions, objectOptions, readObject } from './object-file.js';
import { classicProgram, packetOptions, passPackets } from './packets.js';
import { nameOf, readProgramBytes } from './program-text.js';

export function register(program: Command): void {
  const command = program.command('run').argument('<program>').argument('[files...]', "captures; '-': standard input");
  command.description(
    'find the packets of captures that a program lets pass; or run one of an object file on given bytes',
  );
  command.option('--strict', 'refuse a classic program where Linux would');
  forObjects(command);
  const options = packetOptions(command);
  command.addHelpText('after', help).action(async (path: string, files: readonly string[]) => {
    const given = command.opts<ObjectOptions & { readonly strict?: true; readonly input?: readonly string[] }>();
    const read = await readProgramBytes(path, (bytes): ClassicProgram | ObjectFile =>
      isElf(bytes) ? readObject(bytes, given) : classic(bytes, given.strict === true),
    );
    const how = options();
    if (read instanceof ClassicProgram) {
      refuseOptions(command, ofObjects, 'object files');
      if (files.length === 0) throw mistake('expected <files>', process.argv.slice(2), undefined);
      await passPackets(
        classicProgram(() => read, how.engine),
        files,
        how,
      );
      return;
    }
    refuseOptions(command, ['strict', 'workers'], 'classic programs'); // the packets of an object's program share its maps
    if (given.input !== undefined) refuseOptions(command, ofCaptures, 'captures');
    const { runObject } = await import('./run-object.js');
    await runObject(read, nameOf(path), files, { ...given, ...how });
  });
}

const ofObjects = ['program', 'kernelTypes', 'environment', 'attach', 'license', 'input', 'dumpMaps'];
const ofCaptures = ['write', 'pcapng', 'count', 'limit', 'invert', 'snaplen', 'workers', 'stats', 't', 'x', 'X'];

function forObjects(command: Command): void {
  objectOptions(command, 'the only one needs no name');
  command
    .option('-e, --environment <name>', 'of an object file: what it may see and call (default: what its section says)')
    .option('--attach <type>', 'of an object file: where it is to be attached')
    .option('--license <text>', 'of an object file: its licence (default: its own)')
    .addOption(
      new Option(
        '--input <hex>',
        'of an object file: run it on these bytes instead of captures; may be repeated',
      ).argParser((text, others: readonly string[] = []) => [...others, text]),
    )
    .option('--dump-maps', 'of an object file: print at the end what is in its maps');
}

function classic(bytes: Uint8Array, strict: boolean): ClassicProgram {
  const program = ClassicProgram.parse(new TextDecoder().decode(bytes));
  if (strict) check(program, 'packet');
  // Loops, and cells that are read before they are written, are what Linux refuses and others run.
  else checkRunnable(program);
  return program;
}

const help = `
The program is a file ('-': standard input) in any form that 'unibpf disasm' reads. A classic one is run on the packets of every
link type alike. An object file, as 'clang -target bpf -c' writes it, says itself what its programs are; one of them is run, with
its maps made and its global data filled. A packet matches where Linux would let it pass: with XDP_PASS, for instance.
Exit status: 0 matched (with --input: ran), 1 nothing matched, 2 a mistake in the program or the options, 3 the program is refused,
4 reading or writing failed, 5 a run ended with a trap.

  tcpdump -d 'tcp port 80' | unibpf run - in.pcap
  unibpf run prog.o --program count in.pcap --dump-maps
  unibpf run prog.o --input '45 00 00 1c'`;
