// What the subcommands share: the policy's file, the machine it is for, and how its warnings are told.

import { type Command, Option } from 'commander';
import type { Place } from '../../base/error.js';
import { lineAndColumn } from '../../base/frame.js';
import { ClassicProgram } from '../../classic/program.js';
import { nameSources } from '../../seccomp/arch.js';
import { denials } from '../../seccomp/audit.js';
import { type Layout, layouts } from '../../seccomp/layout.js';
import { type Policy, runtimes } from '../../seccomp/policy.js';
import { type PolicyOptions, readPolicy } from '../../seccomp/read.js';
import { warn } from '../errors.js';
import { nameOf, readProgram, readProgramBytes } from '../program-text.js';

export interface MachineOptions extends PolicyOptions {
  readonly layout: Layout;
  readonly json?: true;
}

/** The options that say what a policy is for. */
export function machineOptions(command: Command): void {
  command
    .option('--arch <name>', "the machine's architecture, as x86_64 or aarch64; default: this machine's")
    .option('--caps <list>', 'capabilities of the process, as CAP_SYS_ADMIN, with commas between them', (text) =>
      text.split(','),
    )
    .option('--kernel <version>', 'the version of Linux, as 6.1; default: the newest known')
    .addOption(new Option('--runtime <name>', 'whose meaning rules have').choices(runtimes))
    .addOption(new Option('--names <source>', 'whose names of calls are known').choices(nameSources))
    .addOption(new Option('--layout <layout>', 'how a number leads to its rules').choices(layouts).default('linear'))
    .option('--strict', 'refuse what is only warned of otherwise')
    .option('--json', 'one JSON object; errors as JSON too');
}

/** A policy from its file, or of systemd's words; what may not be meant so is told on standard error. */
export async function policyFrom(path: string, options: MachineOptions): Promise<Policy> {
  const isWords = path.startsWith('@') || path.startsWith('~');
  const read = (source: string) => readPolicy(source, options);
  const policy = isWords ? read(path) : await readProgram(path, read);
  const name = isWords ? undefined : nameOf(path);
  if (!options.json) for (const { message, place } of policy.warnings) warn(`${positionText(place, name)}${message}`);
  return policy;
}

/** Tells where nothing could run with a policy: it may be meant so, but hardly is. */
export function warnOfDenials(policy: Policy, path: string): void {
  for (const { message, place } of denials(policy)) warn(`${positionText(place, nameOf(path))}${message}`);
}

/** A filter from its file: bytes as Linux takes them, or text in any form that `unibpf disasm` reads. */
export async function filterFrom(path: string): Promise<ClassicProgram> {
  return await readProgramBytes(path, (bytes) =>
    bytes.includes(0) ? ClassicProgram.decode(bytes) : ClassicProgram.parse(new TextDecoder().decode(bytes)),
  );
}

/** `profile.json:12:5: `; nothing where the place isn't known. */
function positionText(place: Place | undefined, name: string | undefined): string {
  if (place === undefined || name === undefined) return '';
  const { line, column } = lineAndColumn(place.source, place.start);
  return `${name}:${line}:${column}: `;
}

/** Where a rule was written: its path, and line and column in its source. */
export function originText(path: string, place: Place | undefined): string {
  if (place === undefined) return path;
  const { line, column } = lineAndColumn(place.source, place.start);
  return `${path} (line ${line}, column ${column})`;
}

/** A rule's origin for JSON. */
export function originValue(path: string, place: Place | undefined): object {
  return { path, ...(place !== undefined && lineAndColumn(place.source, place.start)) };
}
