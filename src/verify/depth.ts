// How much stack the program's functions take together, over every chain of calls.

import type { Analysis } from './analysis.js';
import { calledFunction } from './graph.js';
import { isTailCall } from './leaving.js';
import { VerifyError } from './refusal.js';
import { stackSize } from './stack.js';
import { frameLimit } from './state.js';

/** Each function's stack is rounded up to this many bytes, as by Linux's JIT. */
const rounding = 16;
/** A function with at least this much gets a stack of its own, where there are such; Linux's figure. */
const privateSize = 64;

/**
 * The bytes that the deepest chain of calls takes.
 * @throws VerifyError when a chain is too long or takes more than 512 bytes
 */
export function stackDepth(analysis: Analysis): number {
  const { graph, environment } = analysis;
  const functions = new Map(graph.functions.map((entry) => [entry, functionAt(analysis, entry)]));
  const leaves = [...functions.values()].some(({ hasTailCall }) => hasTailCall);
  const hasPrivate = environment.privateStacks === true && !leaves;
  return deepest({ functions, hasPrivate }, 0, 0, 1);
}

/** One function: where it stands, how much stack it uses, and what it calls. */
interface Extent {
  readonly entry: number;
  readonly depth: number;
  /** The functions that it calls, each with one of the calls. */
  readonly calls: ReadonlyMap<number, number>;
  /** It may leave for another program. */
  readonly hasTailCall: boolean;
}

interface Functions {
  readonly functions: ReadonlyMap<number, Extent>;
  readonly hasPrivate: boolean;
}

/** @param above what the callers take together */
function deepest(program: Functions, entry: number, above: number, frames: number): number {
  const { depth, calls } = program.functions.get(entry)!;
  const total = program.hasPrivate && depth >= privateSize ? above : above + depth;
  if (total > stackSize) {
    throw new VerifyError(
      `${frames} functions that call one another take ${total} bytes of stack, more than ${stackSize}`,
      entry,
    );
  }
  let most = Math.max(total, depth);
  for (const [callee, pc] of calls) {
    if (frames === frameLimit) throw new VerifyError(`more than ${frameLimit} functions call one another`, pc);
    most = Math.max(most, deepest(program, callee, total, frames + 1));
  }
  return most;
}

function functionAt(analysis: Analysis, entry: number): Extent {
  const { functions } = analysis.graph;
  const end = functions[functions.indexOf(entry) + 1] ?? analysis.insns.length;
  const depth = Math.ceil(analysis.depth(entry) / rounding) * rounding;
  const calls = new Map<number, number>();
  let hasTailCall = false;
  if (!analysis.graph.hasCalls && functions.length === 1) return { entry, depth, calls, hasTailCall };
  for (let pc = entry; pc < end; pc++) {
    const insn = analysis.insns[pc]!;
    const callee = calledFunction(insn, pc);
    if (callee !== undefined) calls.set(callee, pc);
    if (isTailCall(insn, analysis.environment)) hasTailCall = true;
  }
  return { entry, depth, calls, hasTailCall };
}
