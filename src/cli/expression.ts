// A tcpdump expression as the source of programs: compiled for each link type that is met.

import { compile } from '../filter/compile.js';
import { type Names, systemNames } from '../filter/names.js';
import { parse } from '../filter/parse.js';
import { resolveNames } from '../filter/resolve.js';
import { warn } from './errors.js';
import type { ProgramSource } from './lane.js';

/** What the commands that compile say of their option `--resolve`. */
export const resolveOption = 'ask name servers for hosts that the system files do not know, for 5 seconds at most';

/** Where the names of an expression are looked up: in the system's files, and before that, where it is asked for, by name servers. */
export async function namesFor(expression: string, resolve: true | undefined): Promise<Names> {
  return resolve ? await resolveNames(expression) : systemNames();
}

/** @throws BpfError with the place of a mistake that no link type could make right, before any capture is opened */
export function expressionSource(expression: string, optimize: boolean, names: Names): ProgramSource {
  parse(expression);
  const warned = new Set<string>();
  return (link) => {
    // A capture doesn't tell the netmask of its network; tcpdump takes 0 as well.
    const { program, warnings } = compile(expression, {
      link: link.number,
      netmask: '0.0.0.0',
      optimize,
      savefile: true,
      names,
    });
    for (const { message } of warnings) {
      if (!warned.has(message)) warn(message);
      warned.add(message);
    }
    return program;
  };
}
