// The way that led to where a path is: precision follows it back, and a refusal shows it.
//
// Only what can't be worked out is kept: jumps, and notes on instructions. Between two entries the way is straight. The
// list is shared by the paths that have it in common.

/** A register of one of the frames, or an 8-byte slot of its stack: as one number, since there are very many. */
export type Place = number;

/** In each frame the slots come behind the registers. */
const firstSlot = 16;
const placesPerFrame = 128;

export function placeOfRegister(frame: number, register: number): Place {
  return frame * placesPerFrame + register;
}

export function placeOfSlot(frame: number, slot: number): Place {
  return frame * placesPerFrame + firstSlot + slot;
}

export function frameOf(place: Place): number {
  return Math.floor(place / placesPerFrame);
}

/** Which slot of its frame a place is; negative for a register. */
export function slotOf(place: Place): number {
  return (place % placesPerFrame) - firstSlot;
}

export function registerOf(place: Place): number {
  return place % placesPerFrame;
}

/** No slot. */
export const nowhere: Place = -1;

export interface Entry {
  /** The instruction that was carried out … */
  readonly pc: number;
  /** … and the one before it. */
  readonly from: number;
  /** The slot that it spilled a register into, or filled one from; or `nowhere`. */
  readonly slot: Place;
  /** What was learnt there is about all of these, which are linked by an id. */
  readonly linked: readonly Place[];
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
  slot: Place,
  linked: Entry['linked'] = unlinked,
): Entry {
  return { pc, from, slot, linked, before, length: before === undefined ? 1 : before.length + 1 };
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

  /** Goes back to an instruction that has a note, or touches one of the registers, or is the first. */
  skip(touched: Uint16Array, registers: number): void {
    const stop = this.#entry === undefined ? this.#first : this.#entry.pc;
    while (this.pc !== stop && (touched[this.pc]! & registers) === 0) this.pc--;
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
