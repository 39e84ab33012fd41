// The content of a map, over the bytes that layout.ts draws: what a helper does, and no more. Keys and values are given in
// their full size; answers are Linux's.

import { at, hash, headerBytes, stride } from './layout.js';

/** Linux's error numbers that map operations answer with. */
export const errno = { perm: 1, noent: 2, toobig: 7, fault: 14, exist: 17, inval: 22, notsupp: 524 } as const;

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
  readonly header: Uint32Array;
  readonly values: Uint8Array;
  readonly valueStride: number;

  constructor(buffer: SharedArrayBuffer) {
    this.header = new Uint32Array(buffer, 0, headerBytes / 4);
    this.valueStride = stride(this.header[at.valueSize]!);
    this.values = new Uint8Array(buffer, this.header[at.atValues], this.valueStride * this.maxEntries);
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

/** All entries are there from the start; the key is the index. */
export class ArrayStore implements Store {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  find(key: Uint8Array): number | undefined {
    const index = new DataView(key.buffer, key.byteOffset).getUint32(0, true);
    return index < this.#parts.maxEntries ? index : undefined;
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): number {
    const index = this.find(key);
    if (index === undefined) return errno.toobig;
    if (flags === updates.noexist) return errno.exist;
    this.#parts.value(index).set(value);
    return 0;
  }

  remove(): number {
    return errno.inval;
  }

  slots(): [Uint8Array, number][] {
    return Array.from({ length: this.#parts.maxEntries }, (_, index) => [indexKey(index), index]);
  }
}

/** An index as the key of an array. */
export function indexKey(index: number): Uint8Array {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, index, true);
  return key;
}

/** Entries in lists, one list a bucket. */
export class HashStore implements Store {
  readonly #parts: Parts;
  readonly #buckets: Uint32Array;
  readonly #links: Uint32Array;
  readonly #keys: Uint8Array;
  readonly #lock: Int32Array;

  constructor(parts: Parts, buffer: SharedArrayBuffer) {
    const { header, maxEntries } = parts;
    this.#parts = parts;
    this.#buckets = new Uint32Array(buffer, header[at.atBuckets], header[at.buckets]);
    this.#links = new Uint32Array(buffer, header[at.atLinks], maxEntries);
    this.#keys = new Uint8Array(buffer, header[at.atKeys], stride(header[at.keySize]!) * maxEntries);
    this.#lock = new Int32Array(buffer, 4 * at.lock, 1);
  }

  find(key: Uint8Array): number | undefined {
    return this.#locked(() => this.#search(key));
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): number {
    return this.#locked(() => {
      const found = this.#search(key);
      if (found !== undefined && flags === updates.noexist) return errno.exist;
      if (found === undefined && flags === updates.exist) return errno.noent;
      const slot = found ?? this.#insert(key);
      if (slot === undefined) return errno.toobig;
      this.#parts.value(slot).set(value);
      return 0;
    });
  }

  remove(key: Uint8Array): number {
    return this.#locked(() => {
      const slot = this.#search(key);
      if (slot === undefined) return errno.noent;
      this.#unlink(this.#bucket(key), slot + 1);
      const { header } = this.#parts;
      this.#links[slot] = header[at.free]!;
      header[at.free] = slot + 1;
      return 0;
    });
  }

  slots(): [Uint8Array, number][] {
    const found: number[] = [];
    this.#locked(() => {
      for (let link of this.#buckets) for (; link !== 0; link = this.#links[link - 1]!) found.push(link - 1);
    });
    return found.sort((a, b) => a - b).map((slot) => [this.#key(slot).slice(), slot]);
  }

  #search(key: Uint8Array): number | undefined {
    for (let link = this.#buckets[this.#bucket(key)]!; link !== 0; link = this.#links[link - 1]!) {
      if (this.#key(link - 1).every((byte, i) => byte === key[i])) return link - 1;
    }
    return undefined;
  }

  #insert(key: Uint8Array): number | undefined {
    const slot = this.#take();
    if (slot === undefined) return undefined;
    const bucket = this.#bucket(key);
    this.#key(slot).set(key);
    this.#links[slot] = this.#buckets[bucket]!;
    this.#buckets[bucket] = slot + 1;
    return slot;
  }

  /** A slot that was freed, or else the first that was never used. */
  #take(): number | undefined {
    const { header, maxEntries } = this.#parts;
    const free = header[at.free]!;
    if (free !== 0) {
      header[at.free] = this.#links[free - 1]!;
      return free - 1;
    }
    return header[at.used]! < maxEntries ? header[at.used]!++ : undefined;
  }

  #unlink(bucket: number, link: number): void {
    const after = this.#links[link - 1]!;
    if (this.#buckets[bucket] === link) {
      this.#buckets[bucket] = after;
      return;
    }
    let before = this.#buckets[bucket]!;
    while (this.#links[before - 1] !== link) before = this.#links[before - 1]!;
    this.#links[before - 1] = after;
  }

  #bucket(key: Uint8Array): number {
    const { header } = this.#parts;
    return hash(header[at.seed]!, key) & (header[at.buckets]! - 1);
  }

  #key(slot: number): Uint8Array {
    const size = this.#parts.header[at.keySize]!;
    return this.#keys.subarray(slot * stride(size), slot * stride(size) + size);
  }

  #locked<T>(action: () => T): T {
    while (Atomics.compareExchange(this.#lock, 0, 0, 1) !== 0);
    try {
      return action();
    } finally {
      Atomics.store(this.#lock, 0, 0);
    }
  }
}
