// Whose numbers matter. A stored state covers another whatever the numbers in its registers are, unless one of them was
// relied on: to reach memory, to decide a jump, as a size. When one is, the way back is followed to where it came from, and
// each stored state that is passed notes the registers and slots that it came through: there the number must be covered.
//
// Sound because a path whose relied-on numbers are covered goes where the explored one went, and finds the same there.

import { unreachable } from '../base/error.js';
import type { Insn, InsnOf, Register } from '../ebpf/insn.js';
import type { Analysis } from './analysis.js';
import { type Entry, type FrameRegister, type StackSlot, WayBack } from './history.js';
import { argumentRegisters } from './liveness.js';
import { isSpill } from './slot.js';
import { SlotSet } from './slots.js';
import { type Frame, frameLimit, type State } from './state.js';
import { isScalar } from './value.js';

/** The exact number in a register is relied on by the instruction that the path is at. */
export function relyOn(analysis: Analysis, state: State, register: Register): void {
  if (!isScalar(state.register(register))) return;
  const wanted = new Wanted(state.frames.length - 1);
  wanted.addRegister(wanted.frame, register);
  follow(analysis, state, wanted);
}

/** The same of a slot of the stack. */
export function relyOnSlot(analysis: Analysis, state: State, place: StackSlot): void {
  const wanted = new Wanted(state.frames.length - 1);
  wanted.addSlot(place);
  follow(analysis, state, wanted);
}

/** What is relied on after a stored state is relied on in the state that it covers. */
export function relyAs(analysis: Analysis, state: State, old: State): void {
  const wanted = new Wanted(state.frames.length - 1);
  old.frames.forEach((frame, index) => {
    for (let register = 0; register < 10; register++) {
      if ((frame.preciseRegisters & (1 << register)) !== 0) wanted.addRegister(index, register);
    }
    for (const slot of frame.preciseSlots) wanted.addSlot({ frame: index, slot });
  });
  follow(analysis, state, wanted);
}

/** Registers and slots whose origin is still looked for, frame by frame. */
class Wanted {
  /** The frame of the instruction that the way back is at. */
  frame: number;
  readonly #registers: number[] = [];
  readonly #slots: SlotSet[] = [];

  constructor(frame: number) {
    this.frame = frame;
    for (let index = 0; index <= frame; index++) {
      this.#registers.push(0);
      this.#slots.push(new SlotSet());
    }
  }

  get isEmpty(): boolean {
    for (let index = 0; index < this.#registers.length; index++) {
      if (this.#registers[index] !== 0 || !this.#slots[index]!.isEmpty) return false;
    }
    return true;
  }

  /** Whether nothing but the arguments of the program is wanted. */
  get areArguments(): boolean {
    const others = this.#registers.map((set, frame) => (frame === 0 ? set & ~argumentRegisters : set));
    return others.every((set) => set === 0) && this.#slots.every((set) => set.isEmpty);
  }

  /** The way back goes into a function that was called. */
  enter(): void {
    this.frame++;
    if (this.frame < this.#registers.length) return;
    this.#registers.push(0);
    this.#slots.push(new SlotSet());
  }

  /** Of the present frame. */
  has(register: Register): boolean {
    return (this.#registers[this.frame]! & (1 << register)) !== 0;
  }

  /** The frame pointer's value needs no origin. */
  add(register: Register): void {
    if (register !== 10) this.addRegister(this.frame, register);
  }

  drop(register: Register): void {
    this.dropRegister(this.frame, register);
  }

  addRegister(frame: number, register: number): void {
    this.#registers[frame]! |= 1 << register;
  }

  dropRegister(frame: number, register: number): void {
    this.#registers[frame]! &= ~(1 << register);
  }

  hasRegister({ frame, register }: FrameRegister): boolean {
    return (this.registersOf(frame) & (1 << register)) !== 0;
  }

  hasSlot({ frame, slot }: StackSlot): boolean {
    return this.#slots[frame]!.has(slot);
  }

  addSlot({ frame, slot }: StackSlot): void {
    this.#slots[frame]!.add(slot);
  }

  dropSlot({ frame, slot }: StackSlot): void {
    this.#slots[frame]!.delete(slot);
  }

  registersOf(frame: number): number {
    return this.#registers[frame]!;
  }

  slotsOf(frame: number): SlotSet {
    return this.#slots[frame]!;
  }
}

/** Follows the way back to the origin of all that is wanted; where it gets lost, every number may matter. */
function follow(analysis: Analysis, start: State, wanted: Wanted): void {
  if (!wanted.isEmpty && !isFound(analysis, start, wanted)) relyOnAll(start);
}

function isFound(analysis: Analysis, start: State, wanted: Wanted): boolean {
  // The instruction that relies on it hasn't been carried out yet.
  let way = new WayBack(start.first, start.pc, start.history);
  let after = way.pc;
  let hasMore = way.back();
  for (let state = start; ; ) {
    for (; hasMore; hasMore = way.back()) {
      if (!traceBack(analysis.insns, way, after, wanted)) return false;
      if (wanted.isEmpty) return true;
      after = way.pc;
    }
    // What the program was started with has no origin.
    if (state.parent === undefined) return wanted.areArguments;
    state = state.parent;
    noteIn(state, wanted);
    if (wanted.isEmpty) return true;
    way = new WayBack(state.first, state.from, state.history);
    hasMore = state.from >= 0;
  }
}

/** Notes what is wanted in a stored state; what was wanted there before has been followed further already. */
function noteIn(state: State, wanted: Wanted): void {
  for (let index = wanted.frame; index >= 0; index--) noteInFrame(state.frames[index]!, index, wanted);
}

function noteInFrame(frame: Frame, index: number, wanted: Wanted): void {
  for (let register = 0; register < 10; register++) {
    const bit = 1 << register;
    if ((wanted.registersOf(index) & bit) === 0) continue;
    const isKnown = !isScalar(frame.registers[register]!) || (frame.preciseRegisters & bit) !== 0;
    if (isKnown) wanted.dropRegister(index, register);
    else frame.preciseRegisters |= bit;
  }
  for (const slot of wanted.slotsOf(index)) {
    const { value } = frame.slot(slot);
    const isNumber = isSpill(frame.slot(slot)) && isScalar(value);
    if (!isNumber || frame.preciseSlots.has(slot)) wanted.dropSlot({ frame: index, slot });
    else frame.preciseSlots.add(slot);
  }
}

/**
 * Every number of every stored state on the way may matter: because an origin was lost, or because the path goes round in a
 * loop, of which not all is known yet.
 */
export function relyOnAll(start: State): void {
  for (let state = start.parent; state !== undefined; state = state.parent) {
    for (const frame of state.frames) relyOnFrame(frame);
  }
}

function relyOnFrame(frame: Frame): void {
  frame.registers.forEach((value, register) => {
    if (isScalar(value)) frame.preciseRegisters |= 1 << register;
  });
  frame.slots.forEach((slot, index) => {
    if (isSpill(slot) && isScalar(slot.value)) frame.preciseSlots.add(index);
  });
}

/**
 * What is wanted before an instruction, given what is wanted after it.
 * @param after the instruction that was carried out next
 * @returns false where the origin can't be told
 */
function traceBack(insns: readonly Insn[], { pc, note }: WayBack, after: number, wanted: Wanted): boolean {
  spreadOverLinks(note, wanted);
  const isTold = traceInsn(insns[pc]!, { note, caller: insns[after - 1] }, wanted);
  spreadOverLinks(note, wanted);
  return isTold;
}

/** What was learnt of one linked number was learnt of all. */
function spreadOverLinks(note: Entry | undefined, wanted: Wanted): void {
  if (note === undefined || note.linked.length === 0) return;
  const isWanted = note.linked.some((place) => ('slot' in place ? wanted.hasSlot(place) : wanted.hasRegister(place)));
  if (!isWanted) return;
  for (const place of note.linked) {
    if ('slot' in place) wanted.addSlot(place);
    else wanted.addRegister(place.frame, place.register);
  }
}

/** What is known of an instruction besides itself. */
interface Circumstances {
  readonly note: Entry | undefined;
  /** The instruction before the one that was carried out next: of an exit, the call that it returned behind. */
  readonly caller: Insn | undefined;
}

function traceInsn(insn: Insn, { note, caller }: Circumstances, wanted: Wanted): boolean {
  switch (insn.kind) {
    case 'alu':
      if (!wanted.has(insn.dst)) return true;
      if (insn.op === 'mov') wanted.drop(insn.dst);
      if ('reg' in insn.src) wanted.add(insn.src.reg);
      return true;
    case 'movsx':
    case 'addr-space-cast':
      if (!wanted.has(insn.dst)) return true;
      wanted.drop(insn.dst);
      wanted.add(insn.src);
      return true;
    case 'wide':
      wanted.drop(insn.dst);
      return true;
    case 'load':
    case 'load-acquire':
      return traceLoad(insn.dst, note, wanted);
    case 'atomic':
      return traceAtomic(insn, wanted);
    case 'store':
    case 'store-release':
      return traceStore(insn, note, wanted);
    case 'jump':
      if (!('reg' in insn.src) || (!wanted.has(insn.dst) && !wanted.has(insn.src.reg))) return true;
      wanted.add(insn.dst);
      wanted.add(insn.src.reg);
      return true;
    case 'packet':
      // The offset isn't relied on, but neither is the number that was loaded told by anything.
      wanted.drop(0);
      return true;
    case 'call-helper':
    case 'call-kfunc':
    case 'call-register':
      wanted.drop(0);
      return true;
    case 'call-local':
      return leaveFunction(wanted);
    case 'exit':
      return enterFunction(caller, wanted);
    case 'neg':
    case 'swap':
    case 'goto':
    case 'may-goto':
    case 'wide-end':
      return true;
    default:
      return unreachable(insn);
  }
}

/** Only what was spilled keeps its number; what comes from other memory has no origin. */
function traceLoad(dst: Register, note: Entry | undefined, wanted: Wanted): boolean {
  if (!wanted.has(dst)) return true;
  wanted.drop(dst);
  if (note?.stack !== undefined) wanted.addSlot(note.stack);
  return true;
}

/** Nothing is known of the memory afterwards, nor of what was fetched. */
function traceAtomic(insn: InsnOf<'atomic'>, wanted: Wanted): boolean {
  if (insn.fetch) wanted.drop(insn.op === 'cmpxchg' ? 0 : insn.src);
  return !wanted.has(insn.dst);
}

function traceStore(insn: InsnOf<'store' | 'store-release'>, note: Entry | undefined, wanted: Wanted): boolean {
  // An address is wanted as a number: it was made by a subtraction of addresses.
  if (wanted.has(insn.dst)) return false;
  if (note?.stack === undefined || !wanted.hasSlot(note.stack)) return true;
  wanted.dropSlot(note.stack);
  const src = insn.kind === 'store' ? insn.src : { reg: insn.src };
  if ('reg' in src) wanted.add(src.reg);
  return true;
}

/** Back over a call into the caller, which gave the arguments. */
function leaveFunction(wanted: Wanted): boolean {
  const callee = wanted.frame;
  const arguments_ = wanted.registersOf(callee);
  wanted.frame--;
  for (let register = 0; register < 10; register++) {
    if ((arguments_ & (1 << register)) === 0) continue;
    wanted.dropRegister(callee, register);
    if (register < 1 || register > 5) return false;
    wanted.addRegister(wanted.frame, register);
  }
  return wanted.slotsOf(callee).isEmpty;
}

/** Back over the end of a function into it: the result is its r0. */
function enterFunction(caller: Insn | undefined, wanted: Wanted): boolean {
  const isResultWanted = wanted.has(0) && caller?.kind === 'call-local';
  wanted.drop(0);
  wanted.enter();
  if (isResultWanted) wanted.add(0);
  return wanted.frame < frameLimit;
}
