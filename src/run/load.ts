// From a value to something that runs: the only step that makes machine code and touches live memory.

import { expectArray, expectInstance, expectObject, expectWord, kindOf } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { ClassicProgram } from '../classic/program.js';
import { encode } from '../ebpf/encode.js';
import type { MapSpec } from '../ebpf/map.js';
import { Program } from '../ebpf/program.js';
import { contextSource, type Environment, expectEnvironment, type Yield } from '../env/environment.js';
import { type LoweredProgram, optimize, otherShapes } from '../optimize/optimize.js';
import { VerifiedProgram } from '../verify/verify.js';
import { Choosing } from './choosing.js';
import { type ClassicEngineOptions, classicEngine } from './classic.js';
import type { Executable } from './engine.js';
import { Filter } from './filter.js';
import { Interpreter, type RunOptions } from './interpreter.js';
import { javascriptEngine } from './javascript.js';
import { kernelEngine } from './kernel.js';
import { type AnyMap, isMap } from './map/table.js';
import { Native, type NativeOptions, nativeMissing } from './native.js';
import { Tiered } from './tiered.js';

/** How many instructions a run may execute where nothing proves that it ends. */
export const defaultBudget = 1_000_000;

export interface LoadOptions extends RunOptions {
  /**
   * `auto`: machine code where it can be had, else the interpreter. The other names fall back on nothing. `kernel` is the
   * running Linux, which verifies the program itself.
   */
  readonly engine?: 'auto' | 'jit' | 'interpreter' | 'kernel' | undefined;
  /**
   * Machine code checks each access although it was proved, and leaves nothing out: results are the same, and a mistake of
   * the verifier's would be a trap. Default false; the interpreter always does so.
   */
  readonly hardened?: boolean | undefined;
  /**
   * Whether machine code is made of the lowered program, which is faster: at once (true), never (false), or, by default, when there
   * were so many inputs that it is worth the time. Budgeted programs stay as they are.
   */
  readonly optimize?: boolean | undefined;
}

/**
 * Makes a verified program ready to run.
 * @throws BpfError 'unavailable' when the engine asked for isn't there, 'range' when `maps` lacks one that the program
 * refers to, 'unsupported' when the program needs a helper or map that isn't built
 */
export function load(verified: VerifiedProgram, options: LoadOptions = {}): Filter {
  const executable = ready(verified, options);
  const { environment } = verified;
  return new Filter(executable, environment.result.bits, leastInput(verified));
}

/** What `load` puts into a filter; parameters and errors as there. */
export function ready(verified: VerifiedProgram, options: LoadOptions = {}): Executable {
  if (!VerifiedProgram.is(verified)) throw new BpfError('usage', 'expected a program that verify has returned');
  checkOptions(options);
  const { program, environment, budgeted } = verified;
  for (const [index, spec] of program.maps.entries()) refuseOtherMap(spec, options.maps?.[index]);
  const budget = options.budget ?? (budgeted ? defaultBudget : undefined);
  const proof = proofOf(verified, options.hardened ?? false);
  const lowers = (options.optimize ?? true) && budget === undefined && !proof.checked;
  return executable(program, environment, { ...options, ...proof, budget, verified: lowers ? verified : undefined });
}

/** What an engine may rely on. */
type Proof = Pick<NativeOptions, 'checked' | 'least' | 'contextLoads' | 'facts'>;

function proofOf(verified: VerifiedProgram, hardened: boolean): Proof {
  const checked = hardened || usesForeignAddress(verified);
  return { checked, least: leastInput(verified), contextLoads: verified.context.loads, facts: verified.facts };
}

/** How many bytes of input the proof relies on. */
function leastInput({ environment, context }: VerifiedProgram): number {
  return contextSource(environment) === 'input' ? Math.max(context.bytes, environment.dataSize) : environment.dataSize;
}

/** Whether the program loads addresses of the kernel's own structures, which there are none of: then each access is checked. */
function usesForeignAddress({ program, environment, context }: VerifiedProgram): boolean {
  const known = contextSource(environment) === 'packet' ? ofPackets : numbers;
  return context.loads.some((pc) => {
    const insn = program.insns[pc];
    const field = environment.fields.find(({ offset }) => insn?.kind === 'load' && insn.off === offset);
    return field !== undefined && !known.includes(field.yields);
  });
}

const numbers: readonly Yield[] = ['scalar'];
/** Beside numbers, the addresses that a packet's context has, and those that it hasn't, as a program must expect. */
const ofPackets: readonly Yield[] = [
  'scalar',
  'packet',
  'packet-meta',
  'packet-end',
  'socket-or-null',
  'sock-common-or-null',
];

/** What was proved of a map's values holds for maps of the same shape alone. */
function refuseOtherMap(spec: MapSpec, map: AnyMap | undefined): void {
  if (map === undefined) return; // refused where the program refers to it
  for (const part of ['type', 'keySize', 'valueSize', 'maxEntries', 'flags'] as const) {
    const [wanted, found] = [spec[part] ?? 0, map.spec[part] ?? 0];
    if (wanted === found) continue;
    throw new BpfError('range', `expected map '${spec.name}' with ${part} ${wanted}, found ${found}`);
  }
}

/**
 * Makes a program ready to run that nothing has verified: every access is checked when it is made, and its instructions
 * are counted, on each engine alike. What fails is a trap in the outcome of `Filter.execute`.
 * @throws BpfError as `load`, and 'encoding' when the instructions make no program
 */
export function loadUnchecked(program: Program, environment: Environment, options: LoadOptions = {}): Filter {
  expectInstance(program, Program);
  expectEnvironment(environment);
  checkOptions(options);
  const checked = { ...options, budget: options.budget ?? defaultBudget, checked: true };
  return new Filter(executable(program, environment, checked), environment.result.bits);
}

export interface LoadClassicOptions extends ClassicEngineOptions {
  /** `classic`, the default, is the classic machine itself; `javascript` generates code. */
  readonly engine?: 'classic' | 'javascript' | undefined;
}

/**
 * Makes a classic program ready to run as it is, without translation; what would be wrong in it is a trap.
 * @throws BpfError 'unavailable' where no code may be generated
 */
export function loadClassic(program: ClassicProgram, options: LoadClassicOptions = {}): Filter {
  expectInstance(program, ClassicProgram);
  expectObject(options, 'the options');
  const { engine = 'classic', environment = 'packet', budget } = options;
  expectWord(environment, ['packet', 'seccomp'], 'the environment');
  checkBudget(budget);
  const make =
    expectWord(engine, ['classic', 'javascript'], 'the engine') === 'javascript' ? javascriptEngine : classicEngine;
  return new Filter(make(program, options), 32);
}

function checkOptions(options: LoadOptions): void {
  expectObject(options, 'the options');
  checkBudget(options.budget);
  if (options.maps === undefined) return;
  expectArray(options.maps, 'maps');
  for (const map of options.maps) {
    if (map === undefined || isMap(map)) continue;
    throw new BpfError('usage', `expected maps of the classes for their types, such as BpfMap, got ${kindOf(map)}`);
  }
}

function checkBudget(budget: number | undefined): void {
  if (budget === undefined || (Number.isSafeInteger(budget) && budget > 0)) return;
  throw new BpfError('range', `expected a budget of instructions from 1 up, got ${String(budget)}`);
}

type EngineOptions = LoadOptions & Proof & { readonly verified?: VerifiedProgram | undefined };

/** Machine code of the lowered program, and of its other shapes where they differ; undefined where it can't be lowered. */
function lowered(environment: Environment, options: EngineOptions): Executable | undefined {
  const { verified } = options;
  if (verified === undefined) return undefined;
  const first = optimize(verified);
  if (first.reason !== undefined) return undefined;
  const make = (shape: LoweredProgram) =>
    [shape, environment, { ...options, facts: shape.facts, contextLoads: shape.contextLoads }] as const;
  return new Choosing(make(first), () => {
    const { jumps, lanes } = otherShapes(verified);
    const others = jumps.reason !== undefined || areEqual(first, jumps) ? [] : [new Native(...make(jumps))];
    return lanes.reason === undefined ? [...others, ...ofSeveral(new Native(...make(lanes)))] : others;
  });
}

/** Machine code that takes several packets at a time; none where it turned out not to. */
function ofSeveral(native: Native): readonly Native[] {
  if (native.lanes > 1) return [native];
  native.close();
  return [];
}

function areEqual(one: LoweredProgram, other: LoweredProgram): boolean {
  return one.insns.length === other.insns.length && Buffer.compare(encode(one.insns), encode(other.insns)) === 0;
}

function executable(program: Program, environment: Environment, options: EngineOptions): Executable {
  const engine = engineFor(options);
  switch (engine) {
    case 'interpreter':
      return new Interpreter(program, environment, options);
    case 'jit': {
      const make = () => lowered(environment, options);
      if (options.optimize === true) return make() ?? new Native(program, environment, options);
      return options.verified === undefined
        ? new Native(program, environment, options)
        : new Tiered([program, environment, options], make);
    }
    case 'kernel':
      return kernelEngine(program, environment);
    default:
      throw new BpfError('usage', `expected engine 'auto', 'jit', 'interpreter' or 'kernel', got '${String(engine)}'`);
  }
}

function engineFor({ engine = 'auto' }: LoadOptions): Exclude<LoadOptions['engine'], 'auto' | undefined> {
  if (engine !== 'auto') return engine;
  return nativeMissing() === undefined ? 'jit' : 'interpreter';
}
