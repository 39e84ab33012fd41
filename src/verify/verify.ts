// The verifier: whether a program can do no harm, on no input.
//
// It follows Linux's: every path is walked over abstract values, and each instruction is checked in each state that can
// reach it. docs/verifier.md tells how, and where the two differ.

import { toUnsigned } from '../abstract/word.js';
import { expectInstance, expectObject } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { originPlace } from '../base/origin.js';
import type { Register } from '../ebpf/insn.js';
import { Program } from '../ebpf/program.js';
import { type Environment, expectEnvironment } from '../env/environment.js';
import { Analysis, type Rules } from './analysis.js';
import { stackDepth } from './depth.js';
import { explore } from './explore.js';
import { type Graph, graphOf } from './graph.js';
import { knownOf } from './known.js';
import { checkLeaving } from './leaving.js';
import { readBy } from './liveness.js';
import type { LogLevel } from './log.js';
import { checkMaps } from './named.js';
import { pathTo } from './path.js';
import { type KnownState, Ranges } from './ranges.js';
import { type KnownRegister, Refusal, VerifyError } from './refusal.js';
import type { State } from './state.js';

export interface VerifyOptions {
  /** The program's licence, as Linux's modules spell theirs; default `GPL`. Some helpers want one. */
  readonly license?: string | undefined;
  /** Linux's `BPF_F_*` flags of programs; default 0. Those are known that change a verdict. */
  readonly flags?: number | undefined;
  /**
   * Whether type information (BTF) comes with the program that describes its functions, all static: then helpers may be
   * given them to call. It is not read; Linux wants it. Default false.
   */
  readonly functionTypes?: boolean | undefined;
  /** 1: each instruction that is explored with what it changes; 2: with all that is known before it, too. Default 0. */
  readonly log?: LogLevel | undefined;
  /** Whether what is known at each instruction is kept, for `at`; it takes some hundred bytes an explored instruction. */
  readonly ranges?: boolean | undefined;
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
  /** How much of the context the program reaches, as Linux's `max_ctx_offset`, and the slots of its loads from there. */
  readonly context: { readonly bytes: number; readonly loads: readonly number[] };
  /**
   * The least and the greatest result that any path has, unsigned; undefined where the environment doesn't ask for a
   * number.
   */
  readonly result: { readonly min: bigint; readonly max: bigint } | undefined;
  /** The walk in the notation of Linux's verifier, where it was asked for. */
  readonly log: string | undefined;
  readonly #facts: Uint8Array;
  readonly #ranges: Ranges | undefined;

  private constructor(program: Program, environment: Environment, analysis: Analysis) {
    this.program = program;
    this.environment = environment;
    // The eight million rounds of a may_goto are more than a run should take unasked.
    this.budgeted = analysis.rules.widenLoops || analysis.graph.hasMayGoto;
    this.processed = analysis.processed;
    this.states = analysis.peakStates;
    this.stack = stackDepth(analysis);
    this.context = contextOf(analysis);
    this.result = resultOf(analysis);
    this.log = logOf(analysis);
    this.#facts = analysis.facts();
    this.#ranges = analysis.trace && new Ranges(program, analysis.trace.nodes);
    Object.freeze(this); // what is run is what was proved
  }

  /** What was proved of each instruction, a byte a slot (see `facts`); a copy. */
  get facts(): Uint8Array {
    return this.#facts.slice();
  }

  /**
   * What holds whenever the instruction at a slot is about to be carried out, over all paths and inputs; undefined where
   * no path leads. Nothing in it changes.
   * @throws BpfError 'usage' unless `verify` was given `ranges`, 'range' when the program has no such slot
   */
  at(pc: number): KnownState | undefined {
    if (this.#ranges === undefined) throw new BpfError('usage', 'verify keeps ranges only if it is given ranges: true');
    if (!Number.isInteger(pc) || pc < 0 || pc >= this.program.length) {
      throw new BpfError('range', `expected a slot from 0 to ${this.program.length - 1}, got ${pc}`);
    }
    return this.#ranges.at(pc);
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
  expectInstance(program, Program);
  expectEnvironment(environment);
  expectObject(options, 'options');
  return VerifiedProgram.prove(program, environment, options);
}

function contextOf({ contextBytes, contextLoads }: Analysis): VerifiedProgram['context'] {
  return Object.freeze({ bytes: contextBytes, loads: Object.freeze([...contextLoads]) });
}

/** Of the bits of r0 that are the answer. */
function resultOf({ environment, result }: Analysis): VerifiedProgram['result'] {
  if (result === undefined) return undefined;
  const { umin, umax, umin32, umax32 } = result;
  if (environment.result.bits === 32) return { min: BigInt(umin32 >>> 0), max: BigInt(umax32 >>> 0) };
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
function rulesOf({ hasLoops }: Graph, { loops }: Environment, options: VerifyOptions): Rules {
  const { license = 'GPL', flags = 0, functionTypes = false, log = 0, ranges = false } = options;
  return {
    isGpl: gplLicenses.includes(license),
    functionTypes,
    maySleep: (flags & sleepableFlag) !== 0,
    strictAlignment: (flags & strictAlignmentFlag) !== 0,
    storeAlways: (flags & storeAlwaysFlag) !== 0,
    log,
    ranges,
    widenLoops: loops === 'budgeted' && hasLoops,
  };
}

/** The whole analysis, for those who look inside of it. */
export function explored(program: Program, environment: Environment, options: VerifyOptions): Analysis {
  if (environment.needsTypes === true) {
    throw new VerifyError(`a ${environment.name} program names its target by type information, which is not read`, 0);
  }
  // A copy: V8 can't look into a frozen list as fast.
  const insns = [...program.insns];
  const graph = graphOf(insns);
  const analysis = new Analysis({ program, insns, graph }, environment, rulesOf(graph, environment, options));
  checkSleepable(environment, analysis.rules);
  checkMaps(program, analysis.rules);
  checkLeaving(insns, analysis.graph.functions[1] ?? program.length, environment);
  try {
    explore(analysis);
    return analysis;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refusalOf(analysis, error);
  }
}

function checkSleepable({ name, sleepable = 'refused' }: Environment, { maySleep }: Rules): void {
  if (maySleep && sleepable === 'refused') throw new VerifyError(`a ${name} program may not be sleepable`, 0);
  if (!maySleep && sleepable === 'demanded') throw new VerifyError(`a ${name} program has to be sleepable`, 0);
}

function refusalOf(analysis: Analysis, { message }: Refusal): VerifyError {
  const { program, current } = analysis;
  if (current === undefined) return new VerifyError(message, 0, { log: logOf(analysis) });
  const { pc } = current;
  return new VerifyError(message, pc, {
    path: pathTo(program.insns, current),
    registers: usedRegisters(analysis, current),
    place: originPlace(program.origin, pc),
    log: logOf(analysis),
  });
}

/** What is known of the registers that the path's present instruction uses. */
function usedRegisters({ insns, environment }: Analysis, state: State): KnownRegister[] {
  const used = readBy(insns[state.pc]!, environment.helpers);
  return registers
    .filter((register) => (used & (1 << register)) !== 0)
    .map((register) => ({ register, known: knownOf(state.register(register), state.frames.length - 1) }));
}

const registers: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
