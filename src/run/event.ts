// Event filters that are ready to run: over single records, and over many in one buffer.

import { expectBytes } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { eventPrefix } from '../env/event.js';
import { type CompiledEvent, compileEvent } from '../event/compile.js';
import type { EventFormat } from '../event/format.js';
import type { ParseOptions } from '../event/parse.js';
import type { EventWarning } from '../event/reading.js';
import { type EventOrigin, locate, locatedSources, prefixBytes } from '../event/record.js';
import { verify } from '../verify/verify.js';
import type { EngineName } from './engine.js';
import type { Filter } from './filter.js';
import { type LoadOptions, load } from './load.js';

export interface EventFilterOptions extends ParseOptions, Pick<LoadOptions, 'engine' | 'optimize'> {}

/** What may be wrong with a record: it has fewer bytes than its format, or says that a value lies outside of it. */
export type RecordFault = 'short' | 'outside';

/** Instructions of one run: searching 64 KiB for the longest pattern takes fewer. */
const budget = 100_000_000;

/** A filter over the records of one event. Close it (or declare it with `using`) to give back its machine code. */
export class EventFilter {
  readonly format: EventFormat;
  readonly warnings: readonly EventWarning[];
  /** Whether the filter asks for `comm` or `cpu`, which a record doesn't hold: then `runBatch` wants a prefix. */
  readonly hasPrefix: boolean;
  readonly #compiled: CompiledEvent;
  readonly #filter: Filter;
  /** How many bytes a record has at least, with its prefix. */
  readonly #least: number;

  /** Use `eventFilter`. */
  constructor(compiled: CompiledEvent, format: EventFormat, filter: Filter) {
    this.format = format;
    this.warnings = compiled.warnings;
    this.hasPrefix = compiled.hasPrefix;
    this.#compiled = compiled;
    this.#filter = filter;
    this.#least = format.size + (compiled.hasPrefix ? eventPrefix.size : 0);
  }

  /** The engine that runs it. */
  get engine(): EngineName {
    return this.#filter.engine;
  }

  /** Whether a record matches; one that is damaged (see `fault`) never does. */
  matches(record: Uint8Array, origin: EventOrigin = {}): boolean {
    expectBytes(record, 'a record');
    if (record.length < this.format.size) return false;
    const input = this.hasPrefix ? Buffer.concat([prefixBytes(origin), record]) : record;
    return this.#filter.matches(input);
  }

  /** What is wrong with a record, as far as the filter looks at it; undefined where nothing is. */
  fault(record: Uint8Array): RecordFault | undefined {
    expectBytes(record, 'a record');
    if (record.length < this.format.size) return 'short';
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
    const located = locatedSources(this.#compiled.expression);
    return located.some((source) => locate(view, source) === undefined) ? 'outside' : undefined;
  }

  /**
   * Runs over many records in one call, which is how machine code is fastest.
   * @param data the bytes of all records; where the filter `hasPrefix`, 24 bytes before each (docs/event.md)
   * @param offsets byte offset of each record (or of its prefix) in `data`, n entries
   * @param lengths how many bytes each has (with its prefix), n entries
   * @param verdicts receives 1 for each record that matches, else 0, at least n entries
   * @returns how many match; a damaged record (see `fault`) never does
   * @throws BpfError 'range' when an array is too short or a record lies outside `data`
   */
  runBatch(data: Uint8Array, offsets: Uint32Array, lengths: Uint32Array, verdicts: Uint32Array): number {
    try {
      return this.#filter.runBatch(data, offsets, lengths, verdicts);
    } catch (error) {
      // the loader looks at every length anyway, and refuses a batch with a short one before anything has run
      if (!(error instanceof BpfError) || error.code !== 'range' || !this.#hasShort(offsets, lengths)) throw error;
      return this.#runWhole(data, offsets, lengths, verdicts);
    }
  }

  /** Gives back the machine code. Closing twice is fine. */
  close(): void {
    this.#filter.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #hasShort(offsets: Uint32Array, lengths: Uint32Array): boolean {
    return lengths.subarray(0, offsets.length).some((length) => length < this.#least);
  }

  /** Runs over the records that are long enough; the others don't match. */
  #runWhole(data: Uint8Array, offsets: Uint32Array, lengths: Uint32Array, verdicts: Uint32Array): number {
    const whole = Uint32Array.from(offsets.keys()).filter((i) => lengths[i]! >= this.#least);
    const some = new Uint32Array(whole.length);
    const of = (all: Uint32Array): Uint32Array => whole.map((i) => all[i]!);
    const matches = this.#filter.runBatch(data, of(offsets), of(lengths), some);
    if (verdicts.length < offsets.length) {
      throw new BpfError('range', `expected at least ${offsets.length} entries in verdicts, got ${verdicts.length}`);
    }
    verdicts.fill(0, 0, offsets.length);
    for (const [at, i] of whole.entries()) verdicts[i] = some[at]!;
    return matches;
  }
}

/**
 * Compiles a filter over the records of an event, verifies the program, and loads it.
 *
 *     const format = eventFormat({ pid: 'u32', comm: 'char[16]' });
 *     using busy = eventFilter('pid > 1000 && comm != bash', format);
 *     const matches = busy.runBatch(data, offsets, lengths, verdicts);
 *
 * @throws BpfError with the place of the mistake in `filter`
 */
export function eventFilter(filter: string, format: EventFormat, options: EventFilterOptions = {}): EventFilter {
  const compiled = compileEvent(filter, format, options);
  const verified = verify(compiled.program, compiled.environment);
  const { engine, optimize } = options;
  const loaded = load(verified, { engine, optimize, budget: verified.budgeted ? budget : undefined });
  return new EventFilter(compiled, format, loaded);
}
