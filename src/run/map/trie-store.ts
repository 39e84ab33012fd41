// The content of a trie of prefixes (lpm_trie): a key is the length of a prefix in bits, a number of 32 bits, and then the bytes that it
// is a prefix of. What is looked up finds the longest prefix of it that is there. The entries lie in a hash by length and prefix;
// how many there are of each length is counted, so that only lengths are tried that some entry has.

import { errno } from './errno.js';
import { HashStore } from './hash-store.js';
import { at } from './layout.js';
import type { Parts } from './store.js';

/** Bytes of the length before the prefix. */
export const lengthBytes = 4;

/** The most bits that a prefix has in keys of this size, and so how many lengths there are, less one. */
export function mostBits(keySize: number): number {
  return 8 * (keySize - lengthBytes);
}

export class TrieStore extends HashStore {
  readonly #counts: Uint32Array;
  readonly #most: number;
  protected override readonly whenFull = errno.nospc;

  constructor(parts: Parts) {
    super(parts);
    this.#most = mostBits(parts.header[at.keySize]!);
    this.#counts = new Uint32Array(parts.buffer, parts.header[at.atMarks], this.#most + 1);
  }

  /** The longest prefix of a key: one that is no longer than the key's own length. */
  override find(key: Uint8Array): number | undefined {
    return this.lock.during(() => {
      if (lengthOf(key) > this.#most) return undefined;
      for (let length = lengthOf(key); length >= 0; length--) {
        const slot = this.#counts[length] === 0 ? undefined : this.search(withLength(key, length));
        if (slot !== undefined) return slot;
      }
      return undefined;
    });
  }

  override update(key: Uint8Array, value: Uint8Array, flags: number): number {
    return lengthOf(key) > this.#most ? errno.inval : super.update(key, value, flags);
  }

  override remove(key: Uint8Array): number {
    return lengthOf(key) > this.#most ? errno.inval : super.remove(key);
  }

  /** Bits behind the prefix don't count. */
  protected override essence(key: Uint8Array): Uint8Array {
    const bits = lengthOf(key);
    const whole = lengthBytes + (bits >> 3);
    const prefix = new Uint8Array(key.length);
    prefix.set(key.subarray(0, whole));
    if (bits % 8 !== 0) prefix[whole] = key[whole]! & (0xff00 >> (bits % 8));
    return prefix;
  }

  protected override hasChanged(key: Uint8Array, by: 1 | -1): void {
    this.#counts[lengthOf(key)]! += by;
  }
}

function lengthOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}

function withLength(key: Uint8Array, length: number): Uint8Array {
  const other = key.slice();
  new DataView(other.buffer).setUint32(0, length, true);
  return other;
}
