// States in the notation of Linux's verifier log:
//
//   R1=ctx() R3=scalar(smin=0,smax=umax=255,var_off=(0x0; 0xff)) R10=fp0 fp-8=mmmm0000

import type { Scalar } from '../abstract/scalar.js';
import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import { byteKind, byteKinds, isDynptr, isSpill, type Slot, slotSize, spillSize } from './slot.js';
import type { Frame, State } from './state.js';
import { atEnd, isPacketPointer, type Kind, type Value } from './value.js';

/** Every register that holds something and every slot that was written, of the function that is running. */
export function printState(state: State): string {
  const { frame } = state;
  const depth = state.frames.length > 1 ? [`frame${state.frames.length - 1}:`] : [];
  return [...depth, ...printRegisters(frame), ...printSlots(frame)].join(' ');
}

/** As `printState`, but only what differs from before. */
export function printChanges(before: Frame, { frame }: State): string {
  const registers = frame.registers.flatMap((value, register) =>
    value === before.registers[register] || value.kind === 'uninitialised' ? [] : [printRegister(register, value)],
  );
  const slots = frame.slots.flatMap((slot, index) => (slot === before.slot(index) ? [] : printSlot(slot, index)));
  return [...registers, ...slots].join(' ');
}

function printRegisters({ registers }: Frame): string[] {
  return registers.flatMap((value, register) =>
    value.kind === 'uninitialised' ? [] : [printRegister(register, value)],
  );
}

function printRegister(register: number, value: Value): string {
  return `R${register}=${printValue(value)}`;
}

function printSlots({ slots }: Frame): string[] {
  return slots.flatMap(printSlot);
}

const letters = {
  [byteKinds.invalid]: '?',
  [byteKinds.misc]: 'm',
  [byteKinds.zero]: '0',
  [byteKinds.spill]: 's',
  [byteKinds.dynptr]: 'd',
};

/** Bytes from the highest address to the lowest, what was spilled as its value. */
function printSlot(slot: Slot, index: number): string[] {
  if (slot.bytes === 0) return [];
  if (isDynptr(slot)) return [`fp-${slotSize * (index + 1)}=${printValue(slot.value)}`];
  const spilled = isSpill(slot) ? spillSize(slot) : 0;
  const rest = Array.from({ length: slotSize - spilled }, (_, byte) => letters[byteKind(slot, slotSize - 1 - byte)]);
  return [`fp-${slotSize * (index + 1)}=${rest.join('')}${spilled > 0 ? printValue(slot.value) : ''}`];
}

const kindNames = {
  uninitialised: '?',
  scalar: 'scalar',
  context: 'ctx',
  map: 'map_ptr',
  'map-key': 'map_key',
  'map-value': 'map_value',
  stack: 'fp',
  packet: 'pkt',
  'packet-meta': 'pkt_meta',
  'packet-end': 'pkt_end',
  'flow-keys': 'flow_keys',
  'trace-buffer': 'tp_buffer',
  socket: 'sock',
  'sock-common': 'sock_common',
  'tcp-sock': 'tcp_sock',
  'xdp-sock': 'xdp_sock',
  memory: 'mem',
  'kernel-sock': 'ptr_sock',
  dynptr: 'dynptr',
  function: 'func',
  typed: 'ptr_',
} as const satisfies Record<Kind, string>;

function printValue(value: Value): string {
  if (value.kind === 'scalar') return printNumber(value);
  const isPlainStack = value.kind === 'stack' && scalar.isConstant(value.scalar);
  if (isPlainStack) return `fp${value.offset}`;
  const name = `${kindNames[value.kind]}${value.nullable ? '_or_null' : ''}`;
  return `${name}(${pointerDetails(value).join(',')})`;
}

function pointerDetails(value: Value): string[] {
  const { id, reference, offset, map, extent, kind } = value;
  const details: string[] = [];
  if (id !== 0) details.push(`id=${id}`);
  if (reference !== 0) details.push(`ref_obj_id=${reference}`);
  if (map !== undefined) details.push(`ks=${map.keySize}`, `vs=${map.valueSize}`);
  if (kind === 'memory') details.push(`sz=${extent}`);
  if (offset !== 0) details.push(`off=${offset}`);
  if (isPacketPointer(value)) details.push(`r=${extent >= 0 ? extent : extent === atEnd ? 'end' : 'beyond'}`);
  if (!scalar.isConstant(value.scalar)) details.push(...rangeDetails(value.scalar));
  return details;
}

function printNumber({ scalar: known, id, delta }: Value): string {
  const constant = scalar.known(known);
  if (constant !== undefined) return word.toSigned(constant).toString();
  const link = id === 0 ? [] : [delta === undefined ? `id=${id}` : `id=${id}${delta < 0 ? '' : '+'}${delta}`];
  return `scalar(${[...link, ...rangeDetails(known)].join(',')})`;
}

/** What is known beyond nothing; bounds that are the same number stand together. */
function rangeDetails(known: Scalar): string[] {
  const { unknown } = scalar;
  const signed = (a: word.Word) => word.toSigned(a).toString();
  const bounds: [string, string, boolean][] = [
    ['smin', signed(known.smin), word.equal(known.smin, unknown.smin)],
    ['smax', signed(known.smax), word.equal(known.smax, unknown.smax)],
    ['umin', word.toUnsigned(known.umin).toString(), word.equal(known.umin, unknown.umin)],
    ['umax', word.toUnsigned(known.umax).toString(), word.equal(known.umax, unknown.umax)],
    ['smin32', `${known.smin32}`, known.smin32 === unknown.smin32],
    ['smax32', `${known.smax32}`, known.smax32 === unknown.smax32],
    ['umin32', `${known.umin32 >>> 0}`, known.umin32 === unknown.umin32],
    ['umax32', `${known.umax32 >>> 0}`, known.umax32 === unknown.umax32],
  ];
  const byNumber = new Map<string, string[]>();
  for (const [name, text, isUnbounded] of bounds) {
    if (!isUnbounded) byNumber.set(text, [...(byNumber.get(text) ?? []), name]);
  }
  const details = [...byNumber].map(([text, names]) => `${names.join('=')}=${text}`);
  const { value, mask } = known.bits;
  if (!word.equal(mask, word.ones)) details.push(`var_off=(${word.toHex(value)}; ${word.toHex(mask)})`);
  return details;
}
