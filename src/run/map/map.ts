// A map as JavaScript sees it. Programs on any engine, here and in other workers, see the same bytes (layout.ts).

import { expectBytes, expectObject } from '../../base/argument.js';
import { BpfError } from '../../base/error.js';
import { type MapSpec, type MapType, mapTypeOf, readOnlyMap } from '../../ebpf/map.js';
import { allocate, at, magic, version } from './layout.js';
import { ArrayStore, errno, HashStore, indexKey, Parts, type Store, updates } from './store.js';

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
    this.#store = isHash(spec.type) ? new HashStore(this.#parts, this.buffer) : new ArrayStore(this.#parts);
    if (shared === undefined) for (const { key, value } of spec.entries ?? []) this.set(key, value);
  }

  /** The map that another worker has given us. @throws BpfError 'encoding' when the buffer is none */
  static attach(buffer: SharedArrayBuffer, name = ''): BpfMap {
    const header = new Uint32Array(buffer, 0, Math.min(16, buffer.byteLength >> 2));
    if (header[at.magic] !== magic || header[at.version] !== version) {
      throw new BpfError('encoding', `expected the buffer of a map, version ${version}`);
    }
    const type = mapTypeOf(header[at.type]!)!;
    const [keySize, valueSize, maxEntries, flags] = header.subarray(at.keySize);
    return new BpfMap(
      { name, type, keySize: keySize!, valueSize: valueSize!, maxEntries: maxEntries!, flags: flags! },
      buffer,
    );
  }

  /** A copy of the value, or undefined where there is no such entry. @throws BpfError 'range' when the key has another size */
  get(key: MapKey): Uint8Array | undefined {
    const slot = this.#store.find(this.#keyBytes(key));
    return slot === undefined ? undefined : this.#parts.value(slot).slice();
  }

  /**
   * Writes an entry, be it there or not.
   * @throws BpfError 'range' when key or value have another size or the index is beyond the array, 'limit' when the map is full
   */
  set(key: MapKey, value: Uint8Array): this {
    const { name, valueSize, maxEntries } = this.spec;
    expectBytes(value, 'a value');
    if (value.length !== valueSize) {
      throw new BpfError('range', `expected a value of ${valueSize} bytes in map '${name}', found ${value.length}`);
    }
    if (this.#store.update(this.#keyBytes(key), value, updates.any) === 0) return this;
    if (isHash(this.spec.type)) throw new BpfError('limit', `map '${name}' is full: it has ${maxEntries} entries`);
    throw new BpfError('range', `expected an index from 0 to ${maxEntries - 1} in map '${name}'`);
  }

  /** Whether there was such an entry. @throws BpfError 'type' for an array, whose entries can't be deleted */
  delete(key: MapKey): boolean {
    const answer = this.#store.remove(this.#keyBytes(key));
    if (answer === errno.inval) throw new BpfError('type', `the entries of map '${this.spec.name}' can't be deleted`);
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
    if (isHash(this.spec.type)) throw new BpfError('type', `expected the key of map '${this.spec.name}' as bytes`);
    if (!Number.isInteger(key) || key < 0 || key > 0xffff_ffff)
      throw new BpfError('range', `expected an index, found ${key}`);
    return indexKey(key);
  }
}

/** A map with values for each processor is one with values: the programs of a worker have one processor. */
const built: readonly MapType[] = ['array', 'hash', 'percpu_array', 'percpu_hash'];

function isHash(type: MapType): boolean {
  return type === 'hash' || type === 'percpu_hash';
}

function notBuilt({ name, type }: MapSpec): BpfError {
  const instead = type === 'prog_array' ? ': make it with ProgramArray' : ', and maps of that type are not built yet';
  return new BpfError('unsupported', `map '${name}' is of type ${type}${instead}`);
}

function created(spec: MapSpec): SharedArrayBuffer {
  const { name, type, keySize, valueSize, maxEntries } = spec;
  if (!built.includes(type)) throw notBuilt(spec);
  for (const [what, size] of Object.entries({ keySize, valueSize, maxEntries })) {
    if (!Number.isInteger(size) || size < 1 || size > 0xffff_ffff) {
      throw new BpfError('range', `expected ${what} of map '${name}' as a number from 1, found ${size}`);
    }
  }
  if (!isHash(type) && keySize !== 4)
    throw new BpfError('range', `expected keys of 4 bytes in array '${name}', found ${keySize}`);
  const [seed] = crypto.getRandomValues(new Uint32Array(1)); // node:crypto takes some milliseconds to load
  return allocate(spec, isHash(type), seed!);
}
