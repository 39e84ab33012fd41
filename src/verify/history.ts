// The way that led to where a path is: precision follows it back, and a refusal shows it.
//
// Only what can't be worked out is kept: jumps, and notes on instructions. Between two entries the way is straight. The
// list is shared by the paths that have it in common.

/** An 8-byte slot of the stack of one of the frames. */
export interface StackSlot {
  readonly frame: number;
  readonly slot: number;
}

/** A register of one of the frames. */
export interface FrameRegister {
  readonly frame: number;
  readonly register: number;
}

export interface Entry {
  /** The instruction that was carried out … */
  readonly pc: number;
  /** … and the one before it. */
  readonly from: number;
  /** It spilled a register into this slot, or filled one from it. */
  readonly stack: StackSlot | undefined;
  /** What was learnt there is about all of these, which are linked by an id. */
  readonly linked: readonly (FrameRegister | StackSlot)[];
  readonly before: Entry | undefined;
  /** How many entries there are, this one included. */
  readonly length: number;
}

/** No links. */
const unlinked: Entry['linked'] = [];

/** The way with one more step. */
export function noted(
  before: Entry | undefined,
  pc: number,
  from: number,
  stack: StackSlot | undefined,
  linked: Entry['linked'] = unlinked,
): Entry {
  return { pc, from, stack, linked, before, length: before === undefined ? 1 : before.length + 1 };
}

/** A walk back over a segment of the way, from an instruction to the first of the segment. */
export class WayBack {
  readonly #first: number;
  #entry: Entry | undefined;
  pc: number;

  constructor(first: number, last: number, history: Entry | undefined) {
    this.#first = first;
    this.#entry = history;
    this.pc = last;
  }

  /** The note on the present instruction, if there is one. */
  get note(): Entry | undefined {
    return this.#entry?.pc === this.pc ? this.#entry : undefined;
  }

  /** Goes one instruction back; false at the start of the segment. */
  back(): boolean {
    const { note } = this;
    if (note === undefined) {
      if (this.pc === this.#first && this.#entry === undefined) return false;
      this.pc--;
      return true;
    }
    if (this.pc === this.#first && note.before === undefined) return false;
    this.pc = note.from;
    this.#entry = note.before;
    return true;
  }
}
