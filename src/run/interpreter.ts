// The oracle: executes the instructions one by one as their rows say, and checks every access. It is never optimized.

import { BpfError } from '../base/error.js';
import type { Environment } from '../env/environment.js';
import { type CheckedCode, type Interpreted, prepare, type Runnable, uninitialisedOf } from './code.js';
import { batchByOne, type Outcome, type Packets } from './engine.js';
import { Execution, type Watch } from './execution.js';
import { inputOf } from './input.js';
import type { GivenMaps } from './map/table.js';

export interface RunOptions {
  /** How many instructions a run may execute (execution.ts); default no limit. */
  readonly budget?: number | undefined;
  /** What the program's map references are indices into; default none. Where it refers to no map there may be none. */
  readonly maps?: GivenMaps | undefined;
  /**
   * So many of the bytes that a run is given lie behind the packet: only the loads of lowered programs may see them, and no
   * result may depend on them. Default 0.
   */
  readonly behind?: number | undefined;
  /** Receives what programs print; default nobody. */
  readonly print?: ((text: string) => void) | undefined;
}

export interface InterpreterOptions extends RunOptions {
  /** How many bytes every input has; default 0. */
  readonly least?: number | undefined;
  /** Is shown the machine before each instruction of a run; default nobody. */
  readonly watch?: Watch | undefined;
}

export class Interpreter implements Interpreted {
  readonly engine = 'interpreter';
  readonly code: CheckedCode;
  readonly #environment: Environment;
  readonly #budget: number;
  readonly #behind: number;
  readonly #print: (text: string) => void;
  readonly #least: number;
  readonly #watch: Watch | undefined;
  #running = 0;

  /**
   * @throws BpfError 'encoding' when the instructions make no program, 'range' when a map reference leads nowhere,
   * 'unsupported' when the program names what isn't built
   */
  constructor(program: Runnable, environment: Environment, options: InterpreterOptions = {}) {
    const code = prepare(program, environment, options.maps ?? []);
    this.code = { ...code, uninitialised: uninitialisedOf(code) };
    this.#environment = environment;
    this.#budget = options.budget ?? Number.POSITIVE_INFINITY;
    this.#behind = options.behind ?? 0;
    this.#print = options.print ?? (() => {});
    this.#least = options.least ?? 0;
    this.#watch = options.watch;
  }

  run(data: Uint8Array, length: number): Outcome {
    const input = inputOf(this.#environment, data, length, this.#behind);
    this.#running++;
    try {
      const outcome = new Execution(this.code, input, this.#budget, this.#print).toEnd(this.#watch);
      return { ...outcome, result: BigInt.asUintN(this.#environment.result.bits, outcome.result) };
    } finally {
      this.#running--;
    }
  }

  verdict(data: Uint8Array, length: number): number {
    return Number(BigInt.asUintN(32, this.run(data, length).result));
  }

  runBatch(packets: Packets, verdicts: Uint32Array): number {
    return batchByOne((data, length) => this.verdict(data, length), packets, verdicts, this.#least);
  }

  /** @throws BpfError 'usage' from within a helper that a run of this program has called */
  close(): void {
    if (this.#running > 0) throw new BpfError('usage', "a program that is running can't be closed");
  }
}
