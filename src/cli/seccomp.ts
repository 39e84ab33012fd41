// unibpf seccomp: policies of system calls, the filters that they become, and what can be asked of both. A file beside this one
// for each subcommand.

import type { Command } from 'commander';
import * as audit from './seccomp/audit.js';
import * as compile from './seccomp/compile.js';
import * as diff from './seccomp/diff.js';
import * as disasm from './seccomp/disasm.js';
import * as emulate from './seccomp/emulate.js';
import * as explain from './seccomp/explain.js';
import * as run from './seccomp/run.js';

export function register(program: Command): void {
  const command = program
    .command('seccomp')
    .description('compile, explain, compare and audit policies of system calls');
  command.enablePositionalOptions();
  for (const each of [compile, explain, diff, audit, emulate, disasm, run]) each.register(command);
  command.addHelpText('after', help);
}

const help = `
A policy is a file ('-': standard input) with a profile of OCI or Docker in JSON, or with lines of systemd; or systemd's words
themselves, where they begin with '@' or '~'. Calls are written as 'openat(0, 0x1000, O_RDONLY)', with 'i386:' before them for
another architecture.

  unibpf seccomp compile --arch aarch64 profile.json
  unibpf seccomp explain profile.json 'clone(CLONE_NEWUSER)'
  unibpf seccomp diff old.json new.json
  unibpf seccomp run --policy profile.json -- ls -l
  unibpf seccomp emulate '@system-service ~@mount' 'mount()'`;
