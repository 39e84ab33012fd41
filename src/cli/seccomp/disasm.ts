// unibpf seccomp disasm: a filter with what its numbers mean.

import type { Command } from 'commander';
import { annotatedListing } from '../../seccomp/listing.js';
import { print } from '../terminal.js';
import { filterFrom } from './policy.js';

export function register(parent: Command): void {
  const command = parent.command('disasm').argument('[file]', "the filter; '-': standard input", '-');
  command
    .description('show a filter with the names of calls, arguments and answers')
    .option('--json', 'what is printed, and the instructions, as one JSON object; errors as JSON too')
    .addHelpText('after', help)
    .action(async (path: string) => {
      const { json } = command.opts<{ readonly json?: true }>();
      const program = await filterFrom(path);
      const text = annotatedListing(program);
      const classic = program.insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]);
      await print(`${json ? JSON.stringify({ text, classic }) : text}\n`);
    });
}

const help = `
It reads a filter's bytes as Linux takes them (little-endian), and text in every form that 'unibpf disasm' reads.`;
