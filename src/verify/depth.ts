// How much stack the program's functions take together, over every chain of calls.

import type { Analysis } from './analysis.js';
import { VerifyError } from './refusal.js';
import { stackSize } from './stack.js';
import { frameLimit } from './state.js';

/** Each function's stack is rounded up to this many bytes, as by Linux's JIT. */
const rounding = 16;

/**
 * The bytes that the deepest chain of calls takes.
 * @throws VerifyError when a chain is too long or takes more than 512 bytes
 */
export function stackDepth(analysis: Analysis): number {
  return deepest(analysis, 0, 0, 1);
}

/** @param above what the callers take together */
function deepest(analysis: Analysis, entry: number, above: number, frames: number): number {
  const own = Math.ceil(analysis.depth(entry) / rounding) * rounding;
  const total = above + own;
  if (total > stackSize) {
    throw new VerifyError(
      `${frames} functions that call one another take ${total} bytes of stack, more than ${stackSize}`,
      entry,
    );
  }
  let most = total;
  for (const { pc, callee } of callsOf(analysis, entry)) {
    if (frames === frameLimit) throw new VerifyError(`more than ${frameLimit} functions call one another`, pc);
    most = Math.max(most, deepest(analysis, callee, total, frames + 1));
  }
  return most;
}

function callsOf(analysis: Analysis, entry: number): { pc: number; callee: number }[] {
  const { functions } = analysis.graph;
  const end = functions[functions.indexOf(entry) + 1] ?? analysis.insns.length;
  const calls: { pc: number; callee: number }[] = [];
  for (let pc = entry; pc < end; pc++) {
    const insn = analysis.insns[pc]!;
    if (insn.kind === 'call-local') calls.push({ pc, callee: pc + 1 + insn.off });
  }
  return calls;
}
