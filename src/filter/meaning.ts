// What a filter means: its options checked, its text parsed, and the condition that stands for it generated.

import { expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { linkOf } from '../base/link.js';
import { nearest } from '../base/nearest.js';
import { parseIpv4 } from './address.js';
import { always, and, type Condition } from './condition.js';
import { type Dialect, dialects } from './dialect.js';
import { generate } from './generate/expression.js';
import { Generator } from './generate/generator.js';
import { prologue } from './generate/prologue.js';
import type { Names, NameTables } from './names.js';
import { parse } from './parse.js';

export interface CompileOptions {
  /** The link type of the packets, by its name or DLT_* number; by default `EN10MB`. */
  readonly link?: string | number;
  /** What the program returns for a packet that it accepts, 1 to 2^32-1; by default 262144. */
  readonly snaplen?: number;
  /** The netmask of the network, as `255.255.255.0`; `ip broadcast` needs it. */
  readonly netmask?: string;
  /** Whether the program is made smaller and faster, without a change of any verdict; by default true. */
  readonly optimize?: boolean;
  /** Whether the packets come from a capture file, which another system may have made: BSD loopback then has its IPv6. */
  readonly savefile?: boolean;
  /** The language; by default `libpcap`. */
  readonly dialect?: Dialect;
  /** Where names are looked up; by default in the system's files. `resolveNames` asks name servers before. */
  readonly names?: Names | NameTables;
}

export interface Meaning {
  readonly g: Generator;
  readonly condition: Condition;
  readonly snaplen: number;
}

const defaultSnaplen = 262144;

/**
 * The condition of a filter, and the generator that made it.
 * @param lists whether identifiers in a row are looked for together
 */
export function meaning(filter: string, options: CompileOptions, lists: boolean): Meaning {
  const snaplen = checkedSnaplen(options.snaplen ?? defaultSnaplen);
  const dialect = dialectOf(options.dialect ?? 'libpcap');
  const expression = parse(filter, dialect);
  const g = new Generator({
    source: filter,
    link: linkOf(options.link ?? 'EN10MB'),
    netmask: netmaskOf(options.netmask),
    names: namesGiven(options.names),
    lists,
    dialect,
    savefile: options.savefile ?? false,
  });
  if (expression === undefined) return { g, condition: always, snaplen };
  const body = generate(g, expression);
  g.span = { start: 0, end: filter.length };
  return { g, condition: and(prologue(g), body), snaplen };
}

function checkedSnaplen(snaplen: number): number {
  if (Number.isInteger(snaplen) && snaplen > 0 && snaplen <= 0xffffffff) return snaplen;
  throw new BpfError('range', `expected a snapshot length from 1 to ${0xffffffff}, found ${snaplen}`);
}

function dialectOf(dialect: Dialect): Dialect {
  if (dialects.includes(dialect)) return dialect;
  const suggestion = nearest(`${dialect}`, dialects);
  throw new BpfError('name', `unknown dialect '${dialect}'`, { suggestion });
}

function netmaskOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const mask = typeof text === 'string' ? parseIpv4(text) : undefined;
  if (mask?.bits !== 32) throw new BpfError('range', `expected a netmask such as 255.255.255.0, found '${text}'`);
  // As in libpcap, a mask of ones stands for one that is not known.
  return mask.address === 0xffffffff ? undefined : mask.address;
}

/** As `names` was given, since it is made into a lookup for the first name. */
function namesGiven(names: CompileOptions['names']): CompileOptions['names'] {
  if (names !== undefined) expectObject(names, 'names');
  return names;
}
