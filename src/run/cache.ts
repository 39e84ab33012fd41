// Filters that were compiled before, kept for the next time: a program that takes its expressions from users compiles the same ones
// again and again.

import { expectObject, expectText } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { compile } from '../filter/compile.js';
import type { Executable, Outcome, Packets } from './engine.js';
import { type FilterOptions, readyFilter } from './expression.js';
import { Filter } from './filter.js';

export interface CacheOptions {
  /** How many bytes the compiled filters may take; default 16 MiB. Those that were not asked for the longest go first. */
  readonly limit?: number | undefined;
}

/** About what the objects of one classic instruction and its translation take, beside the machine code. */
const insnBytes = 256;

/** A compiled filter, and who has it. */
interface Entry {
  readonly executable: Executable;
  /** What it takes beside its machine code, of which there may come to be more. */
  readonly objectBytes: number;
  /** How many filters that were given out are not closed. */
  users: number;
  isKept: boolean;
}

/**
 * Compiled filters by expression and options.
 *
 *     using cache = new FilterCache();
 *     using web = cache.filter('tcp port 80'); // the next one takes a microsecond
 *
 * Names that the system's files explain stay what they were when a filter was compiled.
 */
export class FilterCache {
  readonly #limit: number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  /** Numbers of the tables and functions that names were looked up in. */
  readonly #names = new WeakMap<object, number>();
  #lastName = 0;

  /** @throws BpfError 'range' when the limit is no number from 0 up */
  constructor(options: CacheOptions = {}) {
    expectObject(options, 'the options');
    const { limit = 16 << 20 } = options;
    if (!(limit >= 0)) throw new BpfError('range', `expected a limit of bytes from 0 up, got ${limit}`);
    this.#limit = limit;
  }

  /** About how many bytes the filters take that are kept. */
  get bytes(): number {
    return [...this.#entries.values()].reduce((sum, entry) => sum + bytesOf(entry), 0);
  }

  /** How many filters are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** As the function `filter`. What it returns is closed as any filter, and works on after the cache is closed. */
  filter(expression: string, options: FilterOptions = {}): Filter {
    const key = this.#key(expression, options);
    const entry = this.#entries.get(key) ?? compiled(expression, options);
    this.#entries.delete(key); // to stand behind the others
    this.#entries.set(key, entry);
    entry.users++;
    if (!entry.isKept) this.#keep(entry);
    return new Filter(new Shared(entry), 32);
  }

  /** Gives back all that nobody uses; what is used is given back when it is closed. */
  close(): void {
    for (const key of this.#entries.keys()) this.#drop(key);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #keep(entry: Entry): void {
    entry.isKept = true;
    let { bytes } = this;
    for (const [key, oldest] of this.#entries) {
      if (bytes <= this.#limit) return;
      bytes -= bytesOf(oldest);
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key)!;
    this.#entries.delete(key);
    entry.isKept = false;
    release(entry);
  }

  #key(expression: string, options: FilterOptions): string {
    expectText(expression, 'a filter');
    expectObject(options, 'the options');
    const { link, snaplen, netmask, optimize, savefile, dialect, names, engine } = options;
    if (names !== undefined) expectObject(names, 'names');
    return JSON.stringify([expression, link, snaplen, netmask, optimize, savefile, dialect, engine, this.#idOf(names)]);
  }

  /** Tables and functions that names are looked up in are told apart by who they are. */
  #idOf(names: object | undefined): number | undefined {
    if (names === undefined) return undefined;
    const id = this.#names.get(names) ?? ++this.#lastName;
    this.#names.set(names, id);
    return id;
  }
}

function compiled(expression: string, options: FilterOptions): Entry {
  const { program } = compile(expression, options);
  const executable = readyFilter(program, options.engine);
  return { executable, objectBytes: insnBytes * program.length, users: 0, isKept: false };
}

function bytesOf({ executable, objectBytes }: Entry): number {
  return (executable.codeBytes ?? 0) + objectBytes;
}

/** Closes what is neither kept nor used. */
function release(entry: Entry): void {
  if (entry.users === 0 && !entry.isKept) entry.executable.close();
}

/** The executable of an entry, in the hands of one of its users. */
class Shared implements Executable {
  readonly #entry: Entry;

  constructor(entry: Entry) {
    this.#entry = entry;
  }

  get engine(): Executable['engine'] {
    return this.#entry.executable.engine;
  }

  get verdict(): Executable['verdict'] {
    return this.#entry.executable.verdict;
  }

  get scan(): Executable['scan'] {
    return this.#entry.executable.scan;
  }

  run(data: Uint8Array, length: number): Outcome {
    return this.#entry.executable.run(data, length);
  }

  runBatch(packets: Packets, verdicts: Uint32Array): number {
    return this.#entry.executable.runBatch(packets, verdicts);
  }

  close(): void {
    this.#entry.users--;
    release(this.#entry);
  }
}
