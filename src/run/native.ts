// Machine code as an engine: the binding of the native part, which does the work.

import { native } from '../../lib/native.js';
import { BpfError } from '../base/error.js';
import type { Program } from '../ebpf/program.js';
import type { Environment } from '../env/environment.js';
import { type Executable, type Outcome, type Packets, trapCodes } from './engine.js';

/** Why there is no machine code here, in one line; undefined where there is. */
export function nativeMissing(): string | undefined {
  return native.reason ?? undefined;
}

/**
 * Makes machine code of a verified program.
 * @throws BpfError 'unavailable' without the native part
 */
export function compileNative(program: Program, environment: Environment): Executable {
  const compiled = addon().compile(program.encode(), { input: inputOf(environment) });
  const bits = environment.result.bits;
  return {
    engine: 'jit',
    run: (data, length) => outcomeOf(compiled.run(data, length), bits),
    verdict: compiled.verdict,
    runBatch: (packets, verdicts) => runBatch(compiled.runBatch, packets, verdicts),
    close: compiled.close,
  };
}

/** The machine code of a program as text, an instruction a line. */
export function listNative(program: Program, environment: Environment): string {
  return addon().list(program.encode(), { input: inputOf(environment) });
}

function addon(): NonNullable<typeof native.addon> {
  if (native.addon === null) throw new BpfError('unavailable', `no machine code here: ${native.reason}`);
  return native.addon;
}

function inputOf(environment: Environment): 'packet' | 'bytes' | 'memory' {
  if (environment.packetLoads) return 'packet';
  return environment.arguments.includes('length') ? 'memory' : 'bytes';
}

function outcomeOf(answer: bigint | readonly [code: number, pc: number], bits: 32 | 64): Outcome {
  if (typeof answer === 'bigint') return { result: BigInt.asUintN(bits, answer) };
  const [code, pc] = answer;
  return { result: 0n, trap: { code: trapCodes[code - 1]!, pc } };
}

type RunBatch = ReturnType<NonNullable<typeof native.addon>['compile']>['runBatch'];

function runBatch(run: RunBatch, { data, offsets, captured, lengths }: Packets, verdicts: Uint32Array): number {
  const matches = run(data, offsets, captured, lengths, verdicts);
  if (matches >= 0) return matches;
  const packet = -1 - matches;
  const end = offsets[packet]! + captured[packet]!;
  if (end > data.length) {
    throw new BpfError('range', `packet ${packet} ends at byte ${end} of a buffer of ${data.length}`);
  }
  throw new BpfError('range', `packet ${packet} was shorter on the wire than what was captured`);
}
