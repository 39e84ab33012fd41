// A decision to the instructions of a lowered program: pieces without branches, with as few jumps between them as pay.

import type { LoweredInsn, Register } from '../ebpf/insn.js';
import type { JumpName } from '../ebpf/rows.js';
import { Block, type End, type Id } from './block.js';
import { type Condition, not } from './condition.js';
import { type Choice, type Decision, isZero } from './decision.js';
import { divided } from './divide.js';
import { Evaluation } from './evaluate.js';
import { Operations } from './operations.js';
import type { Plans } from './plans.js';
import { Unsuited } from './unsuited.js';

/** More pieces or instructions than this, and the program stays as it is. */
const mostPieces = 5000;
const mostInsns = 30_000;

export interface Emitted {
  readonly insns: readonly LoweredInsn[];
  /** How many bytes from the packet's first one on must be readable. */
  readonly room: number;
  readonly readsArguments: boolean;
  /** How many of the instructions are jumps. */
  readonly jumps: number;
}

/** Instructions without jumps, and where they lead: nowhere after an exit. */
interface Piece {
  readonly insns: readonly LoweredInsn[];
  readonly ways: readonly [yes: Decision, no: Decision] | undefined;
}

export interface EmitOptions {
  /** Registers that may be used, the cheapest first. */
  readonly pool: readonly Register[];
  /** How many of the processor's operations are done rather than jumped over. */
  readonly jump: number;
}

export function emit(decision: Decision, plans: Plans, options: EmitOptions): Emitted {
  return new Emission(plans, options).emit(decision);
}

class Emission {
  readonly #plans: Plans;
  readonly #pool: readonly Register[];
  readonly #pieces = new Map<Decision, Piece>();
  readonly #limit: number;
  #room = 0;
  #readsArguments = false;

  constructor(plans: Plans, { pool, jump }: EmitOptions) {
    this.#plans = plans;
    this.#pool = pool;
    this.#limit = plans.switches.branchFree ? jump : 0;
  }

  emit(decision: Decision): Emitted {
    const insns = placed(this.#inOrder(decision));
    const jumps = insns.filter(({ kind }) => kind === 'jump' || kind === 'goto').length;
    return { insns, room: this.#room, readsArguments: this.#readsArguments, jumps };
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
    return withResultsLast(order.reverse());
  }

  #piece(decision: Decision): Piece {
    if (decision.kind === 'result') {
      return this.#made((_, operations) => operations.exit(operations.value(decision.value)), undefined);
    }
    const whole = this.#plans.costOf(decision.condition) <= this.#limit ? this.#tried(decision) : undefined;
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
  if (yes === no) return operations.number(yes);
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

/** Results lead nowhere: they stand at the end, the rejection last, where nothing has to be jumped over. */
function withResultsLast(order: readonly [Decision, Piece][]): [Decision, Piece][] {
  const rank = ([decision]: readonly [Decision, Piece]) => (decision.kind === 'choice' ? 0 : isZero(decision) ? 2 : 1);
  return order.toSorted((a, b) => rank(a) - rank(b));
}

/** The pieces one after the other, with the jumps between them: to the way that isn't next, where one is. */
function placed(pieces: readonly [Decision, Piece][]): LoweredInsn[] {
  const falls = pieces.map(([, { ways }], i): Falls => {
    const next = pieces[i + 1]?.[0];
    if (ways === undefined || ways[1] === next) return 'no';
    return ways[0] === next ? 'yes' : 'neither';
  });
  const starts = new Map<Decision, number>();
  let slot = 0;
  for (const [i, [decision, { insns }]] of pieces.entries()) {
    starts.set(decision, slot);
    slot += insns.length + (falls[i] === 'neither' ? 1 : 0);
  }
  if (slot > mostInsns) throw new Unsuited('the lowered program is too long');
  return pieces.flatMap(([decision, { insns, ways }], i) => {
    if (ways === undefined) return insns;
    const at = starts.get(decision)! + insns.length - 1;
    return [
      ...insns.slice(0, -1),
      ...leaps(
        insns.at(-1)!,
        falls[i]!,
        ways.map((way) => starts.get(way)! - at - 1),
      ),
    ];
  });
}

/** Which way of a piece goes on with the next one. */
type Falls = 'yes' | 'no' | 'neither';

/** The jumps at the end of a piece; `offs` lead to yes and no from behind the first of them. */
function leaps(last: LoweredInsn, falls: Falls, [yes, no]: readonly number[]): LoweredInsn[] {
  if (last.kind !== 'jump') throw new Error('a piece with two ways ends with a jump');
  if (falls === 'yes') return [{ ...last, op: inverse(last.op), off: no! }];
  const jump = { ...last, off: yes! };
  return falls === 'no' ? [jump] : [jump, { kind: 'goto', off: no! - 1, long: false }];
}

const inverses: Partial<Record<JumpName, JumpName>> = {
  ...{ eq: 'ne', ne: 'eq', gt: 'le', le: 'gt', ge: 'lt', lt: 'ge' },
  ...{ sgt: 'sle', sle: 'sgt', sge: 'slt', slt: 'sge' },
};

function inverse(op: JumpName): JumpName {
  const found = inverses[op];
  if (found === undefined) throw new Unsuited('a test of bits has no opposite');
  return found;
}
