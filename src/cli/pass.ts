// One pass over captures: every batch through the filter of its link type, what matches to the output, and told at the end
// how much it was. What was handled before an error stays handled, and is told too.

import { type Capture, openCapture } from '../capture/open.js';
import { translate } from '../translate/translate.js';
import { Lane, type LaneEngine, type ProgramSource, type Stage } from './lane.js';
import type { PacketOutput } from './outputs.js';
import { threadsFor } from './parallel/threads.js';
import { onInterrupt, showProgress } from './progress.js';
import { Tally } from './tally.js';
import { isTerminal, tell } from './terminal.js';

export interface Pass {
  readonly source: ProgramSource;
  readonly engine: LaneEngine;
  readonly output: PacketOutput;
  /** Take the packets that don't match. */
  readonly invert: boolean;
  /** After how many packets to stop. */
  readonly limit: number;
  /** How many captures to scan at once; by default as many as pay. */
  readonly workers: number | undefined;
  /** Tell nothing. */
  readonly quiet: boolean;
  /** Tell what became of the program, too. */
  readonly stats: boolean;
  /** Tell the summary as JSON. */
  readonly json: boolean;
  /** Whether standard output is a terminal that lines of packets go to, which a line of progress would disturb. */
  readonly lines: boolean;
}

/** @throws what ended the pass early, after the output is closed and the summary is told */
export async function pass(files: readonly string[], how: Pass): Promise<Tally> {
  const captures = files.map((file) => openCapture(file));
  const tally = new Tally(totalSize(captures));
  const lane = new Lane(how.source, how.engine);
  const threads = mayBeParallel(how) ? threadsFor(captures, how.workers) : 1;
  const run = threads > 1 ? await parallelRun(captures, how, tally, threads) : new Run(captures, lane, how, tally);
  const forget = onInterrupt(() => run.stop());
  const live = !how.quiet && isTerminal('errors') && !(how.lines && isTerminal('output'));
  const endProgress = showProgress(() => tally.progress(), live);
  let whole = false;
  try {
    await closing(how.output, tally, () => run.all().finally(endProgress));
    whole = true;
  } finally {
    forget();
    await run.close();
    if (!how.quiet && (whole || tally.packets > 0)) tell(summary(tally, run.engines, lane.stages, how));
  }
  return tally;
}

/** A limit is one of all captures together, and what became of the program is told of one. */
function mayBeParallel({ limit, stats }: Pass): boolean {
  return limit === Number.POSITIVE_INFINITY && !stats;
}

async function parallelRun(captures: readonly Capture[], how: Pass, tally: Tally, threads: number): Promise<Walk> {
  for (const capture of captures) capture.close(); // whoever scans one opens it
  const { ParallelRun } = await import('./parallel/run.js');
  return new ParallelRun(captures, how, tally, threads);
}

/** The way through all captures. */
export interface Walk {
  /** Those that run the program, without repetition. */
  readonly engines: readonly string[];
  all(): Promise<void>;
  /** Ends after what is being handled. */
  stop(): void;
  close(): void | Promise<void>;
}

/** The work, and then the end of the output, also after an error; the first error is the one that is told. */
async function closing(output: PacketOutput, tally: Tally, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await output.end(tally.packets > 0 ? tally.matched : undefined).catch(() => {}); // what it would say is a consequence, such as the same full disk
    throw error;
  }
  await output.end(tally.matched);
}

/** One capture after another. */
class Run implements Walk {
  readonly #captures: readonly Capture[];
  readonly #lane: Lane;
  readonly #how: Pass;
  readonly #tally: Tally;
  #current: Capture | undefined;
  #stopped = false;

  constructor(captures: readonly Capture[], lane: Lane, how: Pass, tally: Tally) {
    this.#captures = captures;
    this.#lane = lane;
    this.#how = how;
    this.#tally = tally;
  }

  get engines(): readonly string[] {
    return this.#lane.engines;
  }

  /** Ends after the batch that is being handled. */
  stop(): void {
    this.#stopped = true;
    this.#current?.close();
  }

  close(): void {
    this.#lane.close();
  }

  async all(): Promise<void> {
    const { output, invert } = this.#how;
    let before = 0;
    for (const capture of this.#captures) {
      this.#current = capture;
      const limit = this.#how.limit - this.#tally.matched;
      for await (const batch of capture.scan((link) => this.#lane.filter(link), { invert, limit })) {
        await output.take(batch);
        this.#tally.add(batch.scanned, batch.count); // what failed is not told as done
        this.#tally.position = before + capture.position;
        if (this.#stopped || this.#tally.matched >= this.#how.limit) return;
      }
      before += capture.position;
    }
  }
}

function totalSize(captures: readonly Capture[]): number | undefined {
  let sum = 0;
  for (const { size } of captures) {
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}

function summary(
  tally: Tally,
  engines: readonly string[],
  stages: readonly Stage[],
  { json, stats }: Pick<Pass, 'json' | 'stats'>,
): string {
  const made = stats ? stages : [];
  if (json) {
    const programs = made.map((stage) => {
      const { link, filter, milliseconds } = stage;
      return { link, ...sizes(stage), milliseconds, engine: filter.engine };
    });
    const object = { ...tally.toJSON(), engines, ...(stats ? { programs } : {}) };
    return `${JSON.stringify({ summary: object })}\n`;
  }
  return `${[tally.summary(engines), ...made.map(stageText)].join('\n')}\n`;
}

/** `EN10MB: 22 classic and 35 internal instructions, ready in 3.1 ms (jit)` */
function stageText(stage: Stage): string {
  const { link, filter, milliseconds } = stage;
  const { classic, internal } = sizes(stage);
  const size = internal === undefined ? `${classic} classic` : `${classic} classic and ${internal} internal`;
  return `${link}: ${size} instructions, ready in ${milliseconds.toFixed(1)} ms (${filter.engine})`;
}

/** How many instructions a program is in each machine; no internal ones where it runs untranslated. */
function sizes({ filter, program }: Stage): { readonly classic: number; readonly internal: number | undefined } {
  const isTranslated = filter.engine !== 'classic' && filter.engine !== 'javascript';
  return { classic: program.length, internal: isTranslated ? translate(program).insns.length : undefined };
}
