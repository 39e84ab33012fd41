// A filter expression to a classic program: parse, generate, optimize, emit.
//
//   text ─ parse ▸ expression ─ generate ▸ condition ─ build ▸ graph ─ optimize ▸ graph ─ select, place ▸ program

import { expectObject } from '../base/argument.js';
import { ClassicProgram } from '../classic/program.js';
import { shortChain } from '../decide/decide.js';
import { emit } from './emit/emit.js';
import type { Placed } from './emit/place.js';
import type { Generator, Warning } from './generate/generator.js';
import { accept, build, type Node, reject } from './graph.js';
import { initialize } from './initialize.js';
import { type CompileOptions, meaning } from './meaning.js';
import { expand } from './optimize/expand.js';
import { optimize } from './optimize/optimize.js';

export interface Compiled {
  readonly program: ClassicProgram;
  /** What may mean something else than it seems. */
  readonly warnings: readonly Warning[];
}

/**
 * Compiles a filter in the language of pcap-filter(7).
 * @throws BpfError with the place of the mistake in `filter`
 */
export function compile(filter: string, options: CompileOptions = {}): Compiled {
  expectObject(options, 'the options');
  const improve = options.optimize ?? true;
  const { g, condition, snaplen } = meaning(filter, options, improve);
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
  const fast = emit(expand(root, g.values, shortChain), g, snaplen, true);
  const excess = fast.insns.length - attachable;
  if (excess <= 0 || excess > attachable / 8) return fast;
  const small = emit(expand(root, g.values, longChain), g, snaplen, true);
  return small.insns.length <= attachable ? small : fast;
}
