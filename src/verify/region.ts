// Accesses of memory of a known size: the least and the greatest address that an access can have both lie inside.

import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import type { Register, Size } from '../ebpf/insn.js';
import { refuse } from './refusal.js';
import type { Value } from './value.js';

/** What varies in an address must stay below this; Linux's figure. */
const varyingLimit = 2 ** 29;

/** One access through an address. */
export interface Access {
  /** What the sentence of a refusal calls the address: `r3`. */
  readonly name: string;
  readonly address: Value;
  /** The instruction's own offset. */
  readonly off: number;
  readonly size: number;
}

/** An access that an instruction makes. */
export interface MemoryAccess extends Access {
  readonly size: Size;
  /** Linux wants atomic and ordered accesses aligned, whatever the processor does with others. */
  readonly aligned: boolean;
  /** The register that a store stores. */
  readonly stored?: Register | undefined;
}

/** @param extent how many bytes there are from offset 0 on */
export function checkRegion({ name, address, off, size }: Access, extent: number): void {
  const start = address.offset + off;
  const least = start + word.toNumber(address.scalar.smin);
  if (word.isNegative(address.scalar.smin) && least < 0) {
    refuse(
      `${name} may point below the ${address.kind} it was made from: its offset can be ${least}; compare it with 0 first`,
    );
  }
  checkInside(name, address, least, size, extent);
  const most = start + unsignedNumber(address);
  if (most - start >= varyingLimit) {
    refuse(`the offset of ${name} has no upper bound; compare it with the size of the ${address.kind} first`);
  }
  checkInside(name, address, most, size, extent);
}

function unsignedNumber(address: Value): number {
  const { umax } = address.scalar;
  return (umax.hi >>> 0) * 2 ** 32 + (umax.lo >>> 0);
}

function checkInside(name: string, address: Value, offset: number, size: number, extent: number): void {
  if (offset >= 0 && offset + size <= extent) return;
  if (size === 0) refuse(`${name} points ${offset} bytes into a ${address.kind} of ${extent} bytes`);
  const access = size === 1 ? `byte ${offset}` : `bytes ${offset} to ${offset + size - 1}`;
  refuse(`${name} reaches ${access} of a ${address.kind} of ${extent} bytes`);
}

/** The address of an access that must not vary, as an offset from what the pointer was made from. */
export function constantOffset({ name, address, off }: Access): number {
  const varying = scalar.known(address.scalar);
  if (varying === undefined) refuse(`${name}: an access of the ${address.kind} needs a constant offset`);
  return address.offset + off + word.toNumber(varying);
}
