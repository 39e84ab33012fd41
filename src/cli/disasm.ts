// unibpf disasm: any form of a program as assembly.

import type { Command } from 'commander';
import { registerConversion } from './convert.js';

export function register(program: Command): void {
  const command = program.command('disasm').description('show a program as assembly, in whatever form it was pasted');
  registerConversion(command, { classic: 'asm', ebpf: 'linux' });
  command.addHelpText('after', help);
}

const help = `
Of classic programs it reads what 'tcpdump -d', '-dd' and '-ddd' print, arrays of C, the line of bpf_asm, the bytecode of
iptables and tc, hexadecimal bytes, and assembly; of internal ones, hexadecimal bytes, assembly, and object files, with their maps
and the lines of their source. They are told apart by their shape.
Exit status: 0, 2 a mistake in the text, 3 refused by --check, 4 reading failed.

  iptables-save | grep bytecode | head -1 | unibpf disasm
  unibpf disasm --machine ebpf --form mnemonic program.hex
  unibpf disasm prog.o --program count_packets`;
