// What the verifier knows of a register or a slot of the stack, as a value for people and programs to read.

import type { Scalar } from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import { isPacketPointer, type Kind, type MapShape, type Value } from './value.js';

/** The least and the greatest of some numbers. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

/** A number: it lies in each of the ranges, and has the bits that are known. */
export interface KnownNumber {
  readonly kind: 'number';
  readonly unsigned: Range;
  readonly signed: Range;
  /** Of the low 32 bits. */
  readonly unsigned32: Range;
  readonly signed32: Range;
  /** A bit of `mask` that is set is not known; the others are those of `value`. */
  readonly bits: { readonly value: bigint; readonly mask: bigint };
}

/** An address, or the handle of a map. */
export interface KnownAddress {
  /** What it leads to: `context`, `stack`, `packet`, `packet-end`, `map-value`, `map`, `memory` … */
  readonly kind: Exclude<Kind, 'uninitialised' | 'scalar'>;
  /** It may be 0 instead. */
  readonly nullable: boolean;
  /** How far it is from the start of that, in bytes; of the stack, from the frame pointer. */
  readonly offset: Range;
  /** Of memory: how many bytes there are; of the packet: how many are proved to be there from this address on. */
  readonly size: number | undefined;
  /** Of the stack: how many calls up the frame is; 0 is the function's own. */
  readonly frame: number | undefined;
  /** The map that it is, or leads into. */
  readonly map: MapShape | undefined;
}

export type Known = KnownNumber | KnownAddress;

/** A value of the function that runs in the frame of index `depth`; undefined where there is nothing to know. */
export function knownOf(value: Value, depth: number): Known | undefined {
  if (value.kind === 'uninitialised') return undefined;
  return value.kind === 'scalar' ? knownNumber(value.scalar) : knownAddress(value, value.kind, depth);
}

function knownAddress(value: Value, kind: KnownAddress['kind'], depth: number): KnownAddress {
  const start = BigInt(value.offset);
  const { smin, smax } = value.scalar;
  return Object.freeze({
    kind,
    nullable: value.nullable,
    offset: range(start + word.toSigned(smin), start + word.toSigned(smax)),
    size: sizeOf(value),
    frame: kind === 'stack' ? depth - value.frame : undefined,
    map: value.map,
  });
}

function sizeOf(value: Value): number | undefined {
  if (isPacketPointer(value)) return Math.max(0, value.extent - value.offset);
  return value.kind === 'memory' ? value.extent : undefined;
}

function knownNumber(known: Scalar): KnownNumber {
  return Object.freeze({
    kind: 'number',
    unsigned: range(word.toUnsigned(known.umin), word.toUnsigned(known.umax)),
    signed: range(word.toSigned(known.smin), word.toSigned(known.smax)),
    unsigned32: range(BigInt(known.umin32 >>> 0), BigInt(known.umax32 >>> 0)),
    signed32: range(BigInt(known.smin32), BigInt(known.smax32)),
    bits: Object.freeze({ value: word.toUnsigned(known.bits.value), mask: word.toUnsigned(known.bits.mask) }),
  });
}

function range(min: bigint, max: bigint): Range {
  return Object.freeze({ min, max });
}

/** Adds what is known on one more path: numbers become one, and so do addresses of one thing. */
export function withKnown(all: readonly Known[], more: Known): readonly Known[] {
  const index = all.findIndex((known) => areAlike(known, more));
  return index < 0 ? [...all, more] : all.with(index, either(all[index]!, more));
}

function areAlike(a: Known, b: Known): boolean {
  return a.kind === 'number' || b.kind === 'number' ? a.kind === b.kind : isOneThing(a, b);
}

function isOneThing(a: KnownAddress, b: KnownAddress): boolean {
  return a.kind === b.kind && a.frame === b.frame && a.map === b.map;
}

function either(a: Known, b: Known): Known {
  if (a.kind !== 'number') return b.kind === 'number' ? a : eitherAddress(a, b);
  return b.kind === 'number' ? eitherNumber(a, b) : a;
}

function eitherNumber(a: KnownNumber, b: KnownNumber): KnownNumber {
  const mask = a.bits.mask | b.bits.mask | (a.bits.value ^ b.bits.value);
  return Object.freeze({
    kind: 'number',
    unsigned: span(a.unsigned, b.unsigned),
    signed: span(a.signed, b.signed),
    unsigned32: span(a.unsigned32, b.unsigned32),
    signed32: span(a.signed32, b.signed32),
    bits: Object.freeze({ value: a.bits.value & ~mask, mask }),
  });
}

function eitherAddress(a: KnownAddress, b: KnownAddress): KnownAddress {
  const size = a.size === undefined || b.size === undefined ? undefined : Math.min(a.size, b.size);
  return Object.freeze({ ...a, nullable: a.nullable || b.nullable, offset: span(a.offset, b.offset), size });
}

function span(a: Range, b: Range): Range {
  return range(a.min < b.min ? a.min : b.min, a.max > b.max ? a.max : b.max);
}
