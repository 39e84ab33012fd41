// Any program as a `switch` over its blocks in a loop, which counts the instructions that it executes, a block at a time.

import type { Operation } from '../../classic/insn.js';
import { jumpWays, targets } from './flow.js';
import { ending, endsThere, type Jump, lineOf, type SourceOptions, trap, trapBase } from './line.js';

type Operations = readonly (Operation | undefined)[];

export function switched(operations: Operations, { input, budget, tellsTraps }: SourceOptions): string[] {
  const leaders = [...new Set([0, ...targets(operations), ...operations.flatMap(follower)])].sort((a, b) => a - b);
  const jump: Jump = (to, from) => {
    if (endsThere(operations[to]) && to > from) return ending(operations[to], trap(to, tellsTraps));
    const check = to <= from ? `if (executed > ${budget}) ${trap(from, tellsTraps)} ` : '';
    return `${check}{ pc = ${to}; continue; }`;
  };
  const blocks = leaders
    .filter((pc) => pc >= 0 && pc < operations.length)
    .flatMap((pc, i, all) => {
      const block = operations.slice(pc, all[i + 1]);
      const lines = block.map((op, offset) => lineOf(op, pc + offset, { input, known: 0, jump, tellsTraps }));
      return [`case ${pc}: executed += ${block.length};`, ...lines];
    });
  const last = tellsTraps ? `return ${trapBase} + pc;` : 'return 0;';
  return [
    'let pc = 0, executed = 0;\nfor (;;) switch (pc) {',
    ...blocks,
    trap(operations.length, tellsTraps),
    `default: ${last}\n}`,
  ];
}

/** Behind a jump a block begins, so that its instructions are counted once they are come to. */
function follower(op: Operation | undefined, pc: number): number[] {
  return op !== undefined && jumpWays(op, pc) !== undefined ? [pc + 1] : [];
}
