// Machine code in several shapes, of which each batch and each scan gets the fastest one. Tests as numbers cost their operations and
// nothing else; jumps cost nothing where the processor foresees them, and more than all operations where it doesn't; vectors do the work
// for eight packets at once, but all of it. What is best is a matter of the packets, and of how they come: no look at the program tells.
// So it is measured, a little at first and now and then afterwards.

import { now } from '../base/now.js';
import { scanSlots } from '../base/records.js';
import { type Executable, type Packets, partOf } from './engine.js';
import { Native } from './native.js';

/** While shapes are tried, packets go in pieces of so many: long enough to be measured. */
const pieceLength = 16_384;
/** Shorter batches, and shorter rests of batches, aren't measured; short scans are, together. */
const leastMeasured = 1024;
/**
 * The other shapes are made once there were so many packets. Most of the time of a scan is not the filter's, so they gain less there than
 * it takes to make them in a process in which nothing is warm, which mostly scans one capture.
 */
const worthCompiling = { batches: 65_536, scans: 1 << 21 };
/** How many pieces each shape gets before they are compared, and how many packets go by until they are compared again. */
const trials = 4;
const period = 8_388_608;

/** Which of several shapes takes the least time a packet. */
class Contest {
  /** How many shapes there are, as far as they were made. */
  readonly #count: () => number;
  /** The least time a packet that each took in the last trials. */
  readonly #costs: number[] = [];
  #fastest = 0;
  /** Packets until the shapes are tried. */
  #left: number;
  /** How many pieces of the present trials have been run, and what the present one has come to. */
  #tried = Number.POSITIVE_INFINITY;
  #packets = 0;
  #milliseconds = 0;

  constructor(count: () => number, packets: number) {
    this.#count = count;
    this.#left = packets;
  }

  get isTrying(): boolean {
    return this.#count() > 1 && this.#tried < this.#count() * trials;
  }

  /** The shape whose turn it is. */
  get turn(): number {
    return this.isTrying ? this.#tried % this.#count() : this.#fastest;
  }

  /** How many packets it should get. */
  get packets(): number {
    return this.isTrying ? pieceLength : this.#left;
  }

  /** Notes that it has run, and how long; the last piece decides. */
  hasRun(packets: number, milliseconds: number): void {
    if (!this.isTrying) {
      this.#left -= packets;
      return;
    }
    this.#packets += packets;
    this.#milliseconds += milliseconds;
    if (this.#packets < leastMeasured) return;
    const cost = this.#milliseconds / this.#packets;
    const shape = this.turn;
    this.#costs[shape] = this.#tried < this.#count() ? cost : Math.min(this.#costs[shape]!, cost);
    this.#next();
  }

  #next(): void {
    this.#tried++;
    this.#packets = 0;
    this.#milliseconds = 0;
    if (!this.isTrying) this.#fastest = this.#costs.indexOf(Math.min(...this.#costs));
  }

  /** Whether there were so many packets that the shapes should be tried; it asks for them then. */
  begins(): boolean {
    if (this.#left > 0) return false;
    this.#left = period;
    this.#tried = 0;
    return true;
  }
}

export class Choosing extends Native {
  readonly #makeOthers: () => readonly Native[];
  #shapes: readonly Native[] = [this];
  #isMade = false;
  /** A batch is told where packets are that may have left the cache long ago; a scan has just come upon them. */
  readonly #batches = new Contest(() => this.#shapes.length, worthCompiling.batches);
  readonly #scans = new Contest(() => this.#shapes.length, worthCompiling.scans);
  #walk: Executable['scan'];

  /** @param makeOthers the other shapes, as far as they differ */
  constructor(parameters: Readonly<ConstructorParameters<typeof Native>>, makeOthers: () => readonly Native[]) {
    super(...parameters);
    this.#makeOthers = makeOthers;
  }

  override get codeBytes(): number {
    return this.#others().reduce((sum, { codeBytes }) => sum + codeBytes, super.codeBytes);
  }

  override get scan(): Executable['scan'] {
    this.#walk ??= this.#choosing(super.scan);
    return this.#walk;
  }

  override runBatch(packets: Packets, verdicts: Uint32Array): number {
    const count = packets.offsets.length;
    if (count < leastMeasured) return this.runPart(packets, verdicts, 0);
    let matches = 0;
    for (let start = 0; start < count; ) {
      const wanted = this.#batches.packets;
      const end = count - start < wanted + leastMeasured ? count : start + wanted;
      const isWhole = end - start === count;
      const some = isWhole ? packets : partOf(packets, start, end);
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
    return this.#shapes.slice(1);
  }

  #runPiece(packets: Packets, verdicts: Uint32Array, start: number): number {
    const contest = this.#batches;
    const before = contest.isTrying ? now() : 0;
    const matches = this.#shapes[contest.turn]!.runPart(packets, verdicts, start);
    this.#hasRun(contest, packets.offsets.length, contest.isTrying ? now() - before : 0);
    return matches;
  }

  #choosing(plain: Executable['scan']): Executable['scan'] {
    if (plain === undefined) return undefined;
    return (data, state, index, interfaces) => {
      const { turn, packets } = this.#scans;
      state[scanSlots.enough] = packets;
      const scan = turn === 0 ? plain : this.#shapes[turn]!.scan!;
      scan(data, state, index, interfaces);
      this.#hasRun(this.#scans, state[scanSlots.packets]!, state[scanSlots.nanoseconds]! / 1e6);
    };
  }

  #hasRun(contest: Contest, packets: number, milliseconds: number): void {
    contest.hasRun(packets, milliseconds);
    if (contest.begins() && !this.#isMade) this.#make();
  }

  #make(): void {
    this.#isMade = true;
    this.#shapes = [this, ...this.#makeOthers()];
  }
}
