// Which instructions a classic program can come to. Classic programs may hold dead code; internal ones may not.

import type { Operation } from '../classic/insn.js';

/** For each instruction whether some way leads to it, whatever the tests say. */
export function reachable(operations: readonly Operation[]): readonly boolean[] {
  const reached = operations.map(() => false);
  const open = [0];
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    // Along the straight way, and what is jumped to later.
    for (; !reached[pc]; pc++) {
      reached[pc] = true;
      const op = operations[pc]!;
      if (op.kind === 'jump') open.push(pc + 1 + op.jt, pc + 1 + op.jf);
      if (op.kind === 'goto') open.push(pc + 1 + op.off);
      if (op.kind === 'jump' || op.kind === 'goto' || op.kind === 'return') break;
    }
  }
  return reached;
}
