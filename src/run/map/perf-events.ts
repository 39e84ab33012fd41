// A perf event array, by which programs put out records, one ring a processor. Here there is one processor, with the number 0; its ring takes
// records once it is opened. It lives in one worker.

import { expectObject, expectWord } from '../../base/argument.js';
import { BpfError } from '../../base/error.js';
import type { MapSpec } from '../../ebpf/map.js';
import { errno } from './errno.js';
import { expectIndex, expectSizes } from './limits.js';

/** Asks for the ring of the processor that runs (`BPF_F_CURRENT_CPU`). */
const currentProcessor = 0xffff_ffff;
const runningProcessor = 0;
/** How many bytes of records wait at the most. */
const defaultRoom = 2 ** 20;

export class PerfEventArray {
  readonly spec: MapSpec;
  readonly #rings = new Map<number, Uint8Array[]>();
  readonly #room: number;
  #taken = 0;
  #lost = 0;

  /**
   * @param spec of type `perf_event_array`; @param room how many bytes of records it holds until they are taken
   * @throws BpfError 'range' when a size means nothing
   */
  constructor(spec: MapSpec, room: number = defaultRoom) {
    expectObject(spec, "a map's specification");
    expectWord(spec.type, ['perf_event_array'], 'the type');
    expectSizes(spec, 'maxEntries');
    if (!Number.isSafeInteger(room) || room < 0) {
      throw new BpfError('range', `expected the room of map '${spec.name}' in bytes, found ${String(room)}`);
    }
    this.spec = spec;
    this.#room = room;
  }

  /** Makes the ring of a processor take records. @throws BpfError 'range' when the array has none for it */
  open(processor: number = runningProcessor): this {
    expectIndex(this.spec, processor);
    if (!this.#rings.has(processor)) this.#rings.set(processor, []);
    return this;
  }

  /** The records that programs have put out since the last time, oldest first. */
  take(): Uint8Array[] {
    const records = this.#rings.get(runningProcessor)?.splice(0) ?? [];
    this.#taken = 0;
    return records;
  }

  /** How many records found no room. */
  get lost(): number {
    return this.#lost;
  }

  /** What `perf_event_output` does: 0, or an error number of Linux's. */
  output(index: number, record: Uint8Array): number {
    const processor = index === currentProcessor ? runningProcessor : index;
    if (processor >= this.spec.maxEntries) return errno.toobig;
    const ring = this.#rings.get(processor);
    if (ring === undefined) return errno.noent;
    if (processor !== runningProcessor) return errno.opnotsupp; // each processor writes to its own ring
    if (this.#taken + record.length > this.#room) {
      this.#lost++;
      return errno.nospc;
    }
    this.#taken += record.length;
    ring.push(record);
    return 0;
  }
}
