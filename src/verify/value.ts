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
  /** a kernel structure of which nothing is known: it can be compared and passed on, not reached into */
  | 'typed';

export interface Value {
  readonly kind: Kind;
  /** It may be 0 instead of an address. */
  readonly nullable: boolean;
  /** What it points to may not be written. */
  readonly readOnly: boolean;
  /** Constant part of a pointer's offset. */
  readonly offset: number;
  /** The number; of a pointer, the part of its offset that varies. */
  readonly scalar: Scalar;
  /**
   * Shared by values that are known to be equal: numbers that were copied, pointers that came from one null-checked
   * look-up, packet pointers with one variable part; 0 for none.
   */
  readonly id: number;
  /** How much larger a number is than the others with its id; undefined where it is equal. */
  readonly delta: number | undefined;
  /** The acquired object that the pointer leads to, which must be released; 0 for none. */
  readonly reference: number;
  /**
   * `memory`: how many bytes there are; packet pointers: bytes proved to be there from offset 0 on, or `atEnd`,
   * `beyondEnd`.
   */
  readonly extent: number;
  /** Map, key and value pointers: the map. */
  readonly map: MapShape | undefined;
  /** Inner maps: which look-up in the outer map they came from; 0 for none. */
  readonly mapId: number;
  /** Stack pointers: index of the frame. */
  readonly frame: number;
}

/** In `extent`: the address is the packet's end or lies behind it, or certainly behind it. */
export const atEnd = -1;
export const beyondEnd = -2;

export const uninitialised: Value = {
  kind: 'uninitialised',
  nullable: false,
  readOnly: false,
  offset: 0,
  scalar: scalar.unknown,
  id: 0,
  delta: undefined,
  reference: 0,
  extent: 0,
  map: undefined,
  mapId: 0,
  frame: 0,
};

/** A number that nothing is known of. */
export const unknown: Value = number(scalar.unknown);

export function number(known: Scalar): Value {
  return {
    kind: 'scalar',
    nullable: false,
    readOnly: false,
    offset: 0,
    scalar: known,
    id: 0,
    delta: undefined,
    reference: 0,
    extent: 0,
    map: undefined,
    mapId: 0,
    frame: 0,
  };
}

/** An address at offset 0 of what `kind` says. */
export function pointer(kind: Exclude<Kind, 'uninitialised' | 'scalar'>, known: Partial<Value> = {}): Value {
  return { ...uninitialised, kind, scalar: scalar.zero, ...known };
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
  return value.id === 0 && value.delta === undefined ? value : { ...value, id: 0, delta: undefined };
}
