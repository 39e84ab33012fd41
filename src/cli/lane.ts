// The lane of a program: what packets are given to, once for each link type that the captures have.

import { type Link, linkOfFile } from '../base/link.js';
import { now } from '../base/now.js';
import type { PacketFilter } from '../capture/scan.js';
import type { ClassicProgram } from '../classic/program.js';
import { engineNames } from '../run/engine.js';
import { loadFilter } from '../run/expression.js';
import type { Filter } from '../run/filter.js';
import { translate } from '../translate/translate.js';

export const laneEngines = ['auto', ...engineNames] as const;
export type LaneEngine = (typeof laneEngines)[number];

export interface Lane {
  /**
   * @param link the number in the capture file
   * @throws BpfError with its place in the program's text, 'unavailable' when the engine isn't there, 'link' when packets of that
   * link type are none for the program
   */
  filter(link: number): PacketFilter;
  /** What became of the program. */
  readonly stages: readonly Stage[];
  /** The engines that run, without repetition. */
  readonly engines: readonly string[];
  /** How often each answer was given, where answers have names: what the summary tells beside the matches. */
  readonly verdicts?: ReadonlyMap<string, number> | undefined;
  close(): void;
}

/** What became of the program: of a classic one, on one link type. */
export interface Stage {
  /** The link type, or the program's own name. */
  readonly name: { readonly link: string } | { readonly program: string };
  /** How many instructions it has in each machine: none where it isn't translated, or was never classic. */
  readonly classic?: number;
  readonly internal?: number;
  /** How long it took from the source to a filter that is ready, in milliseconds. */
  readonly milliseconds: number;
  readonly engine: string;
}

/** The program for the packets of a link type. */
export type ProgramSource = (link: Link) => ClassicProgram;

interface Made {
  readonly link: string;
  readonly filter: Filter;
  readonly program: ClassicProgram;
  readonly milliseconds: number;
}

/** Filters of one classic program: translated, verified and loaded when a link type is met. */
export class ClassicLane implements Lane {
  readonly #source: ProgramSource;
  readonly #engine: LaneEngine;
  readonly #made = new Map<number, Made>();

  constructor(source: ProgramSource, engine: LaneEngine) {
    this.#source = source;
    this.#engine = engine;
  }

  filter(link: number): Filter {
    let made = this.#made.get(link);
    if (made === undefined) {
      made = this.#make(link);
      this.#made.set(link, made);
    }
    return made.filter;
  }

  get stages(): readonly Stage[] {
    return [...this.#made.values()].map(stageOf);
  }

  get engines(): readonly string[] {
    return [...new Set([...this.#made.values()].map(({ filter }) => filter.engine))];
  }

  close(): void {
    for (const { filter } of this.#made.values()) filter.close();
  }

  #make(number: number): Made {
    const start = now();
    const link = linkOfFile(number);
    const program = this.#source(link);
    const filter = loadFilter(program, this.#engine);
    return { link: link.name, filter, program, milliseconds: now() - start };
  }
}

function stageOf({ link, filter: { engine }, program, milliseconds }: Made): Stage {
  const isTranslated = engine !== 'classic' && engine !== 'javascript';
  const internal = isTranslated ? { internal: translate(program).insns.length } : {};
  return { name: { link }, classic: program.length, ...internal, milliseconds, engine };
}
