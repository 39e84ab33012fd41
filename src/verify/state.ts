// What is known of the machine on one path: registers and stack of each frame. A state is changed in place while its path
// is walked; a branch copies it. Values and slots are immutable, so that a copy is a copy of references.

import { assert } from '../base/error.js';
import type { Register } from '../ebpf/insn.js';
import { emptySlot, isSpill, type Slot, slotLimit, slotSize } from './slot.js';
import { pointer, uninitialised, type Value } from './value.js';

/** How many functions can be on their way at once. */
export const frameLimit = 8;

/** One call of a function of the program: its registers, its stack, and where it returns to. */
export class Frame {
  readonly registers: Value[];
  /** The first slot of the function. */
  readonly entry: number;
  /** The call that it returns behind; -1 in the function that was entered first. */
  readonly callSite: number;
  #slots: Slot[];
  /** Another frame has the same array. */
  #isShared = false;

  constructor(index: number, entry: number, callSite: number) {
    this.registers = new Array<Value>(11).fill(uninitialised);
    this.registers[10] = pointer('stack', { frame: index });
    this.entry = entry;
    this.callSite = callSite;
    this.#slots = [];
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
    if (this.#isShared) this.#slots = [...this.#slots];
    this.#isShared = false;
    while (this.#slots.length < index) this.#slots.push(emptySlot);
    this.#slots[index] = slot;
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  copy(): Frame {
    const copy = new Frame(0, this.entry, this.callSite);
    for (let register = 0; register < 11; register++) copy.registers[register] = this.registers[register]!;
    copy.#slots = this.#slots;
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
  /** The slot of the instruction that comes next. */
  pc: number;
  readonly frames: Frame[];
  /** What was acquired and not yet released. */
  references: readonly Reference[] = [];
  /** The stored state that this path continues. */
  parent: State | undefined;
  /** Of a stored state: how many paths that continue it are not finished. */
  branches = 0;

  constructor(pc: number, frames: Frame[], parent: State | undefined) {
    this.pc = pc;
    this.frames = frames;
    this.parent = parent;
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
    const frames = this.frames.map((frame) => frame.copy());
    const copy = new State(this.pc, frames, this.parent);
    copy.references = this.references;
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
    frame.slots.forEach((slot, index) => {
      if (!isSpill(slot)) return;
      const changed = change(slot.value);
      if (changed !== slot.value) frame.setSlot(index, { ...slot, value: changed });
    });
  }
}
