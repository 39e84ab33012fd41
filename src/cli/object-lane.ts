// The lane of a program of an object file: packets of captures are given to it, and what it answers is taken as Linux takes it.

import { BpfError } from '../base/error.js';
import { linkOfFile } from '../base/link.js';
import type { PacketFilter } from '../capture/scan.js';
import type { Filter } from '../run/filter.js';
import type { Lane, Stage } from './lane.js';
import { linksFor, type PacketProgram, takes } from './packet-programs.js';

export class ObjectLane implements Lane {
  readonly #filter: Filter;
  readonly #kind: PacketProgram;
  readonly #stage: Stage;
  readonly #judged: Judged;

  constructor(filter: Filter, kind: PacketProgram, stage: Stage) {
    this.#filter = filter;
    this.#kind = kind;
    this.#stage = stage;
    this.#judged = new Judged(filter, kind);
  }

  filter(link: number): PacketFilter {
    const found = linkOfFile(link);
    if (!takes(this.#kind, found)) {
      const wanted = linksFor(this.#kind)?.join(', ');
      throw new BpfError(
        'link',
        `the program is for packets of link type ${wanted}, and the capture has ${found.name}`,
      );
    }
    return this.#kind.isFilter ? this.#filter : this.#judged;
  }

  get stages(): readonly Stage[] {
    return [this.#stage];
  }

  get engines(): readonly string[] {
    return [this.#filter.engine];
  }

  get verdicts(): ReadonlyMap<string, number> | undefined {
    return this.#kind.names === undefined ? undefined : this.#judged.verdicts;
  }

  close(): void {
    this.#filter.close();
  }
}

/** So many different answers are counted each for itself. */
const mostAnswers = 20;

/** A filter that lets pass what Linux lets pass for the answers of a program, and counts them. */
class Judged implements PacketFilter {
  readonly #filter: Filter;
  readonly #kind: PacketProgram;
  readonly #times = new Map<number, number>();
  #others = 0;

  constructor(filter: Filter, kind: PacketProgram) {
    this.#filter = filter;
    this.#kind = kind;
  }

  /** How often each answer was given, those first that were given most. */
  get verdicts(): ReadonlyMap<string, number> {
    const mostFirst = [...this.#times].sort(([, a], [, b]) => b - a);
    const named = mostFirst.map(([verdict, times]) => [this.#kind.names?.get(verdict) ?? `${verdict}`, times] as const);
    return new Map(this.#others > 0 ? [...named, ['others', this.#others]] : named);
  }

  runBatch(...batch: Parameters<PacketFilter['runBatch']>): number {
    const [, offsets, , verdicts] = batch;
    this.#filter.runBatch(...batch);
    let matches = 0;
    for (let i = 0; i < offsets.length; i++) {
      const verdict = verdicts[i]! | 0;
      this.#count(verdict);
      const passes = this.#kind.passes(verdict);
      verdicts[i] = passes ? 1 : 0;
      if (passes) matches++;
    }
    return matches;
  }

  /** Native code knows no answers but 0 and others. */
  scanRecords(): boolean {
    return false;
  }

  #count(verdict: number): void {
    const times = this.#times.get(verdict);
    if (times !== undefined) this.#times.set(verdict, times + 1);
    else if (this.#times.size < mostAnswers) this.#times.set(verdict, 1);
    else this.#others++;
  }
}
