// Verified programs to lowered ones: faster, with the same results. What can't be said as a decision stays as it is.
//
//   program ─ lift ▸ decision ─ assume ▸ decision ─ emit ▸ instructions, with the program itself behind a guard
//
// A packet of which fewer bytes can be read than the instructions read takes the program as it was: the checked copy.

import type { Insn, LoweredInsn, Register } from '../ebpf/insn.js';
import type { MapSpec } from '../ebpf/map.js';
import { written } from '../ebpf/registers.js';
import type { Environment } from '../env/environment.js';
import type { VerifiedProgram } from '../verify/verify.js';
import { assume, nothing } from './assume.js';
import { mapped } from './decision.js';
import { type Emitted, emit } from './emit.js';
import { forUsualLengths } from './length.js';
import { type Lifted, lift } from './lift.js';
import { Plans } from './plans.js';
import { type PassName, type Switches, switchesOf } from './switches.js';
import type { Table } from './table.js';
import { Unsuited } from './unsuited.js';
import { Values } from './value.js';

/** A program for the loader of machine code, made by `optimize` alone. */
export class LoweredProgram {
  readonly insns: readonly LoweredInsn[];
  readonly tables: readonly Table[];
  readonly maps: readonly MapSpec[];
  /** What was proved of each instruction (src/verify/facts.ts), a byte a slot: of the copy what was proved of the program. */
  readonly facts: Uint8Array;
  /** Slots of the loads from the context. */
  readonly contextLoads: readonly number[];
  readonly environment: Environment;
  /** What it was made for. */
  readonly shape: Shape;
  /** Why the program stayed as it was; undefined where it was lowered. */
  readonly reason: string | undefined;
  readonly #made = true;

  private constructor(
    verified: VerifiedProgram,
    insns: readonly LoweredInsn[],
    tables: readonly Table[],
    shape: Shape,
    reason?: string,
  ) {
    this.insns = insns;
    this.tables = tables;
    this.maps = verified.program.maps;
    this.facts = new Uint8Array(insns.length);
    const { facts } = verified;
    const copy = hasCopy(insns) ? insns.length - facts.length : insns.length;
    if (hasCopy(insns)) this.facts.set(facts, copy);
    this.contextLoads = reason === undefined ? contextLoadsOf(verified, insns, copy) : verified.context.loads;
    this.environment = verified.environment;
    this.shape = shape;
    this.reason = reason;
    Object.freeze(this);
  }

  /** Whether a value was made by `optimize`, and not merely looks like it. */
  static is(value: unknown): value is LoweredProgram {
    return typeof value === 'object' && value !== null && #made in value && value.#made;
  }

  /** Use `optimize`. */
  static of(verified: VerifiedProgram, shape: Shape, lifting: Lifting): LoweredProgram {
    try {
      const { insns, tables } = lowered(lifting, shape);
      return new LoweredProgram(verified, insns, tables, shape);
    } catch (error) {
      if (!(error instanceof Unsuited)) throw error;
      return new LoweredProgram(verified, verified.program.insns, [], shape, error.message);
    }
  }
}

export interface OptimizeOptions {
  /** The passes that are made; default all. */
  readonly passes?: readonly PassName[] | undefined;
  /** What is cheap where it will run; default `numbers`. */
  readonly shape?: Shape | undefined;
}

/**
 * `numbers`: tests as numbers, few jumps, for packets that the processor can't foresee; `jumps`: for those that it can; `lanes`: no
 * jump but those to the checked copy, for machine code that takes several packets at a time.
 */
export type Shape = 'numbers' | 'jumps' | 'lanes';

/** The program made faster; its results are the same on every input. */
export function optimize(
  verified: VerifiedProgram,
  { passes, shape = 'numbers' }: OptimizeOptions = {},
): LoweredProgram {
  return LoweredProgram.of(verified, shape, new Lifting(verified, switchesOf(passes)));
}

/** The program in the two other shapes, which are wanted together: what they have in common is done once. */
export function otherShapes(verified: VerifiedProgram): Readonly<Record<'jumps' | 'lanes', LoweredProgram>> {
  const lifting = new Lifting(verified, switchesOf());
  return {
    jumps: LoweredProgram.of(verified, 'jumps', lifting),
    lanes: LoweredProgram.of(verified, 'lanes', lifting),
  };
}

/**
 * How many operations are done rather than jumped over: about what a jump costs that the processor foresaw wrongly, or rightly.
 */
export const operationsAJump: Readonly<Record<Shape, number>> = { numbers: 48, jumps: 4, lanes: 400 };
/** How many comparisons of one value are cheaper than a table: vectors compare eight at once, and look up one by one. */
export const comparisonsATable: Readonly<Record<Shape, number>> = { numbers: 3, jumps: 3, lanes: 24 };

interface Lowered {
  readonly insns: readonly LoweredInsn[];
  readonly tables: readonly Table[];
}

/** What a program decides, whatever its shape will be. */
export class Lifting {
  readonly insns: readonly Insn[];
  readonly environment: Environment;
  readonly switches: Switches;
  readonly values: Values;
  #decided: Lifted | undefined;

  constructor({ program, environment }: VerifiedProgram, switches: Switches) {
    this.insns = program.insns;
    this.environment = environment;
    this.switches = switches;
    this.values = new Values(switches.fold);
  }

  /** Of packets of any length. @throws Unsuited */
  decided(): Lifted {
    this.#decided ??= this.#lifted(false);
    return this.#decided;
  }

  /** Of packets that have all bytes that are read. @throws Unsuited */
  decidedOfWhole(): Lifted {
    return this.#lifted(true);
  }

  #lifted(isWhole: boolean): Lifted {
    const { decision, bytes } = lift(this.insns, this.environment, this.values, { isWhole });
    const { redundant } = this.switches;
    return { decision: redundant ? mapped(decision, (condition) => assume(condition, nothing)) : decision, bytes };
  }
}

/** Where asking each load whether its bytes are there is too much, the fast instructions are for packets that have them all. */
function lowered(lifting: Lifting, shape: Shape): Lowered {
  try {
    return loweredAs(lifting, shape, lifting.decided(), false);
  } catch (error) {
    const { environment, switches } = lifting;
    if (!(error instanceof Unsuited) || !environment.packetLoads || !switches.guard || shape === 'lanes') throw error;
    return loweredAs(lifting, shape, lifting.decidedOfWhole(), true);
  }
}

function loweredAs(lifting: Lifting, shape: Shape, { decision, bytes }: Lifted, isWhole: boolean): Lowered {
  const { insns, environment, switches, values } = lifting;
  const plans = new Plans(switches, comparisonsATable[shape]);
  // A lane that is too short takes all others along to the checked copy, so that lengths are part of the tests there.
  const assumed =
    switches.guard && shape !== 'lanes'
      ? forUsualLengths(decision, values.captured(), environment.networkHeader)
      : { decision, captured: 0 };
  const pool = poolOf(insns);
  const emitWith = (registers: readonly Register[]) =>
    emit(assumed.decision, plans, { pool: registers, jump: operationsAJump[shape] });
  let emitted = emitWith(shape === 'lanes' ? [...pool, 1, 2] : pool);
  if (shape === 'lanes' && emitted.readsArguments) emitted = emitWith(pool); // r1 and r2 hold them
  if (shape === 'lanes' && emitted.jumps > 0) throw new Unsuited('it takes jumps');
  const captured = isWhole ? bytes : assumed.captured;
  return { insns: guarded(emitted, captured, insns), tables: plans.tables };
}

/** Those of the fast instructions, which reach the context through r1 alone, and those of the copy. */
function contextLoadsOf({ context }: VerifiedProgram, insns: readonly LoweredInsn[], copy: number): readonly number[] {
  if (context.loads.length === 0) return [];
  const fast = insns.slice(0, copy).flatMap((insn, pc) => (insn.kind === 'load' && insn.src === 1 ? [pc] : []));
  return copy === insns.length ? fast : [...fast, ...context.loads.map((pc) => pc + copy)];
}

/** Whether the program as it was stands at the end. */
function hasCopy(insns: readonly LoweredInsn[]): boolean {
  return insns[0]?.kind === 'guard';
}

/** r0, then what the program uses anyway, so that its copy takes no further register; r1 may be an argument. */
function poolOf(insns: readonly Insn[]): readonly Register[] {
  let used = 0;
  for (const insn of insns) {
    if (insn.kind === 'alu' && insn.dst === 6) continue; // the context of packet loads, which machine code doesn't read
    const register = written(insn);
    if (register !== undefined) used |= 1 << register;
  }
  const order: readonly Register[] = [0, 3, 4, 5, 7, 8, 9, 6];
  return [
    ...order.filter((register) => (used >> register) & 1),
    ...order.filter((register) => !((used >> register) & 1)),
  ];
}

/** The fast instructions, and the program as it was for packets that are too short for them. */
function guarded({ insns, room }: Emitted, captured: number, original: readonly Insn[]): readonly LoweredInsn[] {
  if (room === 0 && captured === 0) return insns;
  const length: LoweredInsn[] =
    captured === 0
      ? []
      : [
          { kind: 'captured', dst: 0 },
          { kind: 'jump', op: 'lt', width: 32, dst: 0, src: { imm: captured }, off: insns.length },
        ];
  return [{ kind: 'guard', bytes: room, off: length.length + insns.length }, ...length, ...insns, ...original];
}
