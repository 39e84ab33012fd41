// unibpf asm: assembles a program.

import type { Command } from 'commander';
import { registerConversion } from './convert.js';

export function register(program: Command): void {
  const command = program.command('asm').description('assemble a program of either machine');
  registerConversion(command, { classic: 'line', ebpf: 'hex' });
  command.addHelpText('after', help);
}

const help = `
Classic programs are written in the language of bpf_asm; their forms are 'line' (as iptables and tc take it), 'd', 'dd' and
'ddd' as tcpdump's options of these names print them, 'hex', and 'asm'. Internal ones are written in the notation of Linux's
verifier or that of bpf_conformance, or stand in an object file; their forms are 'hex', 'linux' and 'mnemonic'.
Exit status: 0, 2 a mistake in the text, 3 refused by --check, 4 reading failed.

  echo 'ldh [12]  jne #0x800, no  ret #-1  no: ret #0' | unibpf asm --form dd
  echo 'r0 = *(u32 *)(r1 +0); exit' | unibpf asm --machine ebpf`;
