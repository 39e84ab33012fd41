// A map as JavaScript sees it. Programs on any engine, here and in other workers, see the same bytes (layout.ts).

import { expectBytes, expectObject } from '../../base/argument.js';
import { BpfError } from '../../base/error.js';
import { type MapSpec, type MapType, readOnlyMap } from '../../ebpf/map.js';
import { ArrayStore, indexKey } from './array-store.js';
import { errno } from './errno.js';
import { HashStore } from './hash-store.js';
import { allocate, type Plan, specOf, stride } from './layout.js';
import { expectSizes, expectValue, fullMap } from './limits.js';
import { LruStore } from './lru-store.js';
import { Parts, type Store, updates } from './store.js';
import { lengthBytes, mostBits, TrieStore } from './trie-store.js';

/** The bytes of a key; for an array its index will do. */
export type MapKey = Uint8Array | number;

/** A map with its content. It is shared by all programs that were loaded with it. */
export class BpfMap {
  /** What the map is; its `entries` are those of the start. */
  readonly spec: MapSpec;
  /** All that the map is made of. Give it to another worker, and `BpfMap.attach` there. */
  readonly buffer: SharedArrayBuffer;
  readonly #parts: Parts;
  readonly #store: Store;

  /**
   * Makes the map that a program asks for; with `shared`, takes what `attach` found.
   * @throws BpfError 'unsupported' when there are no maps of this type, 'range' when a size means nothing, 'limit' when the
   * map would be too big
   */
  constructor(spec: MapSpec, shared?: SharedArrayBuffer) {
    expectObject(spec, "a map's specification");
    this.spec = spec;
    this.buffer = shared ?? created(spec);
    this.#parts = new Parts(this.buffer);
    this.#store = new (kindOf(spec).Content)(this.#parts);
    if (shared === undefined) for (const { key, value } of spec.entries ?? []) this.set(key, value);
  }

  /** The map that another worker has given us. @throws BpfError 'encoding' when the buffer is none */
  static attach(buffer: SharedArrayBuffer, name = ''): BpfMap {
    return new BpfMap(specOf(buffer, name), buffer);
  }

  /** A copy of the value, or undefined where there is no such entry. @throws BpfError 'range' when the key has another size */
  get(key: MapKey): Uint8Array | undefined {
    const slot = this.#store.find(this.#keyBytes(key));
    return slot === undefined ? undefined : this.#parts.value(slot).slice();
  }

  /**
   * Writes an entry, be it there or not.
   * @throws BpfError 'range' when key or value have another size, the index is beyond the array or the prefix longer than a key,
   * 'limit' when the map is full
   */
  set(key: MapKey, value: Uint8Array): this {
    const { name, keySize, maxEntries } = this.spec;
    expectValue(this.spec, value);
    switch (this.#store.update(this.#keyBytes(key), value, updates.any)) {
      case 0:
        return this;
      case errno.inval:
        throw new BpfError('range', `expected a prefix of at most ${mostBits(keySize)} bits in map '${name}'`);
      default:
        if (kindOf(this.spec).isHash) throw fullMap(this.spec);
        throw new BpfError('range', `expected an index from 0 to ${maxEntries - 1} in map '${name}'`);
    }
  }

  /** Whether there was such an entry. @throws BpfError 'type' for an array, whose entries can't be deleted */
  delete(key: MapKey): boolean {
    const answer = this.#store.remove(this.#keyBytes(key));
    if (answer === errno.inval && !kindOf(this.spec).isHash)
      throw new BpfError('type', `the entries of map '${this.spec.name}' can't be deleted`);
    return answer === 0;
  }

  /** Copies of all keys and values: of an array all, in order. */
  *entries(): Generator<[key: Uint8Array, value: Uint8Array]> {
    for (const [key, slot] of this.#store.slots()) yield [key, this.#parts.value(slot).slice()];
  }

  [Symbol.iterator](): Generator<[key: Uint8Array, value: Uint8Array]> {
    return this.entries();
  }

  /** How many entries there are. */
  get size(): number {
    return this.#store.slots().length;
  }

  // ---- what engines need ----

  /** The memory of all values; a slot's begins at slot × `valueStride`. */
  get values(): Uint8Array {
    return this.#parts.values;
  }

  get valueStride(): number {
    return this.#parts.valueStride;
  }

  /** The operations as helpers have them, with Linux's answers. */
  get store(): Store {
    return this.#store;
  }

  /** Whether programs may only read it. */
  get isReadOnly(): boolean {
    return ((this.spec.flags ?? 0) & readOnlyMap) !== 0;
  }

  #keyBytes(key: MapKey): Uint8Array {
    const bytes = typeof key === 'number' ? this.#index(key) : key;
    expectBytes(bytes, 'a key');
    if (bytes.length === this.spec.keySize) return bytes;
    throw new BpfError(
      'range',
      `expected a key of ${this.spec.keySize} bytes in map '${this.spec.name}', found ${bytes.length}`,
    );
  }

  #index(key: number): Uint8Array {
    if (kindOf(this.spec).isHash) throw new BpfError('type', `expected the key of map '${this.spec.name}' as bytes`);
    if (!Number.isInteger(key) || key < 0 || key > 0xffff_ffff)
      throw new BpfError('range', `expected an index, found ${key}`);
    return indexKey(key);
  }
}

/** What the content of a map is, and what lies in its buffer for that. */
interface Kind {
  readonly Content: new (parts: Parts) => Store;
  readonly isHash: boolean;
  /** Bytes of marks. */
  readonly marks: (spec: MapSpec) => number;
}

const none = () => 0;
const array: Kind = { Content: ArrayStore, isHash: false, marks: none };
const hash: Kind = { Content: HashStore, isHash: true, marks: none };
const lru: Kind = { Content: LruStore, isHash: true, marks: ({ maxEntries }) => maxEntries };
const trie: Kind = { Content: TrieStore, isHash: true, marks: ({ keySize }) => 4 * (mostBits(keySize) + 1) };

/** A map with values for each processor is one with values: the programs of a worker have one processor. */
const kinds: { readonly [Type in MapType]?: Kind } = {
  array,
  percpu_array: array,
  hash,
  percpu_hash: hash,
  lru_hash: lru,
  lru_percpu_hash: lru,
  lpm_trie: trie,
};

/** Maps without keys and values. */
const otherClasses: { readonly [Type in MapType]?: string } = {
  prog_array: 'ProgramArray',
  ringbuf: 'RingBuffer',
  queue: 'ValueQueue',
  stack: 'ValueQueue',
  perf_event_array: 'PerfEventArray',
};

function kindOf({ name, type }: MapSpec): Kind {
  const kind = kinds[type];
  if (kind !== undefined) return kind;
  const other = otherClasses[type];
  const instead = other === undefined ? ', and maps of that type are not built yet' : `: make it with ${other}`;
  throw new BpfError('unsupported', `map '${name}' is of type ${type}${instead}`);
}

/** The most bytes that a key of a trie has behind its length: LPM_DATA_SIZE_MAX. */
const mostPrefixBytes = 256;

function created(spec: MapSpec): SharedArrayBuffer {
  const { name, type, keySize, valueSize, maxEntries } = spec;
  const { isHash, marks } = kindOf(spec);
  expectSizes(spec, 'keySize', 'valueSize', 'maxEntries');
  if (!isHash && keySize !== 4)
    throw new BpfError('range', `expected keys of 4 bytes in array '${name}', found ${keySize}`);
  if (type === 'lpm_trie' && (keySize <= lengthBytes || keySize > lengthBytes + mostPrefixBytes)) {
    const [least, most] = [lengthBytes + 1, lengthBytes + mostPrefixBytes];
    throw new BpfError('range', `expected keys of ${least} to ${most} bytes in trie '${name}', found ${keySize}`);
  }
  const [seed] = crypto.getRandomValues(new Uint32Array(1)); // node:crypto takes some milliseconds to load
  const plan: Plan = { isHash, values: stride(valueSize) * maxEntries, marks: marks(spec) };
  return allocate(spec, plan, seed!);
}
