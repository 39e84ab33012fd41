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
  /** Linux's `BPF_F_*` flags of programs (linux/bpf.h). */
const strictAlignmentFlag = 0x01;
const storeAlwaysFlag = 0x08;
const sleepableFlag = 0x10;

/** The licences that Linux takes for compatible with the GPL. */
const gplLicenses = ['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'];

/** Where loops without a proved end are allowed, their rounds are made alike at once: no time is spent on a proof. */
function rulesOf(
  program: Program,
  { loops }: Environment,
  { license = 'GPL', flags = 0, log = 0 }: VerifyOptions,
): Rules {
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
