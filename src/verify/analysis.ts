// What one verification works with: the program and what is known of its shape, the paths still to be walked, the states
// that were stored, and what has been found out.

import type { Scalar } from '../abstract/scalar.js';
import * as scalar from '../abstract/scalar.js';
import type { Insn } from '../ebpf/insn.js';
import type { Program } from '../ebpf/program.js';
import type { Environment } from '../env/environment.js';
import { facts } from './facts.js';
import type { Graph } from './graph.js';
import { livenessOf } from './liveness.js';
import { Log, type LogLevel } from './log.js';
import { refuse } from './refusal.js';
import type { State } from './state.js';
import { Trace } from './trace.js';
import { constant, type Kind, type Value } from './value.js';

/** How many instructions are explored before a program is refused as too complex; Linux's figure. */
export const processedLimit = 1_000_000;
/** How many branches may wait to be explored; Linux's figure. */
const pendingLimit = 8192;

/** How the rules are applied. */
export interface Rules {
  /** The program's licence is compatible with the GPL. */
  readonly isGpl: boolean;
  /** Type information describes the program's functions, so that helpers may call them. */
  readonly functionTypes: boolean;
  /** The program may sleep. */
  readonly maySleep: boolean;
  /** Every access must be aligned, as on processors that can't do others. */
  readonly strictAlignment: boolean;
  /** Loops may have no proved end: their rounds are made alike. */
  readonly widenLoops: boolean;
  /** How much of the walk is written down. */
  readonly log: LogLevel;
  /** A state is stored wherever paths meet, as Linux's own tests ask for. */
  readonly storeAlways: boolean;
  /** What is known at each instruction is kept. */
  readonly ranges: boolean;
}

/** What is analysed. */
interface Given {
  readonly program: Program;
  readonly insns: readonly Insn[];
  readonly graph: Graph;
}

export class Analysis {
  readonly program: Program;
  readonly insns: readonly Insn[];
  readonly environment: Environment;
  readonly rules: Rules;
  readonly graph: Graph;
  readonly log: Log;
  /** All that is explored, where it is to be kept. */
  readonly trace: Trace | undefined;
  /** Registers that matter before each instruction. */
  readonly live: Uint16Array;
  /** Registers that each instruction has to do with. */
  readonly touched: Uint16Array;
  /** 1 for each call of a helper that calls back. */
  readonly callsBack: Uint8Array;
  /** Stored states, by the slot that they are at; at most slots there are none. */
  readonly #stored: (State[] | undefined)[];
  readonly #pending: State[] = [];
  readonly #seen: Uint8Array;
  readonly #divisorMayBeZero: Uint8Array;
  /** Of each conditional jump: 1 if it can be taken, 2 if it can fall through. */
  readonly #outcomes: Uint8Array;
  /** The constants of instructions, as values. */
  readonly #constants: (Value | undefined)[];

  /** Of each load and store: through what kind of address it went first. */
  readonly #addressKinds: (Kind | undefined)[];
  /** Of each function, by its first slot: how many bytes of its stack are touched. */
  readonly #depths: Uint16Array;
  /** The path that is walked. */
  current: State | undefined;
  /** How many bytes of the context are reached, on any path. */
  contextBytes = 0;
  /** The slots of loads from the context, on any path. */
  readonly contextLoads = new Set<number>();
  /** What r0 can be at the end, over all paths; undefined where an address may be left in it. */
  result: Scalar | undefined;
  /** How many instructions were explored. */
  processed = 0;
  /** How many jumps were explored. */
  jumps = 0;
  /** How many states were stored at the most. */
  peakStates = 0;
  #states = 0;
  /** What was explored when the last state was stored. */
  #atStore = { jumps: 0, insns: 0 };
  #lastId = 0;

  constructor({ program, insns, graph }: Given, environment: Environment, rules: Rules) {
    this.rules = rules;
    this.log = new Log(rules.log);
    this.trace = rules.ranges ? new Trace() : undefined;
    this.program = program;
    this.insns = insns;
    this.environment = environment;
    this.graph = graph;
    const { live, touched } = livenessOf(insns, environment, graph.flow);
    this.live = live;
    this.callsBack = new Uint8Array(program.length);
    if (graph.hasCalls) this.#markCallbacks();
    this.touched = touched;
    this.#stored = new Array<State[] | undefined>(program.length);
    this.#seen = new Uint8Array(program.length);
    this.#divisorMayBeZero = new Uint8Array(program.length);
    this.#addressKinds = new Array<Kind | undefined>(program.length);
    this.#constants = new Array<Value | undefined>(program.length);
    this.#outcomes = new Uint8Array(program.length);
    this.#depths = new Uint16Array(program.length);
  }

  #markCallbacks(): void {
    for (let pc = 0; pc < this.insns.length; pc++) {
      if (callsBack(this.insns[pc]!, this.environment)) this.callsBack[pc] = 1;
    }
    markRounds(this.graph, this.callsBack);
  }

  /** Whether what is known of all registers is shown or kept, and not only used. */
  get isWatched(): boolean {
    return this.rules.log > 0 || this.trace !== undefined;
  }

  /** The states that were stored at a slot; more can be added. */
  storedAt(pc: number): State[] {
    const known = this.#stored[pc] ?? [];
    this.#stored[pc] = known;
    return known;
  }

  /** Whether as much was explored since the last state was stored. */
  hasGone({ jumps, insns }: { jumps: number; insns: number }): boolean {
    return this.jumps - this.#atStore.jumps >= jumps && this.processed - this.#atStore.insns >= insns;
  }

  hasStored(): void {
    this.#atStore = { jumps: this.jumps, insns: this.processed };
    this.#states++;
    this.peakStates = Math.max(this.peakStates, this.#states);
  }

  hasGivenUp(): void {
    this.#states--;
  }

  /** The constant of the instruction at a slot, as 64 bits; it is made once. */
  constant(pc: number, imm: number): Value {
    const known = this.#constants[pc] ?? constant(imm);
    this.#constants[pc] = known;
    return known;
  }

  /** A number that no other value is linked by. */
  newId(): number {
    return ++this.#lastId;
  }

  /** Keeps a path for later. */
  push(state: State): void {
    if (state.parent !== undefined) state.parent.branches++;
    if (this.#pending.length >= pendingLimit) {
      refuse(`more than ${pendingLimit} branches wait to be explored: the program is too complex`);
    }
    this.#pending.push(state);
  }

  pop(): State | undefined {
    return this.#pending.pop();
  }

  /** Notes that a function's stack is accessed `depth` bytes below its frame pointer. */
  touch(entry: number, depth: number): void {
    if (depth > this.depth(entry)) this.#depths[entry] = depth;
  }

  depth(entry: number): number {
    return this.#depths[entry]!;
  }

  /** The kind of address that an instruction went through before; the present one is kept if it is the first. */
  firstKind(pc: number, kind: Kind): Kind {
    const first = this.#addressKinds[pc] ?? kind;
    this.#addressKinds[pc] = first;
    return first;
  }

  /** Notes that an instruction was reached. */
  see(pc: number): void {
    this.#seen[pc] = 1;
  }

  /** Notes that a path reaches so many bytes of the context. */
  reachContext(bytes: number): void {
    this.contextBytes = Math.max(this.contextBytes, bytes);
  }

  /** Notes what r0 is at the end of a path. */
  seeResult(result: Scalar): void {
    if (this.result === undefined) this.result = result;
    else if (!scalar.includes(this.result, result)) this.result = scalar.union(this.result, result);
  }

  /** Notes that a divisor may be 0 on some path. */
  seeZeroDivisor(pc: number): void {
    this.#divisorMayBeZero[pc] = 1;
  }

  /** Notes that a jump was found to be taken, or not, on some path. */
  seeOutcome(pc: number, taken: boolean): void {
    this.#outcomes[pc]! |= taken ? 1 : 2;
  }

  /** A byte for each slot, when all paths have been walked. */
  facts(): Uint8Array {
    const result = new Uint8Array(this.insns.length);
    for (let pc = 0; pc < result.length; pc++) {
      const insn = this.insns[pc]!;
      if (insn.kind === 'wide-end') continue;
      if (this.#seen[pc] === 0) result[pc] = facts.unreachable;
      else result[pc] = this.#factsOf(insn, pc);
    }
    return result;
  }

  #factsOf(insn: Insn, pc: number): number {
    switch (insn.kind) {
      case 'load':
      case 'store':
      case 'atomic':
      case 'load-acquire':
      case 'store-release':
        return facts.inBounds;
      case 'alu':
        return 'reg' in insn.src && isDivision(insn.op) && this.#divisorMayBeZero[pc] === 0 ? facts.divisorNotZero : 0;
      case 'jump':
        return [0, facts.alwaysTaken, facts.neverTaken, 0][this.#outcomes[pc]!]!;
      default:
        return 0;
    }
  }
}

function callsBack(insn: Insn, { helpers }: Environment): boolean {
  return insn.kind === 'call-helper' && helpers.get(insn.helper)?.traits.callsBack !== undefined;
}

/** After each round a path comes back to the call. */
function markRounds({ meetings, entries }: Graph, callsBack: Uint8Array): void {
  for (let pc = callsBack.indexOf(1); pc >= 0; pc = callsBack.indexOf(1, pc + 1)) {
    meetings[pc] = 1;
    entries[pc] = 1;
  }
}

export function isDivision(op: string): boolean {
  return op === 'div' || op === 'mod' || op === 'sdiv' || op === 'smod';
}
