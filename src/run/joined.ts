// Filters of a set that have become one program (src/optimize/together.ts): its machine code says of eight packets at a time which of
// them match.

import { isJoinable, mostTogether, together, unsaid, unsaidBit } from '../optimize/together.js';
import type { VerifiedProgram } from '../verify/verify.js';
import type { Executable, Packets } from './engine.js';
import { addon, Native } from './native.js';

/** A longer program is one of a list, which a joined program takes no faster, and the optimizer's time grows with it. */
const longest = 512;

/** A filter of a set that may be joined with others. */
export interface Member {
  readonly program: VerifiedProgram;
  readonly executable: Executable;
  /** Its number in the set. */
  readonly number: number;
}

export class Joined {
  readonly members: readonly Member[];
  readonly #results: readonly number[];
  readonly #native: Native;
  #masks = new Uint32Array(0);

  private constructor(members: readonly Member[], results: readonly number[], native: Native) {
    this.members = members;
    this.#results = results;
    this.#native = native;
  }

  /** Members as few programs as can be; who goes faster alone is in none. */
  static of(members: readonly Member[]): readonly Joined[] {
    return joinedOf(members.filter(({ program }) => program.program.insns.length <= longest && isJoinable(program)));
  }

  /** @returns nothing where their machine code takes one packet at a time */
  static made(members: readonly Member[]): Joined | undefined {
    const program = together(members.map((member) => member.program));
    const native = new Native(program, program.environment, { checked: false });
    if (native.lanes > 1) return new Joined(members, program.results, native);
    native.close();
    return undefined;
  }

  /**
   * Runs over packets.
   * @param verdicts those of all filters of the set
   * @param counts how many packets each filter of the set lets pass: those of its members are added to
   * @param start the number of the first packet in `verdicts`
   */
  runBatch(packets: Packets, verdicts: readonly Uint32Array[], counts: number[], start: number): void {
    const count = packets.offsets.length;
    if (this.#masks.length < count) this.#masks = new Uint32Array(count);
    const masks = this.#masks.subarray(0, count);
    this.#native.runBatch(packets, masks);
    for (const [bit, { number }] of this.members.entries()) {
      const row = verdicts[number]!.subarray(start, start + count);
      counts[number]! += addon().spread(masks, bit, this.#results[bit]!, row);
    }
    const left = addon().spread(masks, unsaidBit, unsaid, masks);
    if (left > 0) this.#runAlone(packets, unsaidOf(masks, left), verdicts, counts, start);
  }

  close(): void {
    this.#native.close();
  }

  #runAlone(
    { data, offsets, captured, lengths }: Packets,
    which: readonly number[],
    verdicts: readonly Uint32Array[],
    counts: number[],
    start: number,
  ): void {
    const some = (all: Uint32Array): Uint32Array => Uint32Array.from(which, (i) => all[i]!);
    const packets = { data, offsets: some(offsets), captured: some(captured), lengths: some(lengths) };
    const found = new Uint32Array(which.length);
    for (const { number, executable } of this.members) {
      counts[number]! += executable.runBatch(packets, found);
      for (const [j, i] of which.entries()) verdicts[number]![start + i] = found[j]!;
    }
  }
}

function joinedOf(members: readonly Member[]): readonly Joined[] {
  if (members.length < 2) return [];
  const whole = members.length <= mostTogether ? Joined.made(members) : undefined;
  if (whole !== undefined) return [whole];
  const middle = members.length >> 1;
  return [...joinedOf(members.slice(0, middle)), ...joinedOf(members.slice(middle))];
}

/** The numbers of the packets of which nothing was said, which mostly are the last ones. */
function unsaidOf(masks: Uint32Array, count: number): number[] {
  const found: number[] = [];
  for (let i = masks.length - 1; found.length < count; i--) if (masks[i] === unsaid) found.push(i);
  return found;
}
