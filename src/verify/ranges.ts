// What is known at each instruction over all paths, made of the trace of the walk: the answer to `VerifiedProgram.at`.

import * as arithmetic from '../abstract/arithmetic.js';
import { assert } from '../base/error.js';
import type { Program } from '../ebpf/program.js';
import { type Known, knownOf, withKnown } from './known.js';
import { type LooseNumbers, looseNumbers } from './loose.js';
import { emptySlot, isSpill, type Slot, slotSize, spillSize } from './slot.js';
import type { TraceNode } from './trace.js';
import { isScalar, unknown, type Value, withScalar } from './value.js';

/** What holds whenever an instruction is about to be carried out. */
export interface KnownState {
  /**
   * Of r0 to r10, what each may hold: one item where it is the same kind of thing on every path, none where nothing was
   * written on some path, or nothing reads it any more.
   */
  readonly registers: readonly (readonly Known[])[];
  /** What was spilled into the stack of the function on every path, lowest offset first. */
  readonly stack: readonly KnownSlot[];
}

/** Some bytes of the stack that hold a value. */
export interface KnownSlot {
  /** From the frame pointer, a multiple of 8 below 0. */
  readonly offset: number;
  /** How many bytes. */
  readonly size: 1 | 2 | 4 | 8;
  readonly values: readonly Known[];
}

export class Ranges {
  readonly #nodes: readonly (readonly TraceNode[])[];
  readonly #loose: LooseNumbers;

  constructor({ insns }: Program, nodes: readonly TraceNode[]) {
    const bySlot = insns.map((): TraceNode[] => []);
    for (const node of nodes) bySlot[node.pc]!.push(node);
    this.#nodes = bySlot;
    this.#loose = looseNumbers(insns, nodes);
  }

  /** Undefined where no path leads to. */
  at(pc: number): KnownState | undefined {
    const claims = this.#nodes[pc]!.map((node) => claimOf(node, this.#loose));
    if (claims.length === 0) return undefined;
    const registers = Array.from({ length: 11 }, (_, register) =>
      joined(claims.map(({ registers, depth }) => ({ value: registers[register]!, depth }))),
    );
    return Object.freeze({ registers: Object.freeze(registers), stack: Object.freeze(stackOf(claims)) });
  }
}

/** What holds in one frame on one path. */
export interface Claim {
  /** Index of the frame. */
  readonly depth: number;
  readonly registers: readonly Value[];
  readonly slots: readonly Slot[];
}

/** What a node says of a frame, without what is loose; of the one that runs, unless another is asked for. */
export function claimOf(node: TraceNode, loose: LooseNumbers, depth: number = node.state.frames.length - 1): Claim {
  const frame = node.state.frames[depth]!;
  const doubts = loose.get(node)?.[depth];
  assert(doubts !== undefined, 'what is loose is known of every node');
  const isLoose = (register: number) => (doubts.registers & (1 << register)) !== 0;
  return {
    depth,
    registers: frame.registers.map((value, register) => (isLoose(register) && isScalar(value) ? unknown : value)),
    slots: frame.slots.map((slot, index) => (doubts.slots.has(index) ? emptySlot : slot)),
  };
}

/** What a value may be over all paths; nothing, if there is a path on which there is nothing. */
function joined(values: readonly { readonly value: Value; readonly depth: number }[]): readonly Known[] {
  let all: readonly Known[] = [];
  for (const { value, depth } of values) {
    const known = knownOf(value, depth);
    if (known === undefined) return Object.freeze([]);
    all = withKnown(all, known);
  }
  return Object.freeze(all);
}

function stackOf(claims: readonly Claim[]): KnownSlot[] {
  const count = Math.min(...claims.map(({ slots }) => slots.length));
  const slots = Array.from({ length: count }, (_, index) => slotOf(claims, index));
  return slots.filter((slot) => slot !== undefined).reverse();
}

function slotOf(claims: readonly Claim[], index: number): KnownSlot | undefined {
  const size = sizes.find((size) => claims.every(({ slots }) => holds(slots[index]!, size)));
  if (size === undefined) return undefined;
  const values = claims.map(({ slots, depth }) => ({ value: spilledBytes(slots[index]!, size), depth }));
  return Object.freeze({ offset: -slotSize * (index + 1), size, values: joined(values) });
}

const sizes = [8, 4, 2, 1] as const;

/** Whether the first bytes of a slot are those of a value that is known as a whole. */
export function holds(slot: Slot, size: number): boolean {
  return isSpill(slot) && spillSize(slot) >= size && (isScalar(slot.value) || size === slotSize);
}

/** The first bytes of what was spilled. */
export function spilledBytes({ value }: Slot, size: 1 | 2 | 4 | 8): Value {
  return isScalar(value) ? withScalar(value, arithmetic.truncate(value.scalar, size)) : value;
}
