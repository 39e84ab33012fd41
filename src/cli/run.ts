// unibpf run: the packets of captures that a program lets pass.

import type { Command } from 'commander';
import { check, checkRunnable } from '../classic/check.js';
import { ClassicProgram } from '../classic/program.js';
import { packetOptions, passPackets } from './packets.js';
import { readProgram } from './program-text.js';

export function register(program: Command): void {
  const command = program.command('run').argument('<program>').argument('<files...>');
  command.description('find the packets of captures that a classic program lets pass');
  command.option('--strict', 'refuse the program where Linux would');
  const options = packetOptions(command);
  command.addHelpText('after', help).action(async (path: string, files: readonly string[]) => {
    const { strict } = command.opts<{ readonly strict?: true }>();
    const classic = await readProgram(path, strict ? linuxProgram : anyProgram);
    await passPackets(() => classic, files, options());
  });
}

function linuxProgram(source: string): ClassicProgram {
  const program = ClassicProgram.parse(source);
  check(program, 'packet');
  return program;
}

/** Loops, and cells that are read before they are written, are what Linux refuses and others run. */
function anyProgram(source: string): ClassicProgram {
  const program = ClassicProgram.parse(source);
  checkRunnable(program);
  return program;
}

const help = `
The program is a file ('-': standard input) in any form that 'unibpf disasm' reads. It is run on the packets of every link
type alike.
Exit status: 0 matched, 1 nothing matched, 2 a mistake in the program's text, 3 the program is refused, 4 reading or
writing failed.

  tcpdump -d 'tcp port 80' | unibpf run - in.pcap`;
