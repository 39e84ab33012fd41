// Which numbers of a trace are loose: nothing relies on them, and so a path that was covered may come along with others
// than those that are known of.
//
// A stored state covers a path whatever the numbers are that no continuation relied on (precision.ts). Where such a path
// goes on, in the nodes of the stored state, what was worked out from those numbers doesn't hold for it. This follows them:
// from each cover to where it leads, from each node to the next, until nothing more becomes loose. Addresses never are,
// since every number that moves one is relied on.

import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import type { Insn, Register } from '../ebpf/insn.js';
import { forgets, read, written } from '../ebpf/registers.js';
import { isSpill, type Slot, slotLimit, slotSize, spillSize } from './slot.js';
import { SlotSet } from './slots.js';
import type { Frame } from './state.js';
import type { Cover, TraceNode } from './trace.js';
import { isScalar, type Value } from './value.js';

/** Of one frame. */
export interface Loose {
  /** A bit a register. */
  registers: number;
  readonly slots: SlotSet;
}

/** What is loose at each node: a `Loose` a frame, outermost first. */
export type LooseNumbers = ReadonlyMap<TraceNode, readonly Loose[]>;

export function looseNumbers(insns: readonly Insn[], nodes: readonly TraceNode[]): LooseNumbers {
  const found = new Map(nodes.map((node) => [node, node.state.frames.map(nothing)] as const));
  const waiting = new Set(nodes.filter(({ cover }) => cover !== undefined));
  for (const node of waiting) {
    waiting.delete(node);
    for (const [to, loose] of leadsTo(insns, node, found.get(node)!)) {
      if (join(found.get(to)!, loose)) waiting.add(to);
    }
  }
  return found;
}

function nothing(): Loose {
  return { registers: 0, slots: new SlotSet() };
}

/** The nodes behind one, each with what is loose there on account of it. */
function leadsTo(insns: readonly Insn[], node: TraceNode, here: readonly Loose[]): [TraceNode, readonly Loose[]][] {
  if (node.cover !== undefined) return [[node.cover.node, atCover(node, node.cover, here)]];
  return node.next.map((next) => [next, afterwards(insns[node.pc]!, node, next, here)]);
}

/** Adds what is loose; @returns whether that was news */
function join(all: readonly Loose[], more: readonly Loose[]): boolean {
  let isNew = false;
  for (const [index, { registers, slots }] of more.entries()) {
    const known = all[index]!;
    const fresh = [...slots].filter((slot) => !known.slots.has(slot));
    if ((registers & ~known.registers) !== 0 || fresh.length > 0) isNew = true;
    known.registers |= registers;
    for (const slot of fresh) known.slots.add(slot);
  }
  return isNew;
}

// ---- covers ------------------------------------------------------------------------------------------------------------

function atCover({ state }: TraceNode, { stored, isWhole }: Cover, here: readonly Loose[]): readonly Loose[] {
  if (isWhole) return here;
  return stored.frames.map((old, index) => looseIn(old, state.frames[index]!, here[index]!));
}

/** What is known in a stored frame, was not relied on, and need not hold in the frame that it covers. */
function looseIn(old: Frame, now: Frame, here: Loose): Loose {
  const loose = nothing();
  for (let register = 0; register < 10; register++) {
    const bit = 1 << register;
    const mayDiffer = (here.registers & bit) !== 0 || differs(old.registers[register]!, now.registers[register]!);
    const isPrecise = old.mayRelyOnAll || (old.preciseRegisters & bit) !== 0;
    if (!isPrecise && mayDiffer) loose.registers |= bit;
  }
  for (let index = 0; index < slotLimit; index++) {
    if (isLooseSlot(old, now, here, index)) loose.slots.add(index);
  }
  return loose;
}

/** In what nothing reads anything may stand. */
function isLooseSlot(old: Frame, now: Frame, here: Loose, index: number): boolean {
  if (!old.read.has(index)) return here.slots.has(index) || old.slot(index) !== now.slot(index);
  if (old.mayRelyOnAll || old.preciseSlots.has(index)) return false;
  return here.slots.has(index) || slotDiffers(old.slot(index), now.slot(index));
}

function slotDiffers(old: Slot, now: Slot): boolean {
  if (!isSpill(old)) return false;
  return spillSize(now) < spillSize(old) || differs(old.value, now.value);
}

/** Whether a number need not be one of those of the stored state, or need not be equal to those that were linked to it. */
function differs(old: Value, now: Value): boolean {
  if (!isScalar(old) || old === now) return false;
  return !isScalar(now) || !scalar.includes(old.scalar, now.scalar) || (old.id !== 0 && old.id !== now.id);
}

// ---- instructions ------------------------------------------------------------------------------------------------------

/** What is loose after an instruction. */
function afterwards(insn: Insn, { state }: TraceNode, next: TraceNode, here: readonly Loose[]): readonly Loose[] {
  const frames = here.map(({ registers, slots }) => ({ registers, slots: slots.copy() }));
  const depth = state.frames.length;
  const running = frames[depth - 1]!;
  if (next.state.frames.length > depth) return entered(frames, running, next.state.frame.isCallback);
  if (next.state.frames.length < depth) return left(frames, running, state.frame.isCallback);
  if (insn.kind === 'jump') spread(insn, state.frames, frames);
  else carryOut(insn, state.frames, frames);
  return frames;
}

const argumentBits = 0b111110;

/** A function finds its arguments as its caller left them; one that is called back, in other registers. */
function entered(frames: readonly Loose[], caller: Loose, isCallback: boolean): Loose[] {
  const given = caller.registers & argumentBits;
  if (isCallback) return [...frames, { registers: given === 0 ? 0 : argumentBits, slots: new SlotSet() }];
  const callee = { registers: caller.registers & argumentBits, slots: new SlotSet() };
  caller.registers &= ~(argumentBits | 1);
  return [...frames, callee];
}

function left(frames: readonly Loose[], callee: Loose, isCallback: boolean): Loose[] {
  const rest = frames.slice(0, -1);
  if (isCallback) return rest;
  const caller = rest.at(-1)!;
  caller.registers = (caller.registers & ~1) | (callee.registers & 1);
  return rest;
}

/** What is learnt of a loose number, and of all that are compared with it or linked to either, is loose. */
function spread(insn: Insn, frames: readonly Frame[], loose: readonly Loose[]): void {
  const running = frames.at(-1)!;
  const here = loose.at(-1)!;
  const compared = read(insn);
  if (!compared.some((register) => (here.registers & (1 << register)) !== 0)) return;
  const ids = new Set(compared.map((register) => running.registers[register]!.id).filter((id) => id !== 0));
  for (const register of compared) here.registers |= 1 << register;
  for (const [index, frame] of frames.entries()) loosenLinked(frame, loose[index]!, ids);
}

function loosenLinked(frame: Frame, loose: Loose, ids: ReadonlySet<number>): void {
  for (const [register, value] of frame.registers.entries()) {
    if (isScalar(value) && ids.has(value.id)) loose.registers |= 1 << register;
  }
  for (const [index, slot] of frame.slots.entries()) {
    if (isSpill(slot) && isScalar(slot.value) && ids.has(slot.value.id)) loose.slots.add(index);
  }
}

function carryOut(insn: Insn, frames: readonly Frame[], loose: readonly Loose[]): void {
  const here = loose.at(-1)!;
  const isLoose = (register: Register) => (here.registers & (1 << register)) !== 0;
  const result = loadsLoose(insn, frames, loose);
  storeLoose(insn, frames, loose);
  if (forgets(insn)) here.registers &= ~argumentBits;
  const register = written(insn);
  if (register === undefined) return;
  const isCopied = !forgets(insn) && (result ?? read(insn).some(isLoose));
  here.registers = isCopied ? here.registers | (1 << register) : here.registers & ~(1 << register);
}

/** Whether what an instruction loads, or fetches, is loose; undefined where it doesn't. */
function loadsLoose(insn: Insn, frames: readonly Frame[], loose: readonly Loose[]): boolean | undefined {
  const address = addressOfLoad(insn);
  if (address === undefined) return undefined;
  const touched = slotsOf(frames.at(-1)!.registers[address.register]!, address.off, address.size);
  return touched?.slots.some((slot) => loose[touched.frame]!.slots.has(slot)) ?? false;
}

function addressOfLoad(insn: Insn): { register: Register; off: number; size: number } | undefined {
  switch (insn.kind) {
    case 'load':
    case 'load-acquire':
      return { register: insn.src, off: insn.off, size: insn.size };
    case 'atomic':
      return insn.fetch ? { register: insn.dst, off: insn.off, size: insn.size } : undefined;
    default:
      return undefined;
  }
}

/** A store of a loose number makes its slots loose; one that fills a slot alone makes it anew. */
function storeLoose(insn: Insn, frames: readonly Frame[], loose: readonly Loose[]): void {
  if (insn.kind !== 'store' && insn.kind !== 'store-release' && insn.kind !== 'atomic') return;
  const touched = slotsOf(frames.at(-1)!.registers[insn.dst]!, insn.off, insn.size);
  if (touched === undefined) return;
  const { slots } = loose[touched.frame]!;
  const src = insn.kind === 'store' ? insn.src : { reg: insn.src };
  const isLoose = 'reg' in src && (loose.at(-1)!.registers & (1 << src.reg)) !== 0;
  for (const slot of touched.slots) if (isLoose) slots.add(slot);
  if (!isLoose && touched.isWhole && insn.kind !== 'atomic') slots.delete(touched.slots[0]!);
}

interface Touched {
  readonly frame: number;
  readonly slots: readonly number[];
  /** The access fills one slot, and it is known which. */
  readonly isWhole: boolean;
}

/** The slots that an access through an address may touch, if it is one of the stack. */
function slotsOf(address: Value, off: number, size: number): Touched | undefined {
  if (address.kind !== 'stack') return undefined;
  const start = address.offset + off;
  const min = start + word.toNumber(address.scalar.smin);
  const max = start + word.toNumber(address.scalar.smax);
  const slotAt = (offset: number) => (-offset - 1) >> 3;
  const slots: number[] = [];
  for (let slot = slotAt(max + size - 1); slot <= slotAt(min) && slot < slotLimit; slot++) {
    if (slot >= 0) slots.push(slot);
  }
  return { frame: address.frame, slots, isWhole: min === max && size === slotSize && slots.length === 1 };
}
