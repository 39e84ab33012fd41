// The fastest way for a classic program at hand: batches run as machine code, and a packet a call as JavaScript where that may be
// made and the program is short, its lists aside. A call from JavaScript into machine code costs more than a small filter does.

import type { ClassicProgram } from '../classic/program.js';
import type { VerifiedProgram } from '../verify/verify.js';
import type { Executable } from './engine.js';
import { hasLoop } from './javascript/flow.js';
import { outlineOf } from './javascript/outline.js';
import { javascriptEngine, javascriptMissing } from './javascript.js';
import { ready } from './load.js';

/**
 * V8 makes machine code of a function of up to 60 KiB of its bytecode (--max-optimized-bytecode-size), and what is longer runs slower
 * than a call into machine code takes. An instruction is about 33 bytes: 28 where there are many tests, 33 where there are many loads.
 */
const mostWritten = (60 * 1024) / 33;

/** So many calls, and more for a long program, show that JavaScript is worth making: it takes longer than so many calls into machine code. */
const callsToWait = 100;
const callsAnInsn = 4;

/** @param verified the program, translated and verified */
export function fastest(program: ClassicProgram, verified: VerifiedProgram): Executable {
  const batches = ready(verified);
  if (!isSuited(program)) return batches;
  if (batches.engine === 'jit') return new Both(batches, program);
  return shortJavascript(program) ?? batches;
}

/** Extensions call functions, and of loops the machine counts the instructions of another program: they stay where they are. */
function isSuited(program: ClassicProgram): boolean {
  const operations = [...program.operations]; // V8 can't look into a frozen list as fast
  return !hasLoop(operations) && operations.every((op) => op?.kind !== 'extension');
}

/** Undefined where JavaScript may not be made, or V8 would make no machine code of it. */
function shortJavascript(program: ClassicProgram): Executable | undefined {
  if (javascriptMissing() !== undefined) return undefined;
  const outline = outlineOf(program);
  return outline.written.length > mostWritten ? undefined : javascriptEngine(program, {}, outline);
}

/** Machine code for batches; JavaScript for single packets, once there were some. */
class Both implements Executable {
  readonly engine = 'jit';
  verdict: Executable['verdict'];
  readonly #batches: Executable;

  constructor(batches: Executable, program: ClassicProgram) {
    this.#batches = batches;
    let left = callsToWait + callsAnInsn * program.length;
    this.verdict = (data, length) => {
      if (--left === 0) this.verdict = (shortJavascript(program) ?? batches).verdict;
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
