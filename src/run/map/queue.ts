// A queue or a stack of values, without keys. It lives in one worker. Answers are those of Linux (kernel/bpf/queue_stack_maps.c).

import { expectObject, expectWord } from '../../base/argument.js';
import { BpfError } from '../../base/error.js';
import type { MapSpec } from '../../ebpf/map.js';
import { errno } from './errno.js';
import { expectSizes, expectValue, fullMap } from './limits.js';
import { updates } from './store.js';

export class ValueQueue {
  readonly spec: MapSpec;
  readonly #values: Uint8Array[] = [];

  /** @param spec of type `queue` or `stack`; @throws BpfError 'range' when a size means nothing */
  constructor(spec: MapSpec) {
    expectObject(spec, "a map's specification");
    expectWord(spec.type, ['queue', 'stack'], 'the type');
    const { name, keySize } = spec;
    if (keySize !== 0)
      throw new BpfError('range', `expected ${spec.type} '${name}' without keys, found ${keySize} bytes`);
    expectSizes(spec, 'valueSize', 'maxEntries');
    this.spec = spec;
  }

  /** How many values there are. */
  get size(): number {
    return this.#values.length;
  }

  /** Puts a value in. @throws BpfError 'range' when it has another size, 'limit' when the map is full */
  push(value: Uint8Array): this {
    expectValue(this.spec, value);
    if (this.put(value, updates.any) === 0) return this;
    throw fullMap(this.spec);
  }

  /** Takes the next value out: of a queue the oldest, of a stack the newest; undefined where there is none. */
  pop(): Uint8Array | undefined {
    return this.spec.type === 'queue' ? this.#values.shift() : this.#values.pop();
  }

  /** A copy of what `pop` would take. */
  peek(): Uint8Array | undefined {
    return this.#values.at(this.spec.type === 'queue' ? 0 : -1)?.slice();
  }

  /** What `map_push_elem` does: 0, or an error number of Linux's. With the flag `BPF_EXIST` the oldest value makes room. */
  put(value: Uint8Array, flags: number): number {
    if (flags !== updates.any && flags !== updates.exist) return errno.inval;
    if (this.#values.length === this.spec.maxEntries) {
      if (flags === updates.any) return errno.toobig;
      this.#values.shift();
    }
    this.#values.push(value.slice());
    return 0;
  }
}
