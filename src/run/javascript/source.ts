// A classic program as the body of a JavaScript function (data, length): its verdict.
//
// Where all jumps lead forward, each that one leads to ends a labelled block, so that a jump is a `break`, and V8 sees the very
// flow of the program:
//
//   L9: { L5: { …  if (A === 2048) break L5;  …  break L9; } … } …
//
// A program with a loop, or one so long that the blocks would nest too deep, is a `switch` over its blocks in a loop, and counts
// what it executes, a block at a time.

import type { Operation } from '../../classic/insn.js';
import type { ClassicProgram } from '../../classic/program.js';
import { hasLoop, jumpWays, knownSizes, targets } from './flow.js';
import { condition, type InputKind, neededSize, statement } from './statement.js';

type Operations = readonly (Operation | undefined)[];

/** The longest program that is made of blocks in blocks, up to one an instruction: parsers of JavaScript go no deeper than they have stack. */
const nestingLength = 1000;

/** A trap is returned as its instruction's index below this: no verdict is negative. */
export const trapBase = -(2 ** 33);

/** @param budget how many instructions a program with a loop may execute, compared where it jumps backwards */
export function sourceOf({ operations }: ClassicProgram, input: InputKind, budget: number): string {
  const nests = operations.length <= nestingLength && !hasLoop(operations);
  const body = nests ? straight(operations, input) : switched(operations, input, budget);
  const cells = [...new Set(body.match(/\bM\d+\b/g))].map((cell) => `, ${cell} = 0`);
  return `'use strict';\nconst size = data.length;\nlet A = 0, X = 0, at = 0${cells.join('')};\n${body}`;
}

function straight(operations: Operations, input: InputKind): string {
  const known = knownSizes(operations, (op) => neededSize(op, input));
  const labels = new Set([...targets(operations)].filter((pc) => !endsThere(operations[pc])).sort((a, b) => b - a));
  const jump: Jump = (to, from) => {
    if (endsThere(operations[to])) return ending(operations[to], to);
    return to === from + 1 ? '' : `break L${to};`;
  };
  const lines = Array.from(labels, (pc) => `L${pc}: {`);
  for (const [pc, op] of operations.entries()) {
    if (labels.has(pc)) lines.push('}');
    if (known[pc] !== Number.POSITIVE_INFINITY) lines.push(lineOf(op, pc, { input, known: known[pc]!, jump }));
  }
  return [...lines, trap(operations.length)].join('\n');
}

function switched(operations: Operations, input: InputKind, budget: number): string {
  const leaders = [...new Set([0, ...targets(operations), ...operations.flatMap(follower)])].sort((a, b) => a - b);
  const jump: Jump = (to, from) => {
    if (endsThere(operations[to]) && to > from) return ending(operations[to], to);
    const check = to <= from ? `if (executed > ${budget}) ${trap(from)} ` : '';
    return `${check}{ pc = ${to}; continue; }`;
  };
  const blocks = leaders
    .filter((pc) => pc >= 0 && pc < operations.length)
    .map((pc, i, all) => {
      const block = operations.slice(pc, all[i + 1]);
      const lines = block.map((op, offset) => lineOf(op, pc + offset, { input, known: 0, jump }));
      return [`case ${pc}: executed += ${block.length};`, ...lines].join('\n');
    });
  const bodies = [...blocks, trap(operations.length), `default: return ${trapBase} + pc;`];
  return `let pc = 0, executed = 0;\nfor (;;) switch (pc) {\n${bodies.join('\n')}\n}`;
}

/** Behind a jump a block begins, so that its instructions are counted once they are come to. */
function follower(op: Operation | undefined, pc: number): number[] {
  return op !== undefined && jumpWays(op, pc) !== undefined ? [pc + 1] : [];
}

/** What goes on with instruction `to`, at the end of instruction `from`. */
type Jump = (to: number, from: number) => string;

interface Place {
  readonly input: InputKind;
  readonly known: number;
  readonly jump: Jump;
}

function lineOf(op: Operation | undefined, pc: number, { input, known, jump }: Place): string {
  if (op === undefined || op.kind === 'return') return ending(op, pc);
  if (op.kind === 'goto') return jump(pc + 1 + op.off, pc);
  if (op.kind === 'jump') return test(op, pc, jump);
  return statement(op, input, known) ?? trap(pc);
}

function test({ op, operand, jt, jf }: Operation & { readonly kind: 'jump' }, pc: number, jump: Jump): string {
  const holds = condition(op, operand);
  const [yes, no] = [jump(pc + 1 + jt, pc), jump(pc + 1 + jf, pc)];
  if (jt === jf) return yes;
  if (yes === '') return `if (!${holds}) ${no}`;
  return no === '' ? `if ${holds} ${yes}` : `if ${holds} ${yes} else ${no}`;
}

/** Whether an instruction ends the run, so that it can stand wherever it is jumped to. */
function endsThere(op: Operation | undefined): boolean {
  return op === undefined || op.kind === 'return';
}

function ending(op: Operation | undefined, pc: number): string {
  if (op?.kind !== 'return') return trap(pc);
  return op.value === 'a' ? 'return A >>> 0;' : `return ${op.value.k};`;
}

function trap(pc: number): string {
  return `return ${trapBase + pc};`;
}
