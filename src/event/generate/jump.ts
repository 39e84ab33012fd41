// Conditions with branches: what is dear is left out where something cheaper decides.

import * as asm from '../../ebpf/build.js';
import type { Condition, Junction } from '../simplify.js';
import { emitComparison } from './arithmetic.js';
import type { Code } from './code.js';
import { full } from './code.js';
import { emitDecision } from './decision.js';
import { emitLocated } from './located.js';
import { type Plain, plain } from './plain.js';
import { emitProcessors } from './processors.js';

/** Where to go on: `next` is what follows the code, one of the two. */
export interface Ways {
  readonly yes: string;
  readonly no: string;
  readonly next: string;
}

/** So many instructions are made without a branch. A mispredicted one costs about as much as fifty. */
const chunkLimit = 48;

export function emitJump(code: Code, condition: Condition, ways: Ways): void {
  const cheap = plain(condition, code);
  if (cheap !== undefined && cheap.cost <= chunkLimit) {
    emitChunk(code, cheap, ways);
    return;
  }
  switch (condition.kind) {
    case 'and':
    case 'or':
      emitJunction(code, condition, ways);
      return;
    case 'member':
      emitDecision(code, condition, ways);
      return;
    case 'comparison':
      emitComparison(code, condition, ways);
      return;
    case 'text':
    case 'whole':
      emitLocated(code, condition, ways);
      return;
    case 'processors':
      emitProcessors(code, condition, ways);
      return;
    case 'bits':
    case 'constant':
      throw new Error('assertion failed: a test that is always cheap');
  }
}

function emitChunk(code: Code, chunk: Plain, { yes, no, next }: Ways): void {
  chunk.emit(code, 0);
  code.emit(next === yes ? asm.jumpIf(full(0), '==', 0, no) : asm.jumpIf(full(0), '!=', 0, yes));
}

function emitJunction(code: Code, { kind, operands }: Junction, ways: Ways): void {
  const groups = grouped(kind, operands, code);
  for (const [i, group] of groups.entries()) {
    if (i === groups.length - 1) {
      emitJump(code, group, ways);
      return;
    }
    const on = code.newLabel();
    const { yes, no } = ways;
    emitJump(code, group, kind === 'and' ? { yes: on, no, next: on } : { yes, no: on, next: on });
    code.bind(on);
  }
}

/** The operands, the cheapest first; of those without branches as many together as make a chunk. */
export function grouped(kind: Junction['kind'], operands: readonly Condition[], code: Code): Condition[] {
  const ranked = operands.map((operand) => ({ operand, cost: plain(operand, code, 1)?.cost ?? rank(operand) }));
  ranked.sort((a, b) => a.cost - b.cost);
  const groups: Condition[] = [];
  let chunk: Condition[] = [];
  let sum = 0;
  const close = (): void => {
    if (chunk.length > 0) groups.push(chunk.length === 1 ? chunk[0]! : { kind, operands: chunk });
    chunk = [];
    sum = 0;
  };
  for (const { operand, cost } of ranked) {
    if (sum + cost + 1 > chunkLimit) close();
    if (cost > chunkLimit) groups.push(operand);
    else {
      chunk.push(operand);
      sum += cost + 1;
    }
  }
  close();
  return groups;
}

/** How dear it is where it isn't done without branches: behind everything that is, in this order. */
function rank(condition: Condition): number {
  const dearest = 1000;
  switch (condition.kind) {
    case 'member':
    case 'comparison':
      return dearest;
    case 'and':
    case 'or':
      return dearest + condition.operands.length;
    case 'whole':
      return dearest * 10;
    case 'processors':
      return dearest * 11;
    case 'text':
      return dearest * (condition.pattern.kind === 'glob' || condition.pattern.kind === 'middle' ? 13 : 12);
    case 'bits':
    case 'constant':
      return 0;
  }
}
