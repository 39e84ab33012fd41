// What the verifier knows of one register or of 8 bytes of the stack: an immutable value, which states share freely.
//
// A pointer is a kind (what it points to), a constant offset and, in `scalar`, the part of the offset that varies.

import type { Scalar } from '../abstract/scalar.js';
import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import type { MapSpec } from '../ebpf/map.js';

/** What a program needs to know of a map: its shape, whether it has a name or is the inside of another. */
export type MapShape = Omit<MapSpec, 'name'>;

/** What a register holds. */
export type Kind =
  /** nothing: reading it is a fault */
  | 'uninitialised'
  /** a number */
  | 'scalar'
  /** the address of the context */
  | 'context'
  /** a map itself, of which the program only knows the handle */
  | 'map'
  /** the address of a map's key or value */
  | 'map-key'
  | 'map-value'
  /** an address in the stack of one of the frames */
  | 'stack'
  /** an address in the packet, in what stands before it, or behind its last byte */
  | 'packet'
  | 'packet-meta'
  | 'packet-end'
  /** the keys of Linux's flow dissector */
  | 'flow-keys'
  /** what a tracepoint lets its programs write */
  | 'trace-buffer'
  /** a socket, or as much of one as its kind has */
  | 'socket'
  | 'sock-common'
  | 'tcp-sock'
  | 'xdp-sock'
  /** `extent` bytes of memory */
  | 'memory'
  /** a socket as the kernel itself sees it */
  | 'kernel-sock'
  /** half of a dynptr, in the stack: the first at offset 0, the second at offset 8 */
  | 'dynptr'
  /** a function of the program, which begins at slot `extent` */
  | 'function'
  /** a kernel structure of which nothing is known: it can be compared and passed on, not reached into */
  | 'typed';

/** A value that is being made. All are of this class, so that V8 finds their fields at one place. */
class Draft {
  kind: Kind;
  /** It may be 0 instead of an address. */
  nullable: boolean;
  /** Constant part of a pointer's offset. */
  offset: number;
  /** The number; of a pointer, the part of its offset that varies. */
  scalar: Scalar;
  /**
   * Shared by values that are known to be equal: numbers that were copied, pointers that came from one null-checked
   * look-up, packet pointers with one variable part; 0 for none.
   */
  id: number;
  /** How much larger a number is than the others with its id; undefined where it is equal. */
  delta: number | undefined;
  /** The acquired object that the pointer leads to, which must be released; 0 for none. */
  reference: number;
  /**
   * `memory`: how many bytes there are; packet pointers: bytes proved to be there from offset 0 on, or `atEnd`,
   * `beyondEnd`.
   */
  extent: number;
  /** Map, key and value pointers: the map. */
  map: MapShape | undefined;
  /** Inner maps: which look-up in the outer map they came from; memory: the dynptr that it is part of; 0 for none. */
  mapId: number;
  /** Stack pointers: index of the frame. */
  frame: number;

  constructor(from: Value) {
    this.kind = from.kind;
    this.nullable = from.nullable;
    this.offset = from.offset;
    this.scalar = from.scalar;
    this.id = from.id;
    this.delta = from.delta;
    this.reference = from.reference;
    this.extent = from.extent;
    this.map = from.map;
    this.mapId = from.mapId;
    this.frame = from.frame;
  }
}

export type Value = Readonly<Draft>;

/** In `extent`: the address is the packet's end or lies behind it, or certainly behind it. */
export const atEnd = -1;
export const beyondEnd = -2;

export const uninitialised: Value = new Draft({
  kind: 'uninitialised',
  nullable: false,
  offset: 0,
  scalar: scalar.unknown,
  id: 0,
  delta: undefined,
  reference: 0,
  extent: 0,
  map: undefined,
  mapId: 0,
  frame: 0,
});

export function number(known: Scalar): Value {
  const value = new Draft(uninitialised);
  value.kind = 'scalar';
  value.scalar = known;
  return value;
}

/** A number that nothing is known of. */
export const unknown: Value = number(scalar.unknown);

/** Constants from 0 on that programs are full of, each of which is made once. */
const common: (Value | undefined)[] = new Array<Value | undefined>(256);

/** A constant of 32 bits, sign-extended. */
export function constant(imm: number): Value {
  if (imm < 0 || imm >= common.length) return number(scalar.constant32(imm));
  const known = common[imm] ?? number(scalar.constant32(imm));
  common[imm] = known;
  return known;
}

/** An address at offset 0 of what `kind` says. */
export function pointer(kind: Exclude<Kind, 'uninitialised' | 'scalar'>, known: Partial<Value> = {}): Value {
  const draft = new Draft(uninitialised);
  draft.kind = kind;
  draft.scalar = scalar.zero;
  return Object.assign(draft, known);
}

/** The same value but for what is given. */
export function changed(value: Value, changes: Partial<Value>): Value {
  return Object.assign(new Draft(value), changes);
}

// What is changed most often has a function of its own: `changed` takes ten times as long.

export function withScalar(value: Value, known: Scalar): Value {
  const draft = new Draft(value);
  draft.scalar = known;
  return draft;
}

export function linkedBy(value: Value, id: number, delta: number | undefined): Value {
  const draft = new Draft(value);
  draft.id = id;
  draft.delta = delta;
  return draft;
}

export function withOffset(value: Value, offset: number): Value {
  const draft = new Draft(value);
  draft.offset = offset;
  return draft;
}

export function isScalar(value: Value): boolean {
  return value.kind === 'scalar';
}

export function isPointer(value: Value): boolean {
  return value.kind !== 'scalar' && value.kind !== 'uninitialised';
}

/** An address whose distance to others of its packet is known by comparison. */
export function isPacketPointer(value: Value): boolean {
  return value.kind === 'packet' || value.kind === 'packet-meta';
}

/** Whether nothing of a pointer's offset varies. */
export function hasConstantOffset(value: Value): boolean {
  return scalar.isConstant(value.scalar);
}

/** Whether a pointer is the address itself, to which nothing was added. */
export function isAtStart(value: Value): boolean {
  const varying = scalar.known(value.scalar);
  return value.offset === 0 && varying !== undefined && word.isZero(varying);
}

/** An address that a change of the packet makes void. */
export function isOfPacket(value: Value): boolean {
  return isPacketPointer(value) || value.kind === 'packet-end';
}

/** A value that is 0 and nothing else. */
export function isNull(value: Value): boolean {
  return value.kind === 'scalar' && scalar.isConstant(value.scalar) && word.isZero(value.scalar.bits.value);
}

/** The same value without its links to equal ones. */
export function unlinked(value: Value): Value {
  return value.id === 0 && value.delta === undefined ? value : linkedBy(value, 0, undefined);
}
