// One pass over captures: every batch through the filter of its link type, what matches to the output, and told at the end
// how much it was. What was handled before an error stays handled, and is told too.

import { type Capture, openCapture } from '../capture/open.js';
import { translate } from '../translate/translate.js';
import type { Lane, Stage } from './lane.js';
import type { PacketOutput } from './outputs.js';
import { onInterrupt, showProgress } from './progress.js';
import { Tally } from './tally.js';

export interface Pass {
  readonly lane: Lane;
  readonly output: PacketOutput;
  /** Take the packets that don't match. */
  readonly invert: boolean;
  /** After how many packets to stop. */
  readonly limit: number;
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
  const run = new Run(how, tally);
  const forget = onInterrupt(() => run.stop());
  const live = process.stderr.isTTY === true && !how.quiet && !(how.lines && process.stdout.isTTY === true);
  const endProgress = showProgress(() => tally.progress(), live);
  let whole = false;
  try {
    await closing(how.output, tally, () => run.all(captures).finally(endProgress));
    whole = true;
  } finally {
    forget();
    how.lane.close();
    if (!how.quiet && (whole || tally.packets > 0)) process.stderr.write(summary(tally, how));
  }
  return tally;
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

class Run {
  readonly #how: Pass;
  readonly #tally: Tally;
  #current: Capture | undefined;
  #stopped = false;

  constructor(how: Pass, tally: Tally) {
    this.#how = how;
    this.#tally = tally;
  }

  /** Ends after the batch that is being handled. */
  stop(): void {
    this.#stopped = true;
    this.#current?.close();
  }

  async all(captures: readonly Capture[]): Promise<void> {
    const { lane, output, invert } = this.#how;
    let before = 0;
    for (const capture of captures) {
      this.#current = capture;
      const limit = this.#how.limit - this.#tally.matched;
      for await (const batch of capture.scan((link) => lane.filter(link), { invert, limit })) {
        this.#tally.add(batch.scanned, batch.count);
        await output.take(batch);
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

function summary(tally: Tally, { json, lane, stats }: Pass): string {
  const made = stats ? lane.stages : [];
  if (json) {
    const programs = made.map((stage) => {
      const { link, filter, milliseconds } = stage;
      return { link, ...sizes(stage), milliseconds, engine: filter.engine };
    });
    const object = { ...tally.toJSON(), engines: lane.engines, ...(stats ? { programs } : {}) };
    return `${JSON.stringify({ summary: object })}\n`;
  }
  return `${[tally.summary(lane.engines), ...made.map(stageText)].join('\n')}\n`;
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
