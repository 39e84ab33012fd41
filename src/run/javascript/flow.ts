// How control flows through a classic program, as far as JavaScript that does the same needs to know it.

import type { Operation } from '../../classic/insn.js';

/** Where an instruction leads: one way, two for a test, none at the end of a run. */
export interface Ways {
  readonly taken: number;
  readonly otherwise: number;
}

/** Where a jump leads; undefined for what is none. */
export function jumpWays(op: Operation, pc: number): Ways | undefined {
  if (op.kind === 'jump') return { taken: pc + 1 + op.jt, otherwise: pc + 1 + op.jf };
  if (op.kind === 'goto') return { taken: pc + 1 + op.off, otherwise: pc + 1 + op.off };
  return undefined;
}

/** Whether some jump leads backwards: then blocks can't simply be left in their order. */
export function hasLoop(operations: readonly (Operation | undefined)[]): boolean {
  return operations.some((op) => op?.kind === 'goto' && op.off < 0);
}

/** The instructions that some jump leads to. */
export function targets(operations: readonly (Operation | undefined)[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const [pc, op] of operations.entries()) {
    const ways = op && jumpWays(op, pc);
    if (ways !== undefined) found.add(ways.taken).add(ways.otherwise);
  }
  return found;
}

/**
 * For each instruction of a program without loops how many bytes the packet is known to have there, since a load before it on
 * every way has found so many: what lies below need not be asked again. Infinity where no way leads.
 * @param needed how many bytes an instruction reads, from the first on; 0 where that is not known beforehand
 */
export function knownSizes(
  operations: readonly (Operation | undefined)[],
  needed: (op: Operation) => number,
): readonly number[] {
  const known = operations.map((_, pc) => (pc === 0 ? 0 : Number.POSITIVE_INFINITY));
  for (const [pc, op] of operations.entries()) {
    if (op === undefined || op.kind === 'return' || known[pc] === Number.POSITIVE_INFINITY) continue;
    const after = Math.max(known[pc]!, needed(op));
    const { taken, otherwise } = jumpWays(op, pc) ?? { taken: pc + 1, otherwise: pc + 1 };
    for (const next of [taken, otherwise]) {
      if (next < known.length) known[next] = Math.min(known[next]!, after);
    }
  }
  return known;
}
