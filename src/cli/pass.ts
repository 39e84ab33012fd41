// One pass over captures: every batch through the filter of its link type, what matches to the output, and told at the end
// how much it was. What was handled before an error stays handled, and is told too.

import { type Capture, openCapture } from '../capture/open.js';
import type { Lane, Stage } from './lane.js';
import type { PacketOutput } from './outputs.js';
import type { ThreadedProgram } from './parallel/pool.js';
import { threadsFor } from './parallel/threads.js';
import { onInterrupt, showProgress } from './progress.js';
import { Tally } from './tally.js';
import { isTerminal, tell } from './terminal.js';

export interface Pass {
  readonly lane: Lane;
  /** What each of several threads makes a lane of; undefined where all packets have to go through the one, in their order. */
  readonly threaded: ThreadedProgram | undefined;
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
  const { lane, threaded } = how;
  const threads = mayBeParallel(how) ? threadsFor(captures, how.workers) : 1;
  const run =
    threads > 1 && threaded !== undefined
      ? await parallelRun(captures, threaded, how, tally, threads)
      : new Run(captures, how, tally);
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
    if (!how.quiet && (whole || tally.packets > 0)) tell(summary(tally, run.engines, lane, how));
  }
  return tally;
}

/** A limit is one of all captures together, and what became of the program is told of one. */
function mayBeParallel({ limit, stats, threaded }: Pass): boolean {
  return limit === Number.POSITIVE_INFINITY && !stats && threaded !== undefined;
}

async function parallelRun(
  captures: readonly Capture[],
  program: ThreadedProgram,
  how: Pass,
  tally: Tally,
  threads: number,
): Promise<Walk> {
  for (const capture of captures) capture.close(); // whoever scans one opens it
  const { ParallelRun } = await import('./parallel/run.js');
  return new ParallelRun(captures, program, how, tally, threads);
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

  constructor(captures: readonly Capture[], how: Pass, tally: Tally) {
    this.#captures = captures;
    this.#lane = how.lane;
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
  { stages, verdicts }: Lane,
  { json, stats }: Pick<Pass, 'json' | 'stats'>,
): string {
  const made = stats ? stages : [];
  if (json) {
    const programs = made.map(({ name, ...others }) => ({ ...name, ...others }));
    const counts = verdicts && Object.fromEntries(verdicts);
    const object = { ...tally.toJSON(), engines, verdicts: counts, ...(stats ? { programs } : {}) };
    return `${JSON.stringify({ summary: object })}\n`;
  }
  const told = verdicts === undefined || verdicts.size === 0 ? [] : [verdictsText(verdicts)];
  return `${[tally.summary(engines), ...told, ...made.map(stageText)].join('\n')}\n`;
}

/** `verdicts: 12 × XDP_PASS, 3 × XDP_DROP` */
function verdictsText(verdicts: ReadonlyMap<string, number>): string {
  return `verdicts: ${[...verdicts].map(([name, times]) => `${times} × ${name}`).join(', ')}`;
}

/** `EN10MB: 22 classic and 35 internal instructions, ready in 3.1 ms (jit)` */
function stageText({ name, classic, internal, milliseconds, engine }: Stage): string {
  const sizes = [
    ...(classic === undefined ? [] : [`${classic} classic`]),
    ...(internal === undefined ? [] : [`${internal} internal`]),
  ];
  const what = 'link' in name ? name.link : name.program;
  return `${what}: ${sizes.join(' and ')} instructions, ready in ${milliseconds.toFixed(1)} ms (${engine})`;
}
