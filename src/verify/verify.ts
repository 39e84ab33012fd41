// The verifier: whether a program can do no harm, on no input.
//
// It follows Linux's: every path is walked over abstract values, and each instruction is checked in each state that can
// reach it. docs/verifier.md tells how, and where the two differ.

import { toUnsigned } from '../abstract/word.js';
import { originPlace } from '../base/origin.js';
import type { Program } from '../ebpf/program.js';
import type { Environment } from '../env/environment.js';
import { Analysis, type Rules } from './analysis.js';
import { stackDepth } from './depth.js';
import { explore } from './explore.js';
import type { LogLevel } from './log.js';
import { pathTo } from './path.js';
import { Refusal, VerifyError } from './refusal.js';

export interface VerifyOptions {
  /** The program's licence, as Linux's modules spell theirs; default `GPL`. Some helpers want one. */
  readonly license?: string | undefined;
  /** Linux's `BPF_F_*` flags of programs; default 0. Those are known that change a verdict. */
  readonly flags?: number | undefined;
  /** 1: each instruction that is explored with what it changes; 2: with all that is known before it, too. Default 0. */
  readonly log?: LogLevel | undefined;
}

/** A program with the proof that it does no harm in its environment. Only `verify` makes one. */
export class VerifiedProgram {
  readonly program: Program;
  readonly environment: Environment;
  /** Whether some loop's end is not proved, so that an engine must count instructions. */
  readonly budgeted: boolean;
  /** How many instructions were explored, over all paths. */
  readonly processed: number;
  /** How many states were stored at the most. */
  readonly states: number;
  /** How many bytes of stack the deepest chain of calls takes. */
  readonly stack: number;
  /**
   * The least and the greatest result that any path has, unsigned; undefined where the environment doesn't ask for a
   * number.
   */
  readonly result: { readonly min: bigint; readonly max: bigint } | undefined;
  /** The walk in the notation of Linux's verifier, where it was asked for. */
  readonly log: string | undefined;
  readonly #facts: Uint8Array;

  private constructor(program: Program, environment: Environment, analysis: Analysis) {
    this.program = program;
    this.environment = environment;
    // The eight million rounds of a may_goto are more than a run should take unasked.
    this.budgeted = analysis.rules.widenLoops || program.insns.some(({ kind }) => kind === 'may-goto');
    this.processed = analysis.processed;
    this.states = analysis.peakStates;
    this.stack = stackDepth(analysis);
    this.result = resultOf(analysis);
    this.log = logOf(analysis);
    this.#facts = analysis.facts();
    Object.freeze(this); // what is run is what was proved
  }

  /** What was proved of each instruction, a byte a slot (see `facts`); a copy. */
  get facts(): Uint8Array {
    return this.#facts.slice();
  }

  /** Whether a value was made by `verify`, and not merely looks like it. */
  static is(value: unknown): value is VerifiedProgram {
    return typeof value === 'object' && value !== null && #facts in value;
  }

  /** Use `verify`. */
  static prove(program: Program, environment: Environment, options: VerifyOptions): VerifiedProgram {
    return new VerifiedProgram(program, environment, explored(program, environment, options));
  }
}

/**
 * Proves that a program does no harm in an environment.
 * @throws VerifyError with the instruction, the reason and the path, when it can't be proved
 */
export function verify(program: Program, environment: Environment, options: VerifyOptions = {}): VerifiedProgram {
  return VerifiedProgram.prove(program, environment, options);
}

/** Of the bits of r0 that are the answer. */
function resultOf({ environment, result }: Analysis): VerifiedProgram['result'] {
  if (result === undefined) return undefined;
  const { umin, umax, umin32, umax32 } = result;
  if (environment.result.bits === 32) return { min: BigInt(umin32), max: BigInt(umax32) };
  return { min: toUnsigned(umin), max: toUnsigned(umax) };
}

function logOf({ rules, log }: Analysis): string | undefined {
  return rules.log === 0 ? undefined : log.text;
}

/** Linux's `BPF_F_*` flags of programs (linux/bpf.h). */
const strictAlignmentFlag = 0x01;
const storeAlwaysFlag = 0x08;
const sleepableFlag = 0x10;

/** The licences that Linux takes for compatible with the GPL. */
const gplLicenses = ['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'];

/** Where loops without a proved end are allowed, their rounds are made alike at once: no time is spent on a proof. */
function rulesOf(program: Program, { loops }: Environment, options: VerifyOptions): Rules {
  const { license = 'GPL', flags = 0, log = 0 } = options;
  return {
    isGpl: gplLicenses.includes(license),
    maySleep: (flags & sleepableFlag) !== 0,
    strictAlignment: (flags & strictAlignmentFlag) !== 0,
    storeAlways: (flags & storeAlwaysFlag) !== 0,
    log,
    widenLoops: loops === 'budgeted' && hasLoops(program),
  };
}

function hasLoops({ insns }: Program): boolean {
  return insns.some((insn) => (insn.kind === 'jump' || insn.kind === 'goto') && insn.off < 0);
}

function explored(program: Program, environment: Environment, options: VerifyOptions): Analysis {
  if (environment.needsTypes === true) {
    throw new VerifyError(`a ${environment.name} program names its target by type information, which is not read`, 0);
  }
  const analysis = new Analysis(program, environment, rulesOf(program, environment, options));
  try {
    explore(analysis);
    return analysis;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refusalOf(analysis, error);
  }
}

function refusalOf(analysis: Analysis, { message }: Refusal): VerifyError {
  const { program, current } = analysis;
  const pc = current?.pc ?? 0;
  const path = current === undefined ? [] : pathTo(program.insns, current);
  return new VerifyError(message, pc, { path, place: originPlace(program.origin, pc), log: logOf(analysis) });
}
