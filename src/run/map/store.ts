// The content of a map, over the bytes that layout.ts draws: what a helper does, and no more. Keys and values are given in
// their full size; answers are Linux's. Each kind of content is a file of its own.

import { at, headerBytes, stride } from './layout.js';

/** What an update wants: any, only a new entry, only one that is there (`BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`). */
export const updates = { any: 0, noexist: 1, exist: 2 } as const;

export interface Store {
  /** The slot of the entry with this key, or undefined. */
  find(key: Uint8Array): number | undefined;
  /** 0, or an error number of Linux's. `flags` is one of `updates`. */
  update(key: Uint8Array, value: Uint8Array, flags: number): number;
  remove(key: Uint8Array): number;
  /** The key of every entry with its slot, in the order of slots. */
  slots(): [key: Uint8Array, slot: number][];
}

/** The parts of a map's memory. */
export class Parts {
  readonly buffer: SharedArrayBuffer;
  readonly header: Uint32Array;
  readonly values: Uint8Array;
  readonly valueStride: number;
  /** A byte for each slot; only some kinds have them. */
  readonly marks: Uint8Array;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.header = new Uint32Array(buffer, 0, headerBytes / 4);
    this.valueStride = stride(this.header[at.valueSize]!);
    this.values = new Uint8Array(buffer, this.header[at.atValues], this.valueStride * this.maxEntries);
    const { [at.atMarks]: start, [at.atValues]: end } = this.header;
    this.marks = new Uint8Array(buffer, start, end! - start!);
  }

  get maxEntries(): number {
    return this.header[at.maxEntries]!;
  }

  /** The bytes of the value in a slot. */
  value(slot: number): Uint8Array {
    const start = slot * this.valueStride;
    return this.values.subarray(start, start + this.header[at.valueSize]!);
  }
}
