// A decision to the instructions of a lowered program: pieces without branches, with as few jumps between them as pay.

import type { LoweredInsn, Register } from '../ebpf/insn.js';
import { Block, type End, type Id } from './block.js';
import { type Condition, not } from './condition.js';
import type { Choice, Decision } from './decision.js';
import { divided } from './divide.js';
import { Evaluation } from './evaluate.js';
import { Operations } from './operations.js';
import type { Plans } from './plans.js';
import { Unsuited } from './unsuited.js';

/** The processor's operations that are done rather than jumped over: about what a jump costs that was foreseen wrongly. */
const worthAJump = 48;

/** More pieces or instructions than this, and the program stays as it is. */
const mostPieces = 5000;
const mostInsns = 30_000;

export interface Emitted {
  readonly insns: readonly LoweredInsn[];
  /** How many bytes from the packet's first one on must be readable. */
  readonly room: number;
  readonly readsArguments: boolean;
}

/** Instructions without jumps, and where they lead: nowhere after an exit. */
interface Piece {
  readonly insns: readonly LoweredInsn[];
  readonly ways: readonly [yes: Decision, no: Decision] | undefined;
}

/** @param pool registers that may be used, the cheapest first */
export function emit(decision: Decision, plans: Plans, pool: readonly Register[]): Emitted {
  return new Emission(plans, pool).emit(decision);
}

class Emission {
  readonly #plans: Plans;
  readonly #pool: readonly Register[];
  readonly #pieces = new Map<Decision, Piece>();
  #room = 0;
  #readsArguments = false;

  constructor(plans: Plans, pool: readonly Register[]) {
    this.#plans = plans;
    this.#pool = pool;
  }

  emit(decision: Decision): Emitted {
    return { insns: placed(this.#inOrder(decision)), room: this.#room, readsArguments: this.#readsArguments };
  }

  /** All pieces, each before those that it leads to; the way without a jump is next where it can be. */
  #inOrder(root: Decision): [Decision, Piece][] {
    const order: [Decision, Piece][] = [];
    const open: { decision: Decision; isDone: boolean }[] = [{ decision: root, isDone: false }];
    for (let top = open.pop(); top !== undefined; top = open.pop()) {
      const { decision, isDone } = top;
      const known = this.#pieces.get(decision);
      if (isDone) order.push([decision, known!]);
      if (isDone || known !== undefined) continue;
      const piece = this.#piece(decision);
      this.#pieces.set(decision, piece);
      if (this.#pieces.size > mostPieces) throw new Unsuited('the lowered program is too long');
      open.push({ decision, isDone: true });
      for (const way of piece.ways?.toReversed() ?? []) open.push({ decision: way, isDone: false });
    }
    return order.reverse();
  }

  #piece(decision: Decision): Piece {
    if (decision.kind === 'result') {
      return this.#made((_, operations) => operations.exit(operations.value(decision.value)), undefined);
    }
    const { branchFree } = this.#plans.switches;
    const limit = branchFree ? worthAJump : 0;
    const whole = this.#plans.costOf(decision.condition) <= limit ? this.#tried(decision) : undefined;
    if (whole !== undefined) return whole;
    const simpler = divided(decision, this.#plans);
    const piece = simpler === undefined ? this.#tried(decision) : this.#piece(simpler);
    if (piece === undefined) throw new Unsuited('a condition takes more registers than there are');
    return piece;
  }

  /** The decision in one piece; undefined where there are too few registers. */
  #tried({ condition, yes, no }: Choice): Piece | undefined {
    if (this.#plans.switches.branchFree && yes.kind === 'result' && no.kind === 'result') {
      const [k, other] = [yes.value, no.value];
      if (k.kind === 'number' && other.kind === 'number') {
        return this.#attempt((evaluation, operations) => {
          return operations.exit(selected(condition, k.number, other.number, evaluation, operations));
        }, undefined);
      }
    }
    return this.#attempt((evaluation, operations) => operations.jumpIf(evaluation.truth(condition)), [yes, no]);
  }

  #made(make: Make, ways: Piece['ways']): Piece {
    const piece = this.#attempt(make, ways);
    if (piece === undefined) throw new Unsuited('a value takes more registers than there are');
    return piece;
  }

  #attempt(make: Make, ways: Piece['ways']): Piece | undefined {
    const operations = new Operations(new Block());
    const end = make(new Evaluation(operations, this.#plans), operations);
    const insns = operations.block.instructions(end, this.#pool);
    if (insns === undefined) return undefined;
    this.#room = Math.max(this.#room, operations.room);
    this.#readsArguments ||= operations.readsArguments;
    return { insns, ways };
  }
}

type Make = (evaluation: Evaluation, operations: Operations) => End;

/** One of two numbers without a jump. */
function selected(condition: Condition, yes: number, no: number, evaluation: Evaluation, operations: Operations): Id {
  if (yes === 0) return selected(not(condition), no, 0, evaluation, operations);
  const truth = evaluation.truth(condition);
  const difference = (yes ^ no) >>> 0;
  const picked = scaled(truth, difference, operations);
  return no === 0 ? picked : operations.alu('xor', 32, picked, { imm: no | 0 });
}

/** `factor` where the truth is 1, else 0. */
function scaled(truth: Id, factor: number, operations: Operations): Id {
  if (factor === 1) return truth;
  if ((factor & (factor - 1)) === 0) return operations.alu('lsh', 32, truth, { imm: 31 - Math.clz32(factor) });
  const mask = operations.alu('sub', 32, operations.number(0), truth);
  return operations.alu('and', 32, mask, { imm: factor | 0 });
}

/** The pieces one after the other, with the jumps between them. */
function placed(pieces: readonly [Decision, Piece][]): LoweredInsn[] {
  const lengths = pieces.map(
    ([, { insns, ways }], i) => insns.length + (ways === undefined || ways[1] === pieces[i + 1]?.[0] ? 0 : 1),
  );
  const starts = new Map<Decision, number>();
  let slot = 0;
  for (const [i, [decision]] of pieces.entries()) {
    starts.set(decision, slot);
    slot += lengths[i]!;
  }
  if (slot > mostInsns) throw new Unsuited('the lowered program is too long');
  return pieces.flatMap(([decision, { insns, ways }], i) => {
    if (ways === undefined) return insns;
    const at = starts.get(decision)! + insns.length - 1;
    const jump = { ...insns.at(-1)!, off: starts.get(ways[0])! - at - 1 } as LoweredInsn;
    const falls = insns.length === lengths[i];
    const leap: LoweredInsn = { kind: 'goto', off: starts.get(ways[1])! - at - 2, long: false };
    return [...insns.slice(0, -1), jump, ...(falls ? [] : [leap])];
  });
}
