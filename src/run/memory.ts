// The memory of the oracle: a few regions at addresses far from each other, and every access checked against them.
//
//   address            region
//   0x2000_0000        the input's bytes: a context of Linux's has their address in a field of 32 bits
//   0x1000_0000_0000   the context
//   0x3000_0000_0000   the stack: 8 frames of 512 bytes, the first one at the top
//   0x4000_0000_0000   the values of map 0, those of map 1 after 0x10_0000_0000 …
//   0x5000_0000_0000   what a reference to map 0 is, to map 1 after 0x10_0000_0000 …: addresses of nothing
//
// A program's result must not depend on these numbers.

import type { Size } from '../ebpf/insn.js';

export interface Region {
  readonly base: bigint;
  readonly view: DataView;
  readonly writable: boolean;
}

export const bases = {
  data: 0x2000_0000n,
  context: 0x1000_0000_0000n,
  stack: 0x3000_0000_0000n,
  mapValues: 0x4000_0000_0000n,
  mapReferences: 0x5000_0000_0000n,
} as const;

/** How far the addresses of one map are from those of the next. */
export const mapStride = 0x10_0000_0000n;

export const frameBytes = 512;
export const frameLimit = 8;

export function region(base: bigint, bytes: Uint8Array, writable: boolean): Region {
  return { base, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), writable };
}

/** What a helper sees of memory, on any engine. */
export interface Readable {
  /** The bytes at an address; undefined where the program may not read all of them. */
  bytes(address: bigint, length: number): Uint8Array | undefined;
}

/** What a helper may change of it, too. */
export interface Writable extends Readable {
  /** Writes bytes to an address; false, and nothing done, where the program may not write all of them. */
  write(address: bigint, bytes: Uint8Array): boolean;
}

export class Memory implements Writable {
  readonly #input: readonly Region[];
  readonly #stack = new Uint8Array(frameBytes * frameLimit);
  #reachable: readonly Region[] = [];

  constructor(input: readonly Region[]) {
    this.#input = input;
  }

  /**
   * Makes the input, the first `frames` frames and the maps of the program that runs in the last one reachable.
   * @returns the frame pointer of that frame
   */
  enterFrame(frames: number, maps: readonly Region[]): bigint {
    const start = frameBytes * (frameLimit - frames);
    const stack = region(bases.stack + BigInt(start), this.#stack.subarray(start), true);
    this.#reachable = [stack, ...this.#input, ...maps];
    return stack.base + BigInt(frameBytes);
  }

  /** The bytes at an address as an unsigned number, or undefined where not all of them are in one region. */
  load(address: bigint, size: Size): bigint | undefined {
    const found = this.#find(address, size);
    return found === undefined ? undefined : numbers[size].load(found.view, found.at);
  }

  /** Writes the low bytes of a value; false where they can't be written. */
  store(address: bigint, size: Size, value: bigint): boolean {
    const found = this.#find(address, size);
    if (found === undefined || !found.writable) return false;
    numbers[size].store(found.view, found.at, value);
    return true;
  }

  /** The bytes themselves, for helpers; undefined where they aren't all in one region. */
  bytes(address: bigint, length: number): Uint8Array | undefined {
    const found = this.#find(address, length);
    return found === undefined
      ? undefined
      : new Uint8Array(found.view.buffer, found.view.byteOffset + found.at, length);
  }

  write(address: bigint, bytes: Uint8Array): boolean {
    const found = this.#find(address, bytes.length);
    if (found === undefined || !found.writable) return false;
    new Uint8Array(found.view.buffer, found.view.byteOffset + found.at, bytes.length).set(bytes);
    return true;
  }

  #find(address: bigint, length: number): (Region & { at: number }) | undefined {
    for (const region of this.#reachable) {
      const at = address - region.base;
      if (at >= 0n && at + BigInt(length) <= BigInt(region.view.byteLength)) return { ...region, at: Number(at) };
    }
    return undefined;
  }
}

/** How a number of each size is read and written, little-endian. */
const numbers = {
  1: {
    load: (view: DataView, at: number) => BigInt(view.getUint8(at)),
    store: (view: DataView, at: number, value: bigint) => view.setUint8(at, Number(value & 0xffn)),
  },
  2: {
    load: (view: DataView, at: number) => BigInt(view.getUint16(at, true)),
    store: (view: DataView, at: number, value: bigint) => view.setUint16(at, Number(value & 0xffffn), true),
  },
  4: {
    load: (view: DataView, at: number) => BigInt(view.getUint32(at, true)),
    store: (view: DataView, at: number, value: bigint) => view.setUint32(at, Number(value & 0xffff_ffffn), true),
  },
  8: {
    load: (view: DataView, at: number) => view.getBigUint64(at, true),
    store: (view: DataView, at: number, value: bigint) => view.setBigUint64(at, value, true),
  },
} as const;
