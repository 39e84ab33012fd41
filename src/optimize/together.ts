// Several verified programs to one lowered program, whose result has a bit for each of them: what they load and ask alike is done once,
// and eight packets go at a time.
//
//   programs ─ lift ▸ decisions ─ emit ▸ instructions of each, one behind the other; r2 gathers their bits

import type { LoweredInsn, Register } from '../ebpf/insn.js';
import type { Environment } from '../env/environment.js';
import type { VerifiedProgram } from '../verify/verify.js';
import { type Decision, mappedResults, resultsOf } from './decision.js';
import { emit } from './emit.js';
import { comparisonsATable, Lifting, operationsAJump } from './optimize.js';
import { Plans } from './plans.js';
import { switchesOf } from './switches.js';
import type { Table } from './table.js';
import { Unsuited } from './unsuited.js';

/** How many programs become one; the bit behind theirs is for packets of which nothing is said. */
export const mostTogether = 31;
export const unsaidBit = mostTogether;
/** The result of a packet so near the end of the buffer that not all bytes can be read: the programs have to be asked one by one. */
export const unsaid = 2 ** unsaidBit;

const gathered: Register = 2;
const pool: readonly Register[] = [0, 3, 4, 5, 7, 8, 9, 6, 1];

/** Programs that have become one, made by `together` alone. */
export class JoinedProgram {
  readonly insns: readonly LoweredInsn[];
  readonly tables: readonly Table[];
  readonly maps = [];
  readonly shape = 'lanes';
  readonly environment: Environment;
  /** What each program returns where it doesn't return 0: its bit is then set, the lowest that of the first. */
  readonly results: readonly number[];

  private constructor(programs: readonly VerifiedProgram[]) {
    const plans = new Plans(switchesOf(), comparisonsATable.lanes);
    const parts = programs.map((program, i) => partOf(program, 2 ** i, plans));
    const room = Math.max(1, ...parts.map((part) => part.room));
    this.insns = joined(
      parts.map(({ insns }) => insns),
      room,
    );
    this.tables = plans.tables;
    this.environment = programs[0]!.environment;
    this.results = parts.map(({ result }) => result);
    Object.freeze(this);
  }

  /** Use `together`. */
  static of(programs: readonly VerifiedProgram[]): JoinedProgram {
    return new JoinedProgram(programs);
  }
}

/** Whether a program can become a part of a `JoinedProgram`. */
export function isJoinable(program: VerifiedProgram): boolean {
  try {
    partOf(program, 1, new Plans(switchesOf(), comparisonsATable.lanes));
    return true;
  } catch (error) {
    if (error instanceof Unsuited) return false;
    throw error;
  }
}

/** @param programs from 1 to `mostTogether`, all of one environment, of each of which `isJoinable` holds */
export function together(programs: readonly VerifiedProgram[]): JoinedProgram {
  return JoinedProgram.of(programs);
}

interface Part {
  /** Leave a number in r0. */
  readonly insns: readonly LoweredInsn[];
  readonly room: number;
  readonly result: number;
}

/** A program that returns `bit` where it returned another number than 0. @throws Unsuited */
function partOf(program: VerifiedProgram, bit: number, plans: Plans): Part {
  const lifting = new Lifting(program, switchesOf());
  const { decision } = lifting.decided();
  const result = onlyResult(decision);
  const [zero, one] = [0, bit].map((number) => lifting.values.number(number));
  const marked = mappedResults(decision, (value) => (value.kind === 'number' && value.number === 0 ? zero! : one!));
  const emitted = emit(marked, plans, { pool, jump: operationsAJump.lanes });
  if (emitted.readsArguments) throw new Unsuited('it reads the context');
  if (emitted.jumps > 0) throw new Unsuited('it takes jumps');
  return { insns: emitted.insns.slice(0, -1), room: emitted.room, result };
}

/** The number beside 0 that a program returns, where it is one; 0 where it returns nothing else. */
function onlyResult(decision: Decision): number {
  const numbers = resultsOf(decision).map((value) => {
    if (value.kind !== 'number') throw new Unsuited('its result is computed');
    return value.number;
  });
  const others = [...new Set(numbers)].filter((number) => number !== 0);
  if (others.length > 1) throw new Unsuited('it has several results');
  return others[0] ?? 0;
}

function joined(parts: readonly (readonly LoweredInsn[])[], room: number): LoweredInsn[] {
  const gather: LoweredInsn = { kind: 'alu', op: 'or', width: 32, dst: gathered, src: { reg: 0 } };
  const body: LoweredInsn[] = [
    number(gathered, 0),
    ...parts.flatMap((insns) => [...insns, gather]),
    { kind: 'alu', op: 'mov', width: 32, dst: 0, src: { reg: gathered } },
    exit,
  ];
  return [{ kind: 'guard', bytes: room, off: body.length }, ...body, number(0, unsaid | 0), exit];
}

const exit: LoweredInsn = { kind: 'exit', off: 0 };

function number(dst: Register, imm: number): LoweredInsn {
  return { kind: 'alu', op: 'mov', width: 32, dst, src: { imm } };
}
