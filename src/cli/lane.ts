// The lane of a program: made, translated, verified and loaded, once for each link type that the captures have.

import { type Link, linkOfFile } from '../base/link.js';
import { now } from '../base/now.js';
import type { ClassicProgram } from '../classic/program.js';
import { engineNames } from '../run/engine.js';
import { loadFilter } from '../run/expression.js';
import type { Filter } from '../run/filter.js';

export const laneEngines = ['auto', ...engineNames] as const;
export type LaneEngine = (typeof laneEngines)[number];

/** The program for the packets of a link type. */
export type ProgramSource = (link: Link) => ClassicProgram;

/** What became of the program on one link type. */
export interface Stage {
  readonly link: string;
  readonly filter: Filter;
  readonly program: ClassicProgram;
  /** How long it took from the source to a filter that is ready, in milliseconds. */
  readonly milliseconds: number;
}

/** Filters of one program, made when a link type is met. */
export class Lane {
  readonly #source: ProgramSource;
  readonly #engine: LaneEngine;
  readonly #stages = new Map<number, Stage>();

  constructor(source: ProgramSource, engine: LaneEngine) {
    this.#source = source;
    this.#engine = engine;
  }

  /**
   * @param link the number in the capture file
   * @throws BpfError with its place in the program's text, 'unavailable' when the engine isn't there
   */
  filter(link: number): Filter {
    let stage = this.#stages.get(link);
    if (stage === undefined) {
      stage = this.#make(link);
      this.#stages.set(link, stage);
    }
    return stage.filter;
  }

  get stages(): readonly Stage[] {
    return [...this.#stages.values()];
  }

  /** The engines that run, without repetition. */
  get engines(): readonly string[] {
    return [...new Set(this.stages.map(({ filter }) => filter.engine))];
  }

  close(): void {
    for (const { filter } of this.#stages.values()) filter.close();
  }

  #make(number: number): Stage {
    const start = now();
    const link = linkOfFile(number);
    const program = this.#source(link);
    const filter = loadFilter(program, this.#engine);
    const milliseconds = now() - start;
    return { link: link.name, filter, program, milliseconds };
  }
}
