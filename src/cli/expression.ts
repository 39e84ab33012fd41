// A tcpdump expression as the source of programs: compiled for each link type that is met.

import { type Command, Option } from 'commander';
import { compile } from '../filter/compile.js';
import { type Dialect, dialects } from '../filter/dialect.js';
import type { CompileOptions } from '../filter/meaning.js';
import { type Names, systemNames } from '../filter/names.js';
import { parse } from '../filter/parse.js';
import { resolveNames } from '../filter/resolve.js';
import { warn } from './errors.js';
import type { ProgramSource } from './lane.js';

/** The options by which an expression is read. */
export interface LanguageOptions {
  readonly dialect: Dialect;
  readonly resolve?: true;
}

/** Gives a command the options. */
export function languageOptions(command: Command): void {
  const dialect = new Option(
    '--dialect <name>',
    'the language; extended: tcp[…] and ports over all of IPv6, vlan 5-9 {…}',
  );
  command
    .addOption(dialect.choices(dialects).default('libpcap'))
    .option('--resolve', 'ask name servers for hosts that the system files do not know, for 5 seconds at most');
}

/** Where the names of an expression are looked up: in the system's files and, where it is asked for, by name servers. */
export async function namesFor(expression: string, { resolve, dialect }: LanguageOptions): Promise<Names> {
  return resolve ? await resolveNames(expression, { dialect }) : systemNames();
}

/** @throws BpfError with the place of a mistake that no link type could make right, before any capture is opened */
export function expressionSource(
  expression: string,
  options: Pick<CompileOptions, 'optimize' | 'dialect' | 'names'>,
): ProgramSource {
  parse(expression, options.dialect);
  const warned = new Set<string>();
  return (link) => {
    // A capture doesn't tell the netmask of its network; tcpdump takes 0 as well.
    const { program, warnings } = compile(expression, {
      link: link.number,
      netmask: '0.0.0.0',
      savefile: true,
      ...options,
    });
    for (const { message } of warnings) {
      if (!warned.has(message)) warn(message);
      warned.add(message);
    }
    return program;
  };
}
