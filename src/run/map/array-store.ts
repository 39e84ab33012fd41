// The content of an array: a value for each index.

import { errno } from './errno.js';
import { type Parts, type Store, updates } from './store.js';

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
