// Machine code as an engine: the binding of the native part, which does the work.

import { type Addon, type CompileOptions, type NativeProgram, native } from '../../lib/native.js';
import { BpfError } from '../base/error.js';
import { linkHeaderBytes } from '../classic/packet.js';
import type { Register } from '../ebpf/insn.js';
import type { Program } from '../ebpf/program.js';
import type { Environment } from '../env/environment.js';
import { batchByOne, type Executable, type Outcome, type Packets, trapCodes } from './engine.js';
import { type HelperCall, helperFunctions } from './helpers.js';
import { MapTable } from './map/table.js';
import { Memory } from './memory.js';
import { uninitialisedReads } from './uninitialised.js';

export interface NativeOptions {
  /** How many instructions a run may execute; default no limit, and no counting. */
  readonly budget?: number | undefined;
  /** Whether each access is checked when it is made; default true: only a verified program may do without. */
  readonly checked?: boolean | undefined;
}

/** Why there is no machine code here, in one line; undefined where there is. */
export function nativeMissing(): string | undefined {
  return native.reason ?? undefined;
}

/**
 * Makes machine code of a program.
 * @throws BpfError 'unavailable' without the native part
 */
export function compileNative(program: Program, environment: Environment, options: NativeOptions = {}): Executable {
  const input: { packet?: Uint8Array | undefined } = {};
  const compiled = addon().compile(program.encode(), {
    ...compileOptions(program, environment, options),
    callHelper: (helper, ...registers) => callHelper(environment, helper, registers),
  });
  const { bits } = environment.result;
  const run: Executable['run'] = (data, length) => outcomeOf(compiled.run(data, length), bits);
  const { close } = compiled;
  if (!callsHelpers(program)) {
    const runBatch: Executable['runBatch'] = (packets, verdicts) => batch(compiled, packets, verdicts);
    return { engine: 'jit', run, verdict: compiled.verdict, runBatch, close };
  }
  const withPacket = <Result>(call: (data: Uint8Array, length: number) => Result) => {
    return (data: Uint8Array, length: number) => {
      input.packet = environment.packetLoads ? data : undefined;
      return call(data, length);
    };
  };
  const verdict = withPacket(compiled.verdict);
  const runBatch: Executable['runBatch'] = (packets, verdicts) => batchByOne(verdict, packets, verdicts);
  return { engine: 'jit', run: withPacket(run), verdict, runBatch, close };
}

/** The machine code of a program as text, an instruction a line. */
export function listNative(program: Program, environment: Environment, options: NativeOptions = {}): string {
  return addon().list(program.encode(), compileOptions(program, environment, options));
}

function addon(): Addon {
  if (native.addon === null) throw new BpfError('unavailable', `there is no machine code here: ${native.reason}`);
  return native.addon;
}

function compileOptions(program: Program, environment: Environment, options: NativeOptions): CompileOptions {
  const { budget, checked = true } = options;
  const isWritable = environment.arguments.includes('data') || environment.fields.some(({ write }) => write.length > 0);
  const atStart = environment.arguments.map((_, index) => (index + 1) as Register);
  return {
    input: inputOf(environment),
    networkHeader: linkHeaderBytes,
    isWritable,
    ...(budget === undefined || budget === Infinity ? {} : { budget }),
    ...(checked ? { uninitialised: uninitialisedReads(program.insns, atStart) } : {}),
  };
}

function inputOf(environment: Environment): CompileOptions['input'] {
  if (environment.packetLoads) return 'packet';
  return environment.arguments.includes('length') ? 'memory' : 'context';
}

function outcomeOf(answer: bigint | readonly [code: number, pc: number], bits: 32 | 64): Outcome {
  if (typeof answer === 'bigint') return { result: BigInt.asUintN(bits, answer) };
  const [code, pc] = answer;
  return { result: 0n, trap: { code: trapCodes[code - 1]!, pc } };
}

function batch(compiled: NativeProgram, packets: Packets, verdicts: Uint32Array): number {
  const { data, offsets, captured, lengths } = packets;
  const matches = compiled.runBatch(data, offsets, captured, lengths, verdicts);
  if (matches >= 0) return matches;
  const packet = -1 - matches;
  const end = offsets[packet]! + captured[packet]!;
  if (end > data.length) {
    throw new BpfError('range', `packet ${packet} ends at byte ${end} of a buffer of ${data.length}`);
  }
  throw new BpfError('range', `packet ${packet} was shorter on the wire than what was captured`);
}

// ---- helpers ---------------------------------------------------------------------------------------------------------

function callsHelpers(program: Program): boolean {
  return program.insns.some(({ kind }) => kind === 'call-helper' || kind === 'call-register');
}

/** r0, or the number of a trap's code. */
function callHelper(environment: Environment, helper: number, registers: readonly bigint[]): bigint | number {
  const found = environment.helpers.get(helper);
  if (found?.call === undefined) return trapCodes.indexOf('bad-call') + 1;
  return BigInt.asUintN(64, found.call(...registers.slice(0, found.arguments.length)));
}
