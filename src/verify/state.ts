// What is known of the machine on one path: registers and stack of each frame. A state is changed in place while its path
// is walked; a branch copies it. Values and slots are immutable, so that a copy is a copy of references.

import { assert } from '../base/error.js';
import type { Register } from '../ebpf/insn.js';
import { type Entry, noted, nowhere, type Place } from './history.js';
import { emptySlot, holding, isSpill, type Slot, slotLimit, slotSize } from './slot.js';
import { noSlots, SlotSet, type Slots } from './slots.js';
import { pointer, uninitialised, type Value } from './value.js';

/** How many functions can be on their way at once. */
export const frameLimit = 8;

const nothingWritten: readonly Value[] = Array.from({ length: 11 }, () => uninitialised);

/** One call of a function of the program: its registers, its stack, and where it returns to. */
export class Frame {
  readonly registers: Value[];
  /** The first slot of the function. */
  readonly entry: number;
  /** The call that it returns behind, or to, if a helper calls it; -1 in the function that was entered first. */
  readonly callSite: number;
  /** A helper calls it, perhaps many times. */
  isCallback = false;
  /** How often the helper that is called in it has called back. */
  rounds = 0;
  /** Of a stored state: the same frame of the state that it continues; undefined if the function was entered since. */
  parent: Frame | undefined;
  /** Slots that were written in full since then. */
  #written: SlotSet | undefined;
  #read: SlotSet | undefined;
  /** Of a stored state: registers whose exact numbers some path from here on relies on. */
  preciseRegisters = 0;
  /** Of a stored state in a loop of which not all is known: every number may be relied on. */
  mayRelyOnAll = false;
  #preciseSlots: SlotSet | undefined;
  #slots: Slot[];
  /** Another frame has the same array. */
  #isShared = false;

  private constructor(registers: Value[], slots: Slot[], entry: number, callSite: number) {
    this.registers = registers;
    this.#slots = slots;
    this.entry = entry;
    this.callSite = callSite;
  }

  /** @param index how many frames there are already */
  static entered(index: number, entry: number, callSite: number): Frame {
    const registers = nothingWritten.slice();
    registers[10] = pointer('stack', { frame: index });
    return new Frame(registers, [], entry, callSite);
  }

  /** Of a stored state: slots that some path from here on reads before it writes them. */
  get read(): Slots {
    return this.#read ?? noSlots;
  }

  /** Of a stored state: slots whose exact numbers some path from here on relies on. */
  get preciseSlots(): Slots {
    return this.#preciseSlots ?? noSlots;
  }

  /** How many bytes of the stack have been touched, in full slots. */
  get stackSize(): number {
    return this.#slots.length * slotSize;
  }

  slot(index: number): Slot {
    return this.#slots[index] ?? emptySlot;
  }

  setSlot(index: number, slot: Slot): void {
    assert(index >= 0 && index < slotLimit, 'a stack slot lies in its frame');
    if (this.#isShared) this.#slots = this.#slots.slice();
    this.#isShared = false;
    while (this.#slots.length < index) this.#slots.push(emptySlot);
    this.#slots[index] = slot;
  }

  /** Notes that a slot is read: the stored states that hold what is read there must be told. */
  markRead(index: number): void {
    if (this.#written?.has(index) === true) return;
    for (let frame = this.parent; frame !== undefined; frame = frame.parent) {
      if (frame.#read?.has(index) === true) return;
      frame.#read ??= new SlotSet();
      frame.#read.add(index);
      if (frame.#written?.has(index) === true) return;
    }
  }

  /** Notes, in a stored state, that any slot may be read. */
  markAllRead(): void {
    this.#read ??= new SlotSet();
    for (let index = 0; index < this.#slots.length; index++) this.#read.add(index);
  }

  /** Notes that a slot is written in full, so that what stood in it before doesn't matter. */
  markWritten(index: number): void {
    this.#written ??= new SlotSet();
    this.#written.add(index);
  }

  /** Notes, in a stored state, that the exact number in a slot is relied on. */
  markPrecise(index: number): void {
    this.#preciseSlots ??= new SlotSet();
    this.#preciseSlots.add(index);
  }

  /** From here on the frame continues the same one of a stored state. */
  continue(stored: Frame): void {
    this.parent = stored;
    this.#written = undefined;
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  copy(): Frame {
    const copy = new Frame(this.registers.slice(), this.#slots, this.entry, this.callSite);
    copy.isCallback = this.isCallback;
    copy.rounds = this.rounds;
    copy.parent = this.parent;
    copy.#written = this.#written?.copy();
    copy.#isShared = true;
    this.#isShared = true;
    return copy;
  }
}

/** An acquired object, which must be released on every path. */
export interface Reference {
  readonly id: number;
  /** The call that acquired it. */
  readonly pc: number;
}

export class State {
  // What is looked at in each stored state comes first, so that it lies together.

  /** Of a stored state: how many paths that continue it are not finished. */
  branches = 0;
  /** Of a stored state: how often it covered another, and how often it didn't. */
  hits = 0;
  misses = 0;
  /**
   * Of a stored state: the place, as `matches` counts them, that told it apart from the last state it was compared with, and
   * what stood there in that one.
   */
  doubtFrame = -1;
  doubtPlace = 0;
  doubtful: Value | Slot | undefined;

  /** The slot of the instruction that comes next, and of the one before. */
  pc: number;
  from = -1;
  readonly frames: Frame[];
  /** What was acquired and not yet released. */
  references: readonly Reference[] = [];
  /** How often a may_goto was passed. */
  mayGotos = 0;
  /** How often a helper called back. */
  callbacks = 0;
  /** The stored state that this path continues. */
  parent: State | undefined;
  /** The first instruction after that state, and the way from there. */
  first: number;
  history: Entry | undefined;
  /** The last entry of the way is the present instruction's. */
  isNoted = false;
  /** Where the trace has the path's present instruction, if there is one. */
  node = -1;

  constructor(pc: number, frames: Frame[], parent: State | undefined) {
    this.pc = pc;
    this.first = pc;
    this.frames = frames;
    this.parent = parent;
  }

  /** Writes down that the way comes by the present instruction. */
  note(): Entry {
    const entry = this.isNoted ? this.history : undefined;
    if (entry !== undefined) return entry;
    this.isNoted = true;
    this.history = noted(this.history, this.pc, this.from, nowhere);
    return this.history;
  }

  /** Writes down that the present instruction spills a register into a slot, or fills one from it. */
  noteSlot(slot: Place): void {
    if (this.isNoted) {
      const { before, pc, from, linked } = this.note();
      this.history = noted(before, pc, from, slot, linked);
      return;
    }
    this.isNoted = true;
    this.history = noted(this.history, this.pc, this.from, slot);
  }

  /** Writes down that what is learnt from the present instruction is about all of these. */
  noteLinked(places: readonly Place[]): void {
    const { before, pc, from, slot, linked } = this.note();
    this.history = noted(before, pc, from, slot, linked.length === 0 ? places : [...linked, ...places]);
  }

  /** The function that is running. */
  get frame(): Frame {
    return this.frames[this.frames.length - 1]!;
  }

  register(register: Register): Value {
    return this.frame.registers[register]!;
  }

  setRegister(register: Register, value: Value): void {
    this.frame.registers[register] = value;
  }

  copy(): State {
    // A list that grows takes room for sixteen.
    const frames = new Array<Frame>(this.frames.length);
    for (let index = 0; index < frames.length; index++) frames[index] = this.frames[index]!.copy();
    const copy = new State(this.pc, frames, this.parent);
    copy.from = this.from;
    copy.first = this.first;
    copy.history = this.history;
    copy.references = this.references;
    copy.mayGotos = this.mayGotos;
    copy.callbacks = this.callbacks;
    copy.node = this.node;
    return copy;
  }
}

/** Puts another value in place of each one of a state, in registers and in what was spilled, where `change` says so. */
export function replaceEach(state: State, change: (value: Value) => Value): void {
  for (const frame of state.frames) {
    for (let register = 0; register < 10; register++) {
      const value = frame.registers[register]!;
      const changed = change(value);
      if (changed !== value) frame.registers[register] = changed;
    }
    for (let index = 0; index < frame.slots.length; index++) {
      const slot = frame.slot(index);
      if (!isSpill(slot)) continue;
      const changed = change(slot.value);
      if (changed !== slot.value) frame.setSlot(index, holding(slot, changed));
    }
  }
}
