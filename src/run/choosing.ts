// Machine code in several shapes, of which each batch gets the fastest one. Tests as numbers cost their operations and nothing else;
// jumps cost nothing where the processor foresees them, and more than all operations where it doesn't; vectors do the work for eight
// packets at once, but all of it. What is best is a matter of the packets, and no look at the program tells: so it is measured, a
// little at first and now and then afterwards.

import { now } from '../base/now.js';
import type { Packets } from './engine.js';
import { Native } from './native.js';

/** While shapes are tried, batches go in pieces of so many packets: long enough to be measured. */
const pieceLength = 16_384;
/** Shorter batches, and shorter rests of batches, aren't measured. */
const leastMeasured = 1024;
/** The other shapes are made once there were so many packets. */
const worthCompiling = 65_536;
/** How many pieces each shape gets before they are compared, and how many packets go by until they are compared again. */
const trials = 4;
const period = 8_388_608;

interface Candidate {
  readonly native: Native;
  /** The least time a packet that it took in the last trials. */
  cost: number;
}

export class Choosing extends Native {
  readonly #makeOthers: () => readonly Native[];
  readonly #shapes: Candidate[] = [{ native: this, cost: Number.POSITIVE_INFINITY }];
  #fastest: Native = this;
  #isMade = false;
  /** Packets until the other shapes are made, or are tried again. */
  #left = worthCompiling;
  /** How many pieces of the present trials have been run. */
  #tried = 0;

  /** @param makeOthers the other shapes, as far as they differ */
  constructor(parameters: Readonly<ConstructorParameters<typeof Native>>, makeOthers: () => readonly Native[]) {
    super(...parameters);
    this.#makeOthers = makeOthers;
  }

  override get codeBytes(): number {
    return this.#others().reduce((sum, { codeBytes }) => sum + codeBytes, super.codeBytes);
  }

  override runBatch(packets: Packets, verdicts: Uint32Array): number {
    const count = packets.offsets.length;
    if (count < leastMeasured) return this.runPart(packets, verdicts, 0);
    let matches = 0;
    for (let start = 0; start < count; ) {
      const wanted = this.#isTrying() ? pieceLength : this.#left;
      const end = count - start < wanted + leastMeasured ? count : start + wanted;
      const isWhole = end - start === count;
      const some = isWhole ? packets : part(packets, start, end);
      matches += this.#runPiece(some, isWhole ? verdicts : verdicts.subarray(start, end), start);
      start = end;
    }
    return matches;
  }

  override close(): void {
    super.close();
    for (const other of this.#others()) other.close();
  }

  #others(): readonly Native[] {
    return this.#shapes.slice(1).map(({ native }) => native);
  }

  #isTrying(): boolean {
    return this.#shapes.length > 1 && this.#tried < this.#shapes.length * trials;
  }

  #runPiece(packets: Packets, verdicts: Uint32Array, start: number): number {
    if (this.#isTrying()) return this.#try(packets, verdicts, start);
    const matches = this.#fastest.runPart(packets, verdicts, start);
    this.#left -= packets.offsets.length;
    if (this.#left <= 0) this.#begin();
    return matches;
  }

  /** Goes on with trials, now that there were enough packets. */
  #begin(): void {
    if (!this.#isMade) this.#make();
    this.#left = period;
    this.#tried = 0;
  }

  #make(): void {
    this.#isMade = true;
    for (const native of this.#makeOthers()) this.#shapes.push({ native, cost: Number.POSITIVE_INFINITY });
  }

  /** Lets the shapes take turns, and notes how long they take; the last piece decides. */
  #try(packets: Packets, verdicts: Uint32Array, start: number): number {
    const shapes = this.#shapes;
    const shape = shapes[this.#tried % shapes.length]!;
    const before = now();
    const matches = shape.native.runPart(packets, verdicts, start);
    const cost = (now() - before) / packets.offsets.length;
    shape.cost = this.#tried < shapes.length ? cost : Math.min(shape.cost, cost);
    this.#tried++;
    if (!this.#isTrying()) this.#fastest = shapes.reduce((a, b) => (b.cost < a.cost ? b : a)).native;
    return matches;
  }
}

function part({ data, offsets, captured, lengths }: Packets, start: number, end: number): Packets {
  return {
    data,
    offsets: offsets.subarray(start, end),
    captured: captured.subarray(start, end),
    lengths: lengths.subarray(start, end),
  };
}
