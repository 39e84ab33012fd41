// Machine code in two shapes, of which each batch gets the faster one. Tests as numbers cost their operations and nothing else;
// jumps cost nothing where the processor foresees them, and more than all operations where it doesn't. That is a matter of the
// packets, and no look at the program tells: so it is measured, a little at first and now and then afterwards.

import type { Packets } from './engine.js';
import { Native } from './native.js';

/** Batches go in pieces of so many packets: long enough to be measured, short enough to go on with what was learned. */
const pieceLength = 16_384;
/** Shorter batches are run as they come. */
const leastMeasured = 1024;
/** The second shape is made once there were so many packets. */
const worthCompiling = 65_536;
/** How many pieces each shape gets before they are compared, and how many go by until they are compared again. */
const trials = 4;
const period = 256;

export class Choosing extends Native {
  readonly #makeOther: () => Native | undefined;
  #other: Native | undefined;
  #isMade = false;
  #packets = 0;
  #pieces = 0;
  /** The least time a packet that each shape took in the last trials. */
  readonly #least: [own: number, other: number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

  /** @param makeOther the other shape; undefined where there is none that differs */
  constructor(parameters: Readonly<ConstructorParameters<typeof Native>>, makeOther: () => Native | undefined) {
    super(...parameters);
    this.#makeOther = makeOther;
  }

  override get codeBytes(): number {
    return super.codeBytes + (this.#other?.codeBytes ?? 0);
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
    this.#other?.close();
  }

  #runPiece(packets: Packets, verdicts: Uint32Array, start: number): number {
    this.#packets += packets.offsets.length;
    if (this.#packets >= worthCompiling && !this.#isMade) this.#make();
    const other = this.#other;
    if (other === undefined) return this.runPart(packets, verdicts, start);
    const phase = this.#pieces++ % period;
    if (phase < 2 * trials) return this.#try(phase, [this, other], packets, verdicts, start);
    const faster = this.#least[1] < this.#least[0] ? other : this;
    return faster.runPart(packets, verdicts, start);
  }

  #make(): void {
    this.#isMade = true;
    this.#other = this.#makeOther();
  }

  /** Lets the shapes take turns, and notes how long they take. */
  #try(
    phase: number,
    shapes: readonly [Native, Native],
    packets: Packets,
    verdicts: Uint32Array,
    start: number,
  ): number {
    if (phase === 0) this.#least.fill(Number.POSITIVE_INFINITY);
    const turn = phase % 2 === 0 ? 0 : 1;
    const before = performance.now();
    const matches = shapes[turn].runPart(packets, verdicts, start);
    const cost = (performance.now() - before) / packets.offsets.length;
    this.#least[turn] = Math.min(this.#least[turn], cost);
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
