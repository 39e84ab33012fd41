// unibpf disasm: any form of a classic program as assembly.

import type { Command } from 'commander';
import { registerConversion } from './convert.js';

export function register(program: Command): void {
  const command = program.command('disasm').description('show a classic program, in whatever form it was pasted');
  registerConversion(command, 'asm');
  command.addHelpText('after', help);
}

const help = `
It reads what 'tcpdump -d', '-dd' and '-ddd' print, arrays of C, the line of bpf_asm, the bytecode of iptables and tc,
hexadecimal bytes, and assembly; they are told apart by their shape.
Exit status: 0, 2 a mistake in the text, 3 refused by --check, 4 reading failed.

  iptables-save | grep bytecode | head -1 | unibpf disasm`;
