// Which instructions a classic program can come to. Classic programs may hold dead code; internal ones may not.

import type { Operation } from '../classic/insn.js';

/** For each instruction whether some way leads to it, whatever the tests say. */
export function reachable(operations: readonly Operation[]): readonly boolean[] {
  const reached = operations.map(() => false);
  const open = [0];
  for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
    if (reached[pc]) continue;
    reached[pc] = true;
    for (const skip of skips(operations[pc]!)) open.push(pc + 1 + skip);
  }
  return reached;
}

/** How many instructions each way out of this one goes over. */
function skips(op: Operation): number[] {
  switch (op.kind) {
    case 'jump':
      return [op.jt, op.jf];
    case 'goto':
      return [op.off];
    case 'return':
      return [];
    case 'constant':
    case 'length':
    case 'load-cell':
    case 'store-cell':
    case 'packet':
    case 'header-length':
    case 'extension':
    case 'alu':
    case 'neg':
    case 'tax':
    case 'txa':
      return [0];
  }
}
