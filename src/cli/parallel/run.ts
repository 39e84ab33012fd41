// The way through several captures at once: what each thread finds goes to the one output, in the order of the captures.

import type { Capture } from '../../capture/open.js';
import type { Pass, Walk } from '../pass.js';
import type { Tally } from '../tally.js';
import { type Found, Pool, type ThreadedProgram } from './pool.js';

export class ParallelRun implements Walk {
  readonly #captures: readonly Capture[];
  readonly #how: Pass;
  readonly #tally: Tally;
  readonly #pool: Pool;
  #stopped = false;

  constructor(captures: readonly Capture[], program: ThreadedProgram, how: Pass, tally: Tally, threads: number) {
    const { invert, output } = how;
    this.#captures = captures;
    this.#how = how;
    this.#tally = tally;
    const paths = captures.map(({ name }) => name);
    this.#pool = new Pool(paths, program, { threads, invert, packets: output.takesPackets });
  }

  get engines(): readonly string[] {
    return this.#pool.engines;
  }

  stop(): void {
    this.#stopped = true;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async all(): Promise<void> {
    let before = 0;
    for (const [index, { size }] of this.#captures.entries()) {
      for await (const found of this.#pool.found(index)) {
        await this.#take(found);
        this.#tally.position = before + found.position;
        if (this.#stopped) return;
      }
      before += size ?? 0;
    }
  }

  async #take({ batches, scanned, matches }: Found): Promise<void> {
    this.#tally.add(scanned, matches);
    for (const batch of batches) {
      await this.#how.output.take(batch);
      this.#tally.add(batch.scanned, batch.count);
    }
  }
}
