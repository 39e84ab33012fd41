// unibpf doctor: what is there on this machine, and what is not, and why.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, type as system } from 'node:os';
import { relative } from 'node:path';
import type { Command } from 'commander';
import { native } from '../../lib/native.js';
import { filter } from '../run/expression.js';
import { engines } from './engines.js';
import { print } from './terminal.js';

export function register(program: Command): void {
  program
    .command('doctor')
    .description('tell what is there on this machine, and what is not')
    .option('--json', 'one JSON object')
    .action(async ({ json }: { readonly json?: true }) => {
      const findings = examine();
      await print(json ? `${JSON.stringify(findings)}\n` : asText(findings));
    });
}

type Findings = Readonly<Record<string, string>>;

function examine(): Findings {
  const told = Object.entries(engines()).map(([name, there]) => [name, there === true ? 'yes' : `no: ${there}`]);
  return {
    node: `${process.version} ${process.platform} ${process.arch}`,
    system: `${system()} ${release()}`,
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}${features()}`,
    native: native.reason === null ? relative('', native.path) : `none: ${native.reason}`,
    'code memory': codeMemory(),
    ...Object.fromEntries(told),
    ...Object.fromEntries(['tcpdump', 'zstd', 'lz4'].map((tool) => [tool, versionOf(tool)])),
  };
}

function asText(findings: Findings): string {
  const width = Math.max(...Object.keys(findings).map((name) => name.length));
  return Object.entries(findings)
    .map(([name, found]) => `${name.padEnd(width)}  ${found}\n`)
    .join('');
}

/** Of what the processor can do, what machine code may be made of. */
function features(): string {
  if (!existsSync('/proc/cpuinfo')) return '';
  const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' ') ?? [];
  const useful = ['bmi2', 'movbe', 'atomics'].filter((flag) => flags.includes(flag));
  return useful.length > 0 ? ` (${useful.join(', ')})` : '';
}

/** How memory becomes executable: pages that are mapped twice show up as shared ones. */
function codeMemory(): string {
  if (native.reason !== null) return 'none';
  using _ = filter('ip', { engine: 'jit' });
  if (!existsSync('/proc/self/maps')) return 'never writable and executable at once';
  const isDual = /r-xs .*memfd:/.test(readFileSync('/proc/self/maps', 'utf8'));
  return isDual ? 'mapped twice, to write and to execute' : 'written, then made executable';
}

function versionOf(tool: string): string {
  const { error, stdout, stderr } = spawnSync(tool, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) return 'not installed';
  return /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] ?? 'yes';
}
