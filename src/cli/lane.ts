// The lane of an expression: compiled, translated, verified and loaded, once for each link type that the captures have.

import { linkOfFile } from '../base/link.js';
import { packet } from '../env/packet.js';
import { compile } from '../filter/compile.js';
import type { Filter } from '../run/filter.js';
import { load, loadClassic } from '../run/load.js';
import { translate } from '../translate/translate.js';
import { verify } from '../verify/verify.js';

export const laneEngines = ['auto', 'jit', 'interpreter', 'classic'] as const;

export interface LaneOptions {
  readonly engine: (typeof laneEngines)[number];
  readonly optimize: boolean;
  /** Is told what may mean something else than it seems, once. */
  warn(message: string): void;
}

/** What became of the expression on one link type. */
export interface Stage {
  readonly link: string;
  readonly filter: Filter;
  /** How many instructions it is in each machine; no internal ones where the classic machine runs it. */
  readonly classic: number;
  readonly internal: number | undefined;
  /** How long it took from the text to a filter that is ready, in milliseconds. */
  readonly milliseconds: number;
}

/** Filters of one expression, made when a link type is met. */
export class Lane {
  readonly #expression: string;
  readonly #options: LaneOptions;
  readonly #stages = new Map<number, Stage>();
  readonly #warned = new Set<string>();

  constructor(expression: string, options: LaneOptions) {
    this.#expression = expression;
    this.#options = options;
  }

  /**
   * @param link the number in the capture file
   * @throws BpfError with its place in the expression, 'unavailable' when the engine isn't there
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
    const start = performance.now();
    const link = linkOfFile(number);
    const { engine, optimize } = this.#options;
    // A capture doesn't tell the netmask of its network; tcpdump takes 0 as well.
    const { program, warnings } = compile(this.#expression, { link: link.number, netmask: '0.0.0.0', optimize });
    for (const { message } of warnings) this.#warn(message);
    const internal = engine === 'classic' ? undefined : translate(program);
    const filter =
      internal === undefined || engine === 'classic'
        ? loadClassic(program)
        : load(verify(internal, packet), { engine });
    const milliseconds = performance.now() - start;
    return { link: link.name, filter, classic: program.length, internal: internal?.insns.length, milliseconds };
  }

  #warn(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#options.warn(message);
  }
}
