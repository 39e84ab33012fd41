// Machine code in several shapes, of which each batch gets the fastest one. Tests as numbers cost their operations and nothing else;
// jumps cost nothing where the processor foresees them, and more than all operations where it doesn't; vectors do the work for eight
// packets at once, but all of it. What is best is a matter of the packets, and no look at the program tells: so it is measured, a
// little at first and now and then afterwards.

import type { Packets } from './engine.js';
import { Native } from './native.js';

/** Batches go in pieces of so many packets: long enough to be measured, short enough to go on with what was learned. */
const pieceLength = 16_384;
/** Shorter batches are run as they come. */
const leastMeasured = 1024;
/** The other shapes are made once there were so many packets. */
const worthCompiling = 65_536;
/** How many pieces each shape gets before they are compared, and how many go by until they are compared again. */
const trials = 4;
const period = 512;

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
  #packets = 0;
  #pieces = 0;

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
    if (count < pieceLength + leastMeasured) return this.#runPiece(packets, verdicts, 0);
    let matches = 0;
    for (let start = 0; start < count; start += pieceLength) {
      const end = Math.min(count, start + pieceLength);
      matches += this.#runPiece(part(packets, start, end), verdicts.subarray(start, end), start);
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

  #runPiece(packets: Packets, verdicts: Uint32Array, start: number): number {
    this.#packets += packets.offsets.length;
    if (this.#packets >= worthCompiling && !this.#isMade) this.#make();
    const shapes = this.#shapes;
    if (shapes.length === 1) return this.runPart(packets, verdicts, start);
    const phase = this.#pieces++ % period;
    if (phase < shapes.length * trials) return this.#try(phase, packets, verdicts, start);
    if (phase === shapes.length * trials) this.#fastest = shapes.reduce((a, b) => (b.cost < a.cost ? b : a)).native;
    return this.#fastest.runPart(packets, verdicts, start);
  }

  #make(): void {
    this.#isMade = true;
    for (const native of this.#makeOthers()) this.#shapes.push({ native, cost: Number.POSITIVE_INFINITY });
  }

  /** Lets the shapes take turns, and notes how long they take. */
  #try(phase: number, packets: Packets, verdicts: Uint32Array, start: number): number {
    const shape = this.#shapes[phase % this.#shapes.length]!;
    const before = performance.now();
    const matches = shape.native.runPart(packets, verdicts, start);
    const cost = (performance.now() - before) / packets.offsets.length;
    shape.cost = phase < this.#shapes.length ? cost : Math.min(shape.cost, cost);
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
