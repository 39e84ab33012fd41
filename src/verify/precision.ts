// Whose numbers matter. A stored state covers another whatever the numbers in its registers are, unless one of them was
// relied on: to reach memory, to decide a jump, as a size. When one is, the way back is followed to where it came from, and
// each stored state that is passed notes the registers and slots that it came through: there the number must be covered.
//
// Sound because a path whose relied-on numbers are covered goes where the explored one went, and finds the same there.

import { unreachable } from '../base/error.js';
import type { Insn, InsnOf, Register } from '../ebpf/insn.js';
import { type RegisterSet, written } from '../ebpf/registers.js';
import type { Analysis } from './analysis.js';
import { type Entry, frameOf, nowhere, type Place, placeOfSlot, registerOf, slotOf, WayBack } from './history.js';
import { argumentRegisters, changesFrame } from './liveness.js';
import { isSpill } from './slot.js';
import { SlotSet } from './slots.js';
import { type Frame, frameLimit, type State } from './state.js';
import { isScalar } from './value.js';

/** The exact number in a register is relied on by the instruction that the path is at. */
export function relyOn(analysis: Analysis, state: State, register: Register): void {
  if (!isScalar(state.register(register))) return;
  wanted.reset(state.frames.length - 1);
  wanted.addRegister(wanted.frame, register);
  follow(analysis, state);
}

/** The same of two registers, on one way back. */
export function relyOnBoth(analysis: Analysis, state: State, a: Register, b: Register): void {
  wanted.reset(state.frames.length - 1);
  if (isScalar(state.register(a))) wanted.addRegister(wanted.frame, a);
  if (isScalar(state.register(b))) wanted.addRegister(wanted.frame, b);
  follow(analysis, state);
}

/** The same of a slot of the stack. */
export function relyOnSlot(analysis: Analysis, state: State, place: Place): void {
  wanted.reset(state.frames.length - 1);
  wanted.addPlace(place);
  follow(analysis, state);
}

/** What is relied on after a stored state is relied on in the state that it covers. */
export function relyAs(analysis: Analysis, state: State, old: State): void {
  if (old.frames.some(({ mayRelyOnAll }) => mayRelyOnAll)) mayRelyOnAll(state);
  wanted.reset(state.frames.length - 1);
  old.frames.forEach((frame, index) => {
    for (let register = 0; register < 10; register++) {
      if ((frame.preciseRegisters & (1 << register)) !== 0) wanted.addRegister(index, register);
    }
    const { preciseSlots } = frame;
    for (let slot = preciseSlots.next(0); slot >= 0; slot = preciseSlots.next(slot + 1)) {
      wanted.addPlace(placeOfSlot(index, slot));
    }
  });
  follow(analysis, state);
}

/** Registers and slots whose origin is still looked for, frame by frame. */
class Wanted {
  /** The frame of the instruction that the way back is at. */
  frame = 0;
  readonly #registers: number[] = new Array<number>(frameLimit).fill(0);
  readonly #slots: readonly SlotSet[] = Array.from({ length: frameLimit }, () => new SlotSet());
  /** In how many frames, from the first on, something may be wanted. */
  #depth = 0;

  /** Nothing is wanted any more; the way back starts in this frame. */
  reset(frame: number): void {
    for (let index = 0; index < this.#depth; index++) {
      this.#registers[index] = 0;
      this.#slots[index]!.clear();
    }
    this.frame = frame;
    this.#depth = 0;
  }

  get isEmpty(): boolean {
    for (let index = 0; index < this.#depth; index++) {
      if (this.#registers[index] !== 0 || !this.#slots[index]!.isEmpty) return false;
    }
    return true;
  }

  /** Whether nothing but the arguments of the program is wanted. */
  get areArguments(): boolean {
    const others = this.#registers.map((set, frame) => (frame === 0 ? set & ~argumentRegisters : set));
    return others.every((set) => set === 0) && this.#slots.every((set) => set.isEmpty);
  }

  /** An instruction that touches one of these registers has to do with what is wanted. */
  get concerning(): RegisterSet {
    return this.#registers[this.frame]! | changesFrame;
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
    this.#depth = Math.max(this.#depth, frame + 1);
  }

  dropRegister(frame: number, register: number): void {
    this.#registers[frame]! &= ~(1 << register);
  }

  hasPlace(place: Place): boolean {
    const slot = slotOf(place);
    if (slot >= 0) return this.#slots[frameOf(place)]!.has(slot);
    return (this.#registers[frameOf(place)]! & (1 << registerOf(place))) !== 0;
  }

  addPlace(place: Place): void {
    const slot = slotOf(place);
    if (slot < 0) {
      this.addRegister(frameOf(place), registerOf(place));
      return;
    }
    this.#slots[frameOf(place)]!.add(slot);
    this.#depth = Math.max(this.#depth, frameOf(place) + 1);
  }

  dropPlace(place: Place): void {
    const slot = slotOf(place);
    if (slot >= 0) this.#slots[frameOf(place)]!.delete(slot);
    else this.dropRegister(frameOf(place), registerOf(place));
  }

  registersOf(frame: number): number {
    return this.#registers[frame]!;
  }

  slotsOf(frame: number): SlotSet {
    return this.#slots[frame]!;
  }
}

/** Of the way back that is followed: there is one at a time. */
const wanted = new Wanted();

/** Follows the way back to the origin of all that is wanted; where it gets lost, every number may matter. */
function follow(analysis: Analysis, start: State): void {
  if (!wanted.isEmpty && !isFound(analysis, start)) relyOnAll(start);
}

function isFound(analysis: Analysis, start: State): boolean {
  const { touched } = analysis;
  // The instruction that relies on it hasn't been carried out yet.
  let way = new WayBack(start.first, start.pc, start.history);
  let after = way.pc;
  let hasMore = way.back();
  for (let state = start; ; ) {
    for (; hasMore; hasMore = way.back()) {
      // Most instructions have nothing to do with what is wanted.
      const from = way.pc;
      way.skip(touched, wanted.concerning);
      const { pc, note } = way;
      if (pc !== from) after = pc + 1;
      if (!traceBack(analysis, pc, note, after)) return false;
      if (wanted.isEmpty) return true;
      after = pc;
    }
    // What the program was started with has no origin.
    if (state.parent === undefined) return wanted.areArguments;
    state = state.parent;
    noteIn(state);
    if (wanted.isEmpty) return true;
    way = new WayBack(state.first, state.from, state.history);
    hasMore = state.from >= 0;
  }
}

/** Notes what is wanted in a stored state; what was wanted there before has been followed further already. */
function noteIn(state: State): void {
  for (let index = wanted.frame; index >= 0; index--) noteInFrame(state.frames[index]!, index);
}

function noteInFrame(frame: Frame, index: number): void {
  for (let register = 0; register < 10; register++) {
    const bit = 1 << register;
    if ((wanted.registersOf(index) & bit) === 0) continue;
    const isKnown = !isScalar(frame.registers[register]!) || (frame.preciseRegisters & bit) !== 0;
    if (isKnown) wanted.dropRegister(index, register);
    else frame.preciseRegisters |= bit;
  }
  const slots = wanted.slotsOf(index);
  for (let slot = slots.next(0); slot >= 0; slot = slots.next(slot + 1)) {
    const { value } = frame.slot(slot);
    const isNumber = isSpill(frame.slot(slot)) && isScalar(value);
    if (!isNumber || frame.preciseSlots.has(slot)) slots.delete(slot);
    else frame.markPrecise(slot);
  }
}

/**
 * Every number of every stored state on the way may matter, since the path goes round in a loop, of which not all is known
 * yet. Nothing is known to rely on them: a loop may forget them.
 */
export function mayRelyOnAll(start: State): void {
  for (let state = start.parent; state !== undefined; state = state.parent) {
    for (const frame of state.frames) frame.mayRelyOnAll = true;
  }
}

/** Every number of every stored state on the way may matter: an origin was lost. */
function relyOnAll(start: State): void {
  for (let state = start.parent; state !== undefined; state = state.parent) {
    for (const frame of state.frames) relyOnFrame(frame);
  }
}

function relyOnFrame(frame: Frame): void {
  frame.registers.forEach((value, register) => {
    if (isScalar(value)) frame.preciseRegisters |= 1 << register;
  });
  frame.slots.forEach((slot, index) => {
    if (isSpill(slot) && isScalar(slot.value)) frame.markPrecise(index);
  });
}

/**
 * What is wanted before an instruction, given what is wanted after it.
 * @param note what is known of the instruction besides itself
 * @param after the instruction that was carried out next
 * @returns false where the origin can't be told
 */
function traceBack(analysis: Analysis, pc: number, note: Entry | undefined, after: number): boolean {
  spreadOverLinks(note);
  const isTold = traceInsn(analysis, pc, note, after);
  spreadOverLinks(note);
  return isTold;
}

/** What was learnt of one linked number was learnt of all. */
function spreadOverLinks(note: Entry | undefined): void {
  if (note === undefined || note.linked.length === 0) return;
  const isWanted = note.linked.some((place) => wanted.hasPlace(place));
  if (!isWanted) return;
  for (const place of note.linked) wanted.addPlace(place);
}

function traceInsn({ insns, callsBack }: Analysis, pc: number, note: Entry | undefined, after: number): boolean {
  const insn = insns[pc]!;
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
      return traceLoad(insn.dst, note);
    case 'atomic':
      return traceAtomic(insn, note);
    case 'store':
    case 'store-release':
      return traceStore(insn, note);
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
      if (callsBack[pc] === 1 && after !== pc + 1) return leaveCallback();
      wanted.drop(0);
      return true;
    case 'call-local':
      return leaveFunction();
    case 'exit':
      // An exit leads behind a call, or to the helper that calls back.
      return callsBack[after] === 1 ? enterCallback() : enterFunction(insns[after - 1]);
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
function traceLoad(dst: Register, note: Entry | undefined): boolean {
  if (!wanted.has(dst)) return true;
  wanted.drop(dst);
  if (note !== undefined && note.slot !== nowhere) wanted.addPlace(note.slot);
  return true;
}

/** Nothing is known of the memory afterwards; what was fetched from a slot stood there before. */
function traceAtomic(insn: InsnOf<'atomic'>, note: Entry | undefined): boolean {
  if (note !== undefined && note.slot !== nowhere) wanted.dropPlace(note.slot);
  const result = written(insn);
  if (result !== undefined && wanted.has(result)) traceLoad(result, note);
  return !wanted.has(insn.dst);
}

function traceStore(insn: InsnOf<'store' | 'store-release'>, note: Entry | undefined): boolean {
  // An address is wanted as a number: it was made by a subtraction of addresses.
  if (wanted.has(insn.dst)) return false;
  if (note === undefined || note.slot === nowhere || !wanted.hasPlace(note.slot)) return true;
  wanted.dropPlace(note.slot);
  const src = insn.kind === 'store' ? insn.src : { reg: insn.src };
  if ('reg' in src) wanted.add(src.reg);
  return true;
}

/** Back over a call into the caller, which gave the arguments. */
function leaveFunction(): boolean {
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
function enterFunction(caller: Insn | undefined): boolean {
  const isResultWanted = wanted.has(0) && caller?.kind === 'call-local';
  wanted.drop(0);
  wanted.frame++;
  if (wanted.frame >= frameLimit) return false;
  if (isResultWanted) wanted.add(0);
  return true;
}

/** Back over a helper's call of a function: what it is given is no number of the caller's. */
function leaveCallback(): boolean {
  const callee = wanted.frame;
  const isTold = (wanted.registersOf(callee) & ~argumentRegisters) === 0 && wanted.slotsOf(callee).isEmpty;
  for (let register = 1; register <= 5; register++) wanted.dropRegister(callee, register);
  wanted.frame--;
  return isTold;
}

/** Back over the end of such a function into it; the caller has its registers as they were. */
function enterCallback(): boolean {
  wanted.frame++;
  return wanted.frame < frameLimit;
}
