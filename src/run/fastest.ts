// The fastest way for a classic program at hand: batches run as machine code, and a packet a call as JavaScript where that may be
// made and the program is small. A call from JavaScript into machine code costs more than a small filter does.

import type { ClassicProgram } from '../classic/program.js';
import type { VerifiedProgram } from '../verify/verify.js';
import type { Executable } from './engine.js';
import { hasLoop } from './javascript/flow.js';
import { javascriptEngine, javascriptMissing } from './javascript.js';
import { ready } from './load.js';

/** V8 makes machine code of a function up to some size; what is longer runs slower than a call into machine code takes. */
const smallLength = 1000;

/** How many calls show that JavaScript is worth making: it takes about as long as a thousand calls. */
const callsToWait = 100;

/** @param verified the program, translated and verified */
export function fastest(program: ClassicProgram, verified: VerifiedProgram): Executable {
  const batches = ready(verified);
  if (!isSmall(program)) return batches;
  if (batches.engine === 'jit') return new Both(batches, program);
  return javascriptMissing() === undefined ? javascriptEngine(program) : batches;
}

/** Extensions call functions, and of loops the machine counts the instructions of another program: they stay where they are. */
function isSmall({ length, operations }: ClassicProgram): boolean {
  return length <= smallLength && !hasLoop(operations) && operations.every((op) => op?.kind !== 'extension');
}

/** Machine code for batches; JavaScript for single packets, once there were some. */
class Both implements Executable {
  readonly engine = 'jit';
  verdict: Executable['verdict'];
  readonly #batches: Executable;

  constructor(batches: Executable, program: ClassicProgram) {
    this.#batches = batches;
    let left = callsToWait;
    this.verdict = (data, length) => {
      if (--left === 0)
        this.verdict = javascriptMissing() === undefined ? javascriptEngine(program).verdict : batches.verdict;
      return batches.verdict(data, length);
    };
  }

  get scan(): Executable['scan'] {
    return this.#batches.scan;
  }

  get codeBytes(): number | undefined {
    return this.#batches.codeBytes;
  }

  run(...input: Parameters<Executable['run']>): ReturnType<Executable['run']> {
    return this.#batches.run(...input);
  }

  runBatch(...input: Parameters<Executable['runBatch']>): number {
    return this.#batches.runBatch(...input);
  }

  close(): void {
    this.#batches.close();
  }
}
