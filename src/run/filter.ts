// A loaded program, as its user holds it: arguments are checked here, once, and a closed filter refuses to run.

import { expectBytes } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { checkBatch } from './arrays.js';
import type { EngineName, Executable, Outcome } from './engine.js';

/** What a filter was made of. */
export interface Parts {
  readonly executable: Executable;
  readonly bits: 32 | 64;
  readonly least: number;
}

let ofFilter: (filter: Filter) => Parts | undefined;

/** What a filter was made of, for those who run it along with others; undefined once it is closed. */
export function partsOf(filter: Filter): Parts | undefined {
  return ofFilter(filter);
}

/** A program that is ready to run. Close it (or declare it with `using`) to give back its machine code. */
export class Filter {
  readonly #executable: Executable;
  readonly #bits: 32 | 64;
  /** How many bytes of input the proof relies on. */
  readonly #least: number;
  #closed = false;

  static {
    ofFilter = (filter) => {
      if (filter.#closed) return undefined;
      return { executable: filter.#executable, bits: filter.#bits, least: filter.#least };
    };
  }

  /** Made by `load`, `loadUnchecked`, `loadClassic` and `filter`. */
  constructor(executable: Executable, bits: 32 | 64, least = 0) {
    this.#executable = executable;
    this.#bits = bits;
    this.#least = least;
  }

  /** The engine that runs it. */
  get engine(): EngineName {
    return this.#executable.engine;
  }

  /**
   * The verdict on one packet: how many of its bytes to keep, 0 for none.
   * @param data the captured bytes, from the first byte of the link header
   * @param length the packet's length on the wire; by default what was captured
   * @throws BpfError 'type' when the program's result has 64 bits (use `execute`), 'usage' after `close`
   */
  run(data: Uint8Array, length?: number): number {
    if (this.#bits !== 32) throw new BpfError('type', 'the result of this program has 64 bits: use execute');
    return this.#executable.verdict(data, this.#checkedLength(data, length));
  }

  /** Whether the program lets the packet pass: its verdict is not 0. Arguments and errors as in `run`. */
  matches(data: Uint8Array, length?: number): boolean {
    return this.run(data, length) !== 0;
  }

  /**
   * One run with all that can be said of it: the result as an unsigned number, and the trap that ended it, if one did.
   * @param data the input, which the program may change where its environment allows that
   */
  execute(data: Uint8Array, length?: number): Outcome {
    return this.#executable.run(data, this.#checkedLength(data, length));
  }

  /**
   * Runs over many packets in one call, which is how machine code is fastest.
   * @param data the bytes of all packets
   * @param offsets byte offset of each packet in `data`, n entries
   * @param captured how many bytes of each packet are there, n entries
   * @param verdicts receives the verdict on each packet, at least n entries
   * @param lengths each packet's length on the wire, n entries; by default what was captured
   * @returns how many packets pass
   * @throws BpfError 'usage' when offsets or captured share memory with data or verdicts, which a run may write, or with other threads;
   * 'range' when an array is too short, or a packet lies outside `data` or has fewer bytes than were proved
   */
  runBatch(
    data: Uint8Array,
    offsets: Uint32Array,
    captured: Uint32Array,
    verdicts: Uint32Array,
    lengths: Uint32Array = captured,
  ): number {
    if (this.#bits !== 32) throw new BpfError('type', 'the result of this program has 64 bits: use execute');
    this.#refuseClosed();
    const packets = { data, offsets, captured, lengths };
    checkBatch(packets, verdicts);
    return this.#executable.runBatch(packets, verdicts);
  }

  /**
   * A part of `scan`: walks over the records of a capture and filters them in the same pass, where the engine can.
   * @returns false, and nothing is done, where it can't
   */
  scanRecords(data: Uint8Array, state: Uint32Array, index: Uint32Array, interfaces: Uint32Array): boolean {
    this.#refuseClosed();
    if (this.#bits !== 32 || this.#executable.scan === undefined) return false;
    this.#executable.scan(data, state, index, interfaces);
    return true;
  }

  /** Gives back the machine code. Closing twice is fine. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#executable.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checkedLength(data: Uint8Array, given: number | undefined): number {
    this.#refuseClosed();
    expectBytes(data, 'the packet');
    if (data.length < this.#least) {
      throw new BpfError('range', `expected an input of at least ${this.#least} bytes, got ${data.length}`);
    }
    const length = given ?? data.length;
    if (!Number.isInteger(length) || length < data.length || length > 0xffff_ffff) {
      throw new BpfError('range', `expected a length on the wire from ${data.length} to 4294967295, got ${length}`);
    }
    return length;
  }

  #refuseClosed(): void {
    if (this.#closed) throw new BpfError('usage', 'this filter is closed');
  }
}
