// A tcpdump expression as the source of programs: compiled for each link type that is met.

import { compile } from '../filter/compile.js';
import { parse } from '../filter/parse.js';
import { warn } from './errors.js';
import type { ProgramSource } from './lane.js';

/** @throws BpfError with the place of a mistake that no link type could make right, before any capture is opened */
export function expressionSource(expression: string, optimize: boolean): ProgramSource {
  parse(expression);
  const warned = new Set<string>();
  return (link) => {
    // A capture doesn't tell the netmask of its network; tcpdump takes 0 as well.
    const { program, warnings } = compile(expression, {
      link: link.number,
      netmask: '0.0.0.0',
      optimize,
      savefile: true,
    });
    for (const { message } of warnings) {
      if (!warned.has(message)) warn(message);
      warned.add(message);
    }
    return program;
  };
}
