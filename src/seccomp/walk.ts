// Every way through a seccomp filter, and the calls that take it. The filter has no loops, and each test is of one word of the call, so that
// the ways divide all calls exactly: no sampling, no approximation.

import { BpfError } from '../base/error.js';
import type { Operation } from '../classic/insn.js';
import type { ClassicProgram } from '../classic/program.js';
import { type Fact, type Region, restricted, wordOf } from './region.js';
import { isTellable, witness } from './wordset.js';

/** The calls that end at one return, by one way. */
export interface Way {
  readonly region: Region;
  /** What the filter returns for them. */
  readonly action: number;
  /** The instructions on the way. */
  readonly path: Path;
}

/** The last instruction of a way, and those before it. */
export interface Path {
  readonly pc: number;
  readonly before: Path | undefined;
}

export function pathOf(path: Path): readonly number[] {
  const pcs: number[] = [];
  for (let at: Path | undefined = path; at !== undefined; at = at.before) pcs.push(at.pc);
  return pcs.reverse();
}

/** What is in A: some bits of a word of the call, a number, or what can't be told. */
type Accumulator =
  | { readonly kind: 'word'; readonly word: number; readonly mask: number }
  | { readonly kind: 'number'; readonly value: number };

/** So many ways are followed: a filter of 4096 instructions may have 2^2048. */
const mostWays = 1_000_000;

/**
 * Follows every way that some call of the region takes.
 * @param program one that `check` takes for seccomp
 * @param visit is given each way in turn
 * @throws BpfError 'unsupported' at an instruction that filters made from policies don't have (arithmetic other than a mask, scratch
 * cells, X), 'limit' where there are too many ways
 */
export function walk(program: ClassicProgram, region: Region, visit: (way: Way) => void): void {
  const pending: State[] = [{ pc: 0, region, a: { kind: 'number', value: 0 }, path: undefined }];
  let ways = 0;
  for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
    const end = follow(program, state, pending);
    ways++;
    if (ways > mostWays) throw new BpfError('limit', `expected at most ${mostWays} ways through the filter`);
    if (end !== undefined) visit(end);
  }
}

interface State {
  readonly pc: number;
  readonly region: Region;
  readonly a: Accumulator;
  readonly path: Path | undefined;
}

/** Goes on to the next return; where the way forks, the other branch is left pending. */
function follow({ operations }: ClassicProgram, from: State, pending: State[]): Way | undefined {
  let { pc, region, a, path } = from;
  for (;;) {
    const op = operations[pc];
    path = { pc, before: path };
    if (op === undefined) throw unsupported(op, pc);
    if (op.kind === 'return') return { region, action: returned(op, a, region, pc), path };
    if (op.kind === 'jump') {
      const next = branches(op, a, region, pc);
      const [first, ...rest] = next;
      if (first === undefined) return undefined;
      for (const { off, region: part } of rest) pending.push({ pc: pc + 1 + off, region: part, a, path });
      pc += 1 + first.off;
      region = first.region;
      continue;
    }
    a = accumulated(op, a, pc);
    pc += op.kind === 'goto' ? 1 + op.off : 1;
  }
}

function accumulated(op: Operation, a: Accumulator, pc: number): Accumulator {
  if (op.kind === 'packet' && !op.indexed && op.size === 4) return { kind: 'word', word: op.k / 4, mask: 0xffff_ffff };
  if (op.kind === 'constant' && op.to === 'a') return { kind: 'number', value: op.value };
  if (op.kind === 'goto') return a;
  if (op.kind === 'alu' && op.op === 'and' && op.operand !== 'x') {
    const { k } = op.operand;
    return a.kind === 'word' ? { ...a, mask: (a.mask & k) >>> 0 } : { kind: 'number', value: (a.value & k) >>> 0 };
  }
  throw unsupported(op, pc);
}

interface Branch {
  readonly off: number;
  readonly region: Region;
}

type Jump = Extract<Operation, { kind: 'jump' }>;

/** Where the calls of a region go from a jump; a branch that none of them takes is not among these. */
function branches(op: Jump, a: Accumulator, region: Region, pc: number): readonly Branch[] {
  if (op.operand === 'x') throw unsupported(op, pc);
  const { k } = op.operand;
  if (a.kind === 'number') return [{ off: constantTest(op.op, a.value, k) ? op.jt : op.jf, region }];
  const test = { mask: op.op === 'set' ? (a.mask & k) >>> 0 : a.mask, op: op.op, k };
  if (!isTellable(test)) throw unsupported(op, pc);
  return [true, false].flatMap((truth) => {
    const fact: Fact = { word: a.word, test, truth };
    const part = restricted(region, [fact]);
    return part === undefined ? [] : [{ off: truth ? op.jt : op.jf, region: part }];
  });
}

function constantTest(op: Jump['op'], value: number, k: number): boolean {
  switch (op) {
    case 'eq':
      return value === k;
    case 'gt':
      return value > k;
    case 'ge':
      return value >= k;
    case 'set':
      return (value & k) !== 0;
  }
}

function returned(op: Extract<Operation, { kind: 'return' }>, a: Accumulator, region: Region, pc: number): number {
  if (op.value !== 'a') return op.value.k;
  if (a.kind === 'number') return a.value;
  const set = wordOf(region, a.word);
  const only = witness(set);
  if (only !== undefined && set.low === set.high) return (only & a.mask) >>> 0;
  throw unsupported(op, pc);
}

function unsupported(op: Operation | undefined, pc: number): BpfError {
  const what = op === undefined ? 'an unknown instruction' : `an instruction of kind '${op.kind}'`;
  return new BpfError('unsupported', `can't follow ${what} at ${pc}: what it does to a call can't be told`, { pc });
}
