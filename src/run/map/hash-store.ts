// The content of a hash: entries in lists, one list a bucket. Of its kinds, one makes room for new entries (lru-store.ts), and one
// finds prefixes of keys (trie-store.ts).

import { errno } from './errno.js';
import { at, hash, stride } from './layout.js';
import { Lock } from './lock.js';
import { type Parts, type Store, updates } from './store.js';

export class HashStore implements Store {
  protected readonly parts: Parts;
  readonly #buckets: Uint32Array;
  readonly #links: Uint32Array;
  readonly #keys: Uint8Array;
  protected readonly lock: Lock;

  constructor(parts: Parts) {
    const { buffer, header, maxEntries } = parts;
    this.parts = parts;
    this.#buckets = new Uint32Array(buffer, header[at.atBuckets], header[at.buckets]);
    this.#links = new Uint32Array(buffer, header[at.atLinks], maxEntries);
    this.#keys = new Uint8Array(buffer, header[at.atKeys], stride(header[at.keySize]!) * maxEntries);
    this.lock = new Lock(buffer);
  }

  find(key: Uint8Array): number | undefined {
    return this.lock.during(() => this.#used(this.search(key)));
  }

  update(key: Uint8Array, value: Uint8Array, flags: number): number {
    return this.lock.during(() => {
      const found = this.search(key);
      if (found !== undefined && flags === updates.noexist) return errno.exist;
      if (found === undefined && flags === updates.exist) return errno.noent;
      const slot = this.#used(found) ?? this.#insert(key);
      if (slot === undefined) return this.whenFull;
      this.keyIn(slot).set(key);
      this.parts.value(slot).set(value);
      return 0;
    });
  }

  remove(key: Uint8Array): number {
    return this.lock.during(() => {
      const slot = this.search(key);
      if (slot === undefined) return errno.noent;
      this.removeSlot(slot);
      return 0;
    });
  }

  slots(): [Uint8Array, number][] {
    const found: number[] = [];
    this.lock.during(() => {
      for (let link of this.#buckets) for (; link !== 0; link = this.#links[link - 1]!) found.push(link - 1);
    });
    return found.sort((a, b) => a - b).map((slot) => [this.keyIn(slot).slice(), slot]);
  }

  // ---- what kinds of hashes do in their own way ----

  /** What an update says that finds no room. */
  protected readonly whenFull: number = errno.toobig;

  /** Those bytes of a key that count, and zeros: keys with the same are the same. */
  protected essence(key: Uint8Array): Uint8Array {
    return key;
  }

  /** The entry in a slot was found. */
  protected hasUsed(_slot: number): void {}

  /** There is an entry with this key more, or less. */
  protected hasChanged(_key: Uint8Array, _by: 1 | -1): void {}

  /** A slot that was freed, or else the first that was never used. */
  protected take(): number | undefined {
    const { header, maxEntries } = this.parts;
    const free = header[at.free]!;
    if (free !== 0) {
      header[at.free] = this.#links[free - 1]!;
      return free - 1;
    }
    return header[at.used]! < maxEntries ? header[at.used]!++ : undefined;
  }

  // ---- what they need for that ----

  protected search(key: Uint8Array): number | undefined {
    const wanted = this.essence(key);
    for (let link = this.#buckets[this.#bucket(wanted)]!; link !== 0; link = this.#links[link - 1]!) {
      if (this.essence(this.keyIn(link - 1)).every((byte, i) => byte === wanted[i])) return link - 1;
    }
    return undefined;
  }

  /** Takes an entry out of its list; its slot is free. */
  protected removeSlot(slot: number): void {
    this.hasChanged(this.keyIn(slot), -1);
    this.#unlink(this.#bucket(this.essence(this.keyIn(slot))), slot + 1);
    const { header } = this.parts;
    this.#links[slot] = header[at.free]!;
    header[at.free] = slot + 1;
  }

  protected keyIn(slot: number): Uint8Array {
    const size = this.parts.header[at.keySize]!;
    return this.#keys.subarray(slot * stride(size), slot * stride(size) + size);
  }

  #used(slot: number | undefined): number | undefined {
    if (slot !== undefined) this.hasUsed(slot);
    return slot;
  }

  #insert(key: Uint8Array): number | undefined {
    const slot = this.take();
    if (slot === undefined) return undefined;
    const bucket = this.#bucket(this.essence(key));
    this.#links[slot] = this.#buckets[bucket]!;
    this.#buckets[bucket] = slot + 1;
    this.hasChanged(key, 1);
    return slot;
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

  #bucket(essence: Uint8Array): number {
    const { header } = this.parts;
    return hash(header[at.seed]!, essence) & (header[at.buckets]! - 1);
  }
}
