// Addresses in the packet: how far one may be followed is learnt by comparing it with the packet's end.
//
// All addresses with one variable part (one `id`) are a constant distance apart, so that what a comparison proves for one
// holds for all. `extent` counts from the variable part: bytes 0 to extent-1 behind it are there.

import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import type { JumpName } from '../ebpf/rows.js';
import type { Environment } from '../env/environment.js';
import { refuse } from './refusal.js';
import type { Access } from './region.js';
import { replaceEach, type State } from './state.js';
import { atEnd, beyondEnd, changed, isOfPacket, unknown, type Value } from './value.js';

/** The longest packet that offsets are proved for; Linux's figure. */
const packetLimit = 0xffff;

export function checkPacket({ name, address, off, size }: Access): void {
  if (word.isNegative(address.scalar.smin)) {
    refuse(`${name} may point before the packet: its offset can be negative; compare it with 0 first`);
  }
  const from = address.offset + off;
  const known = Math.max(address.extent, 0);
  if (from >= 0 && from + size <= known) return;
  refuse(
    `${name} reaches bytes ${from} to ${from + size - 1} of the packet, of which ${known} are known to be there; compare with data_end first`,
  );
}

export function checkPacketWrite({ name, packetAccess }: Environment): void {
  const allowed = packetAccess === 'write' || packetAccess === 'buffer';
  if (!allowed) refuse(`a ${name} program may not write to the packet`);
}

/** A comparison of an address in the packet with its end: which way proves bytes to be there, and which the opposite. */
interface Finding {
  readonly pointer: Value;
  /** The way on which the address is not behind the end. */
  readonly inside: 'taken' | 'fallen';
  /** On that way the address is before the end, so that one more byte is there. */
  readonly strictly: boolean;
}

/** What `left op right` says of an address in the packet, if it says anything. */
export function packetComparison(op: JumpName, left: Value, right: Value): Finding | undefined {
  if (isBound(left, right)) return finding(op, left);
  if (isBound(right, left)) return finding(exchangedOrder[op], right);
  return undefined;
}

/** An address in the packet, and the end of what it is in. */
function isBound(pointer: Value, end: Value): boolean {
  if (pointer.kind === 'packet') return end.kind === 'packet-end';
  return pointer.kind === 'packet-meta' && isPacketStart(end);
}

function isPacketStart({ kind, id, offset, scalar: varying }: Value): boolean {
  return kind === 'packet' && id === 0 && offset === 0 && varying === scalar.zero;
}

/** The order with its operands exchanged; undefined for what is no order. */
const exchangedOrder: Readonly<Record<JumpName, JumpName>> = {
  gt: 'lt',
  lt: 'gt',
  ge: 'le',
  le: 'ge',
  eq: 'eq',
  ne: 'ne',
  set: 'set',
  sgt: 'sgt',
  sge: 'sge',
  slt: 'slt',
  sle: 'sle',
};

/** pointer op end */
function finding(op: JumpName, pointer: Value): Finding | undefined {
  switch (op) {
    case 'gt':
      return { pointer, inside: 'fallen', strictly: false };
    case 'ge':
      return { pointer, inside: 'fallen', strictly: true };
    case 'lt':
      return { pointer, inside: 'taken', strictly: true };
    case 'le':
      return { pointer, inside: 'taken', strictly: false };
    default:
      return undefined;
  }
}

/** Tells both ways what a comparison found. */
export function applyFinding({ pointer, inside, strictly }: Finding, taken: State, fallen: State): void {
  const [within, beyond] = inside === 'taken' ? [taken, fallen] : [fallen, taken];
  extendRange(within, pointer, strictly);
  markEnd(beyond, pointer, strictly ? atEnd : beyondEnd);
}

/** The bytes up to the address are there, for all addresses with its variable part. */
function extendRange(state: State, pointer: Value, strictly: boolean): void {
  if (pointer.offset < 0 || (pointer.offset === 0 && strictly)) return;
  const most = word.toNumber(pointer.scalar.umax);
  if (word.isNegative(pointer.scalar.umax) || most + pointer.offset > packetLimit) return;
  const extent = strictly ? pointer.offset + 1 : pointer.offset;
  replaceEach(state, (value) => {
    const same = value.kind === pointer.kind && value.id === pointer.id;
    return same && value.extent < extent ? changed(value, { extent }) : value;
  });
}

function markEnd(state: State, pointer: Value, extent: typeof atEnd | typeof beyondEnd): void {
  if (pointer.kind !== 'packet') return;
  state.frame.registers.forEach((value, register) => {
    if (value === pointer) state.frame.registers[register] = changed(value, { extent });
  });
}

/** The way that a comparison with the end must take, where an earlier one decided it. */
export function packetOutcome(op: JumpName, left: Value, right: Value): boolean | undefined {
  if (right.kind === 'packet-end') return endOutcome(op, left);
  return left.kind === 'packet-end' ? endOutcome(exchangedOrder[op], right) : undefined;
}

/** pointer op end */
function endOutcome(op: JumpName, { extent }: Value): boolean | undefined {
  if (extent >= 0) return undefined;
  if (op === 'le' || op === 'gt') return extent === beyondEnd ? op === 'gt' : undefined;
  return op === 'lt' || op === 'ge' ? op === 'ge' : undefined;
}

/** The packet may have moved: every address in it is a number like any other. */
export function forgetPacket(state: State): void {
  replaceEach(state, (value) => (isOfPacket(value) ? unknown : value));
}
