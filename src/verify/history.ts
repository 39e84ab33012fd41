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

/** What an instruction did that precision must know of. */
export interface Note {
  readonly stack?: StackSlot;
  readonly linked?: readonly (FrameRegister | StackSlot)[];
}

/** The way with one more step, or with one more note on its last. */
export function noted(before: Entry | undefined, pc: number, from: number, { stack, linked = [] }: Note): Entry {
  return { pc, from, stack, linked, before, length: (before?.length ?? 0) + 1 };
}

export function amended(entry: Entry, { stack, linked = [] }: Note): Entry {
  return { ...entry, stack: stack ?? entry.stack, linked: [...entry.linked, ...linked] };
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
    const isLast = note === undefined ? this.#entry === undefined : note.before === undefined;
    if (this.pc === this.#first && isLast) return false;
    this.pc = note?.from ?? this.pc - 1;
    if (note !== undefined) this.#entry = note.before;
    return true;
  }
}
