// Many filters over the same packets in one pass. A filter that is alone waits for memory where the packets lie in no cache, so a batch
// is cut into pieces, and all filters run over one before the next one comes. Those that were made for the set become one program, where
// their machine code can take several packets at a time: what they load and ask alike is then done once.

import { expectArray, expectBytes, expectInstance, expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { packet } from '../env/packet.js';
import { compile } from '../filter/compile.js';
import { translate } from '../translate/translate.js';
import { verify } from '../verify/verify.js';
import { checkBatchOfSet } from './arrays.js';
import { checkPlaces, type Packets, partOf } from './engine.js';
import { type FilterOptions, filter, readyProved } from './expression.js';
import { Filter, type Parts, partsOf } from './filter.js';
import { Joined, type Member } from './joined.js';
import { nativeMissing } from './native.js';

/**
 * How many packets a piece has. Headers of so many come from the cache for all filters but the first; and calls, a microsecond a
 * filter, are spread over enough packets.
 */
const pieceLength = 16_384;

/** After so many packets it is worth making one program: that takes as long as half a million packets are then faster, or less. */
const worthJoining = 524_288;

/** What a set says of packets: entry i of each array belongs to filter i. */
export interface Classification {
  /** How many packets each filter lets pass. */
  readonly counts: readonly number[];
  /** The verdicts of each filter, an entry a packet, valid until the set is asked for the next. */
  readonly verdicts: readonly Uint32Array[];
}

/** Filters that run over the same packets. Close it (or declare it with `using`) to give back the machine code. */
export class FilterSet {
  readonly filters: readonly Filter[];
  /** Those that were made for the set, and what they can be joined by. */
  readonly #own: readonly Filter[];
  readonly #members: readonly Member[];
  #joined: readonly Joined[] = [];
  /** Those that are in no joined program. Given ones, which may change packets, come last, as they do when others are joined. */
  #alone: readonly number[];
  /** How many packets are left until programs are joined. */
  #left = worthJoining;
  /** How many bytes of a packet the proofs rely on. */
  readonly #least: number;
  /** What `classify` writes to. */
  #verdicts: readonly Uint32Array[] = [];
  #closed = false;

  /** Made by `filterSet`. */
  constructor(filters: readonly Filter[], own: readonly Filter[], members: readonly Member[]) {
    this.#least = filters.reduce((least, each, i) => Math.max(least, partsInSet(each, i).least), 0);
    this.filters = Object.freeze([...filters]);
    this.#own = own;
    this.#members = members;
    const made = new Set(own);
    const isMade = (i: number) => made.has(filters[i]!);
    const numbers = [...filters.keys()];
    this.#alone = [...numbers.filter(isMade), ...numbers.filter((i) => !isMade(i))];
  }

  /** The verdict of each filter on one packet; arguments and errors as in `Filter.run`. */
  run(data: Uint8Array, length?: number): number[] {
    this.#refuseClosed();
    expectBytes(data, 'the packet');
    return this.filters.map((each) => each.run(data, length));
  }

  /** The numbers of the filters that let the packet pass, from 0 up; arguments and errors as in `Filter.run`. */
  matches(data: Uint8Array, length?: number): number[] {
    return this.run(data, length).flatMap((verdict, i) => (verdict === 0 ? [] : [i]));
  }

  /**
   * Runs all filters over many packets in one pass; the parameters but for `verdicts` are those of `Filter.runBatch`.
   * @param verdicts receives the verdicts of filter i in `verdicts[i]`, an array a filter with at least n entries each
   * @returns how many packets each filter lets pass
   * @throws BpfError as `Filter.runBatch`; 'usage' where verdicts share memory with each other, data or lengths, or a filter is
   * closed; 'range' unless there are as many arrays of verdicts as filters
   */
  runBatch(
    data: Uint8Array,
    offsets: Uint32Array,
    captured: Uint32Array,
    verdicts: readonly Uint32Array[],
    lengths: Uint32Array = captured,
  ): number[] {
    this.#refuseClosed();
    const packets = { data, offsets, captured, lengths };
    checkBatchOfSet(packets, verdicts, this.filters.length);
    for (const [i, each] of this.filters.entries()) partsInSet(each, i); // refused before one of them runs
    try {
      return this.#runPieces(packets, verdicts);
    } catch (error) {
      if (error instanceof BpfError && error.code === 'range') checkPlaces(packets, this.#least); // numbers it in the batch
      throw error;
    }
  }

  /**
   * As `runBatch`, of a batch as `openCapture` gives them, into arrays of the set's own.
   *
   *     for await (const batch of openCapture('in.pcap')) {
   *       const { counts, verdicts } = rules.classify(batch);
   */
  classify(batch: Packets): Classification {
    expectObject(batch, 'a batch');
    const { data, offsets, captured, lengths } = batch;
    const verdicts = this.#room(offsets instanceof Uint32Array ? offsets.length : 0); // anything else is refused by runBatch
    return { counts: this.runBatch(data, offsets, captured, verdicts, lengths), verdicts };
  }

  /** Closes the filters that were made for the set, and none that were given. Closing twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const each of [...this.#joined, ...this.#own]) each.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #runPieces(packets: Packets, verdicts: readonly Uint32Array[]): number[] {
    const counts = this.filters.map(() => 0);
    const count = packets.offsets.length;
    for (let start = 0; start < count; start += pieceLength) {
      const end = Math.min(count, start + pieceLength);
      const piece = partOf(packets, start, end);
      for (const joined of this.#joined) joined.runBatch(piece, verdicts, counts, start);
      for (const i of this.#alone) {
        const { executable } = partsInSet(this.filters[i]!, i); // a helper of another filter may have closed it
        counts[i]! += executable.runBatch(piece, verdicts[i]!.subarray(start, end));
      }
      this.#count(end - start);
    }
    return counts;
  }

  #count(packets: number): void {
    if (this.#left <= 0) return;
    this.#left -= packets;
    if (this.#left > 0 || this.#members.length < 2) return;
    this.#joined = Joined.of(this.#members);
    const together = this.#joined.flatMap(({ members }) => members.map(({ number }) => number));
    this.#alone = this.#alone.filter((i) => !together.includes(i));
  }

  /** An array for the verdicts of each filter on so many packets. */
  #room(count: number): readonly Uint32Array[] {
    if (!this.#verdicts.every((each) => each.length >= count)) this.#verdicts = [];
    if (this.#verdicts.length === 0) this.#verdicts = this.filters.map(() => new Uint32Array(count));
    return this.#verdicts.map((each) => each.subarray(0, count));
  }

  #refuseClosed(): void {
    if (this.#closed) throw new BpfError('usage', 'this set of filters is closed');
  }
}

/** @throws BpfError 'usage' where it is closed, 'type' where its result has 64 bits */
function partsInSet(one: Filter, i: number): Parts {
  const parts = partsOf(one);
  if (parts === undefined) throw new BpfError('usage', `filter ${i} of the set is closed`);
  if (parts.bits !== 32) throw new BpfError('type', `the result of filter ${i} of the set has 64 bits`);
  return parts;
}

/**
 * Makes a set of filters, each from an expression or made before.
 *
 *     using rules = filterSet(['tcp port 80', 'udp port 53', 'icmp']);
 *     rules.matches(frame); // [0]
 *
 * @param filters expressions, which are compiled as by `filter`, or filters, which stay their owner's to close
 * @param options how expressions are compiled
 * @throws BpfError with the place of the mistake in an expression, 'usage' for a filter that is closed, 'type' for one with a result
 * of 64 bits
 */
export function filterSet(filters: readonly (string | Filter)[], options: FilterOptions = {}): FilterSet {
  expectArray(filters, 'filters');
  expectObject(options, 'the options');
  const own: Filter[] = [];
  const members: Member[] = [];
  try {
    const all = Array.from(filters, (one, i) => {
      if (typeof one !== 'string') return givenFilter(one, i);
      const made = madeFilter(one, options, i);
      own.push(made.filter);
      if (made.member !== undefined) members.push(made.member);
      return made.filter;
    });
    return new FilterSet(all, own, members);
  } catch (error) {
    for (const each of own) each.close();
    throw error;
  }
}

function givenFilter(one: Filter, i: number): Filter {
  expectInstance(one, Filter, `an expression or a Filter as filter ${i} of the set`);
  return one;
}

interface Made {
  readonly filter: Filter;
  /** Undefined where machine code is not what it runs as. */
  readonly member: Member | undefined;
}

function madeFilter(expression: string, options: FilterOptions, number: number): Made {
  const { engine = 'auto' } = options;
  if ((engine !== 'auto' && engine !== 'jit') || nativeMissing() !== undefined) {
    return { filter: filter(expression, options), member: undefined };
  }
  const { program: classic } = compile(expression, options);
  const program = verify(translate(classic), packet);
  const executable = readyProved(classic, program, engine);
  return { filter: new Filter(executable, 32), member: { program, executable, number } };
}
