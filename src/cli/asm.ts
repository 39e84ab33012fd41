// unibpf asm: assembles a classic program.

import type { Command } from 'commander';
import { registerConversion } from './convert.js';

export function register(program: Command): void {
  const command = program.command('asm').description('assemble a classic program');
  registerConversion(command, 'line');
  command.addHelpText('after', help);
}

const help = `
The language is that of bpf_asm. Forms: 'line' (as iptables and tc take it), 'd', 'dd' and 'ddd' as tcpdump's options of
these names print them, 'hex', and 'asm'.
Exit status: 0, 2 a mistake in the text, 3 refused by --check, 4 reading failed.

  echo 'ldh [12]  jne #0x800, no  ret #-1  no: ret #0' | unibpf asm --form dd`;
