// A filter expression to a classic program: parse, generate, optimize, emit.
//
//   text ─ parse ▸ expression ─ generate ▸ condition ─ build ▸ graph ─ optimize ▸ graph ─ select, place ▸ program

import { BpfError, type Span } from '../base/error.js';
import { linkOf } from '../base/link.js';
import { ClassicProgram } from '../classic/program.js';
import { shortChain } from '../decide/decide.js';
import { parseIpv4 } from './address.js';
import { always, and, type Condition } from './condition.js';
import { type Placed, place } from './emit/place.js';
import { select } from './emit/select.js';
import { generate } from './generate/expression.js';
import { Generator, type Warning } from './generate/generator.js';
import { prologue } from './generate/prologue.js';
import { accept, build, type Node, reject } from './graph.js';
import { initialize } from './initialize.js';
import { type Names, type NameTables, systemNames, tableNames } from './names.js';
import { expand } from './optimize/expand.js';
import { optimize } from './optimize/optimize.js';
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
  /** Where names are looked up; by default in the system's files. No name server is ever asked. */
  readonly names?: Names | NameTables;
}

export interface Compiled {
  readonly program: ClassicProgram;
  /** What may mean something else than it seems. */
  readonly warnings: readonly Warning[];
}

const defaultSnaplen = 262144;

/**
 * Compiles a filter in the language of pcap-filter(7).
 * @throws BpfError with the place of the mistake in `filter`
 */
export function compile(filter: string, options: CompileOptions = {}): Compiled {
  const snaplen = checkedSnaplen(options.snaplen ?? defaultSnaplen);
  const improve = options.optimize ?? true;
  const expression = parse(filter);
  const g = new Generator({
    source: filter,
    link: linkOf(options.link ?? 'EN10MB'),
    netmask: netmaskOf(options.netmask),
    names: namesOf(options.names),
    lists: improve,
    savefile: options.savefile ?? false,
  });
  const body = expression === undefined ? always : generate(g, expression);
  const condition: Condition = expression === undefined ? always : and(prologue(g), body);
  const plain = build(condition, accept, reject);
  const root = initialize(improve ? optimize(plain, g.values) : plain, g.values);
  if (root === reject) g.warn('this filter matches no packet', { start: 0, end: filter.length });
  const { insns, spans } = improve ? smallEnough(root, g, snaplen) : emit(root, g, snaplen, false);
  if (insns.length > attachable) {
    g.warn(`the program has ${insns.length} instructions; Linux attaches at most ${attachable}`, {
      start: 0,
      end: filter.length,
    });
  }
  return { program: new ClassicProgram(insns, { source: filter, spans }), warnings: g.warnings };
}

/** The most instructions of a program that Linux attaches (BPF_MAXINSNS). */
const attachable = 4096;

/** Decisions with longer chains make a program shorter by up to an eighth, where that makes it attachable. */
const longChain = 128;

function smallEnough(root: Node, g: Generator, snaplen: number): Placed {
  const fast = emit(expand(root, shortChain), g, snaplen, true);
  const excess = fast.insns.length - attachable;
  if (excess <= 0 || excess > attachable / 8) return fast;
  const small = emit(expand(root, longChain), g, snaplen, true);
  return small.insns.length <= attachable ? small : fast;
}

function emit(root: Node, g: Generator, snaplen: number, reuse: boolean): Placed {
  const outOfCells = (span: Span | undefined) => g.outOfCells(span);
  return place(root, select(root, { values: g.values, reuse, outOfCells }), snaplen);
}

function checkedSnaplen(snaplen: number): number {
  if (Number.isInteger(snaplen) && snaplen > 0 && snaplen <= 0xffffffff) return snaplen;
  throw new BpfError('range', `expected a snapshot length from 1 to ${0xffffffff}, found ${snaplen}`);
}

function netmaskOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const mask = parseIpv4(text);
  if (mask?.bits !== 32) throw new BpfError('range', `expected a netmask such as 255.255.255.0, found '${text}'`);
  // As in libpcap, a mask of ones stands for one that is not known.
  return mask.address === 0xffffffff ? undefined : mask.address;
}

function namesOf(names: Names | NameTables | undefined): Names {
  if (names === undefined) return systemNames();
  return isLookup(names) ? names : tableNames(names);
}

function isLookup(names: Names | NameTables): names is Names {
  return typeof names.hosts === 'function';
}
