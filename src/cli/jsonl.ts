// unibpf jsonl: the batch protocol. One request a line on standard input, one answer a line on standard output.

import type { Command } from 'commander';
import { converse } from './jsonl/supervisor.js';
import { standardOutput } from './terminal.js';

export function register(program: Command): void {
  program
    .command('jsonl')
    .description('answer requests, one JSON object a line, for other programs')
    .action(() => converse(process.stdin, standardOutput()));
}
