// Long lists in generated JavaScript. Where many comparisons of A with constants follow one another, whatever their shape, all that they
// decide is which way is gone for which numbers: a table of ranges, in which JavaScript looks A up. So a program is short however long
// its lists are, and V8 makes machine code of it.

import type { Operation } from '../../classic/insn.js';
import { jump } from '../../classic/rows.js';
import { largest, type Numbers } from '../../optimize/numbers.js';
import { jumpWays } from './flow.js';

type Operations = readonly (Operation | undefined)[];

/** Comparisons that only others of the list lead to, but for the first of them, the head; and the jumps between them. */
export interface List {
  readonly head: number;
  readonly members: Set<number>;
}

/** Where a list leads, and for which numbers in A. */
export interface Way {
  readonly to: number;
  readonly numbers: Numbers;
}

/** So many comparisons are worth a table. */
const leastTests = 24;
/** A list stays as it is where more steps than this may have to be gone to find out what it decides: 20 ms. */
const mostSteps = 2 ** 22;

/** The lists of a program without loops. */
export function listsOf(operations: Operations): List[] {
  const lists: List[] = [];
  const enteredFrom = new Map<number, List | undefined>([[0, undefined]]);
  for (const [pc, op] of operations.entries()) {
    const from = enteredFrom.get(pc);
    const isReached = enteredFrom.delete(pc);
    if (!isReached || op === undefined || op.kind === 'return') continue;
    const begun: List | undefined = from === undefined && comparesA(op) ? { head: pc, members: new Set() } : undefined;
    if (begun !== undefined) lists.push(begun);
    const own = begun ?? (comparesA(op) || op.kind === 'goto' ? from : undefined);
    own?.members.add(pc);
    for (const next of nextOf(op, pc)) {
      enteredFrom.set(next, enteredFrom.has(next) && enteredFrom.get(next) !== own ? undefined : own);
    }
  }
  return lists.filter((list) => isWorthATable(operations, list));
}

function nextOf(op: Operation, pc: number): number[] {
  const { taken, otherwise } = jumpWays(op, pc) ?? { taken: pc + 1, otherwise: pc + 1 };
  return taken === otherwise ? [taken] : [taken, otherwise];
}

function isWorthATable(operations: Operations, { head, members }: List): boolean {
  if (members.size < leastTests) return false;
  const depths = new Map([[head, 1]]);
  let [tests, deepest] = [0, 0];
  for (const pc of members) {
    const [op, depth] = [operations[pc]!, depths.get(pc)!];
    if (comparesA(op)) tests++;
    deepest = Math.max(deepest, depth);
    for (const next of nextOf(op, pc)) depths.set(next, Math.max(depths.get(next) ?? 0, depth + 1));
  }
  return tests >= leastTests && (2 * tests + 1) * deepest <= mostSteps;
}

type Comparison = Operation & { readonly kind: 'jump'; readonly operand: { readonly k: number } };

function comparesA(op: Operation): op is Comparison {
  return op.kind === 'jump' && op.op !== 'set' && op.operand !== 'x';
}

/** A list is followed for one of each numbers that its comparisons can't tell apart. */
export function waysOf(operations: Operations, { head, members }: List): Way[] {
  const ways = new Map<string, { readonly to: number; readonly numbers: number[] }>();
  const starts = edges(operations, members);
  for (const [i, start] of starts.entries()) {
    let pc = head;
    while (members.has(pc)) pc = next(operations[pc], pc, start);
    const name = nameOf(operations[pc], pc);
    const { numbers } = ways.get(name) ?? ways.set(name, { to: pc, numbers: [] }).get(name)!;
    if (numbers.at(-1) === start - 1) numbers.pop();
    else numbers.push(start);
    numbers.push((starts[i + 1] ?? largest + 1) - 1);
  }
  return [...ways.values()];
}

/** Ends of a run with the same verdict are the same. */
function nameOf(op: Operation | undefined, pc: number): string {
  return op?.kind === 'return' ? `return ${op.value === 'a' ? 'a' : op.value.k}` : `${pc}`;
}

/** Where the numbers begin of which the comparisons may say something else than of the one before. */
function edges(operations: Operations, members: ReadonlySet<number>): number[] {
  const found = new Set([0]);
  for (const pc of members) {
    const op = operations[pc];
    if (op === undefined || !comparesA(op)) continue;
    if (op.op !== 'gt') found.add(op.operand.k);
    if (op.op !== 'ge' && op.operand.k < 0xffff_ffff) found.add(op.operand.k + 1);
  }
  return [...found].sort((a, b) => a - b);
}

/** Where a member of a list leads with a number in A. */
function next(op: Operation | undefined, pc: number, a: number): number {
  if (op?.kind === 'goto') return pc + 1 + op.off;
  const { op: name, operand, jt, jf } = op as Comparison;
  return pc + 1 + (jump[name].eval(a, operand.k) ? jt : jf);
}
