// A program to what it decides: every path is followed with expressions for numbers, and what lies behind a meeting of paths
// is followed once for each set of values that it still reads. Programs that do more than compute, or loop, stay as they are.

import { packetByte } from '../classic/packet.js';
import type { Insn, InsnOf } from '../ebpf/insn.js';
import { readSet, written } from '../ebpf/registers.js';
import { target } from '../ebpf/structure.js';
import type { Environment } from '../env/environment.js';
import { always, type Condition, never, not, test } from './condition.js';
import { choose, type Decision } from './decision.js';
import { after, type Machine, type Memory, operandOf, registerOf, start } from './machine.js';
import { numbersOf } from './relation.js';
import { Unsuited } from './unsuited.js';
import type { Value, Values } from './value.js';

/**
 * More steps than this many for each instruction, or more paths into one another, and the program stays as it is. The second keeps the
 * stack of JavaScript to a half, also where V8 has not compiled anything yet.
 */
const mostVisits = 4;
const mostDepth = 1000;

/** The most bytes of a packet that code without checks reads: packets that are shorter take the other way. */
export const mostRoom = 512;

export interface LiftOptions {
  /** Whether packets have all bytes that the program may read, so that no load fails; else that is asked of each load. */
  readonly isWhole: boolean;
}

export interface Lifted {
  readonly decision: Decision;
  /** How many bytes the packet must have, so that no load fails on any path; only of those whose loads aren't asked for. */
  readonly bytes: number;
}

/** @throws Unsuited where the program does what no decision can say */
export function lift(insns: readonly Insn[], environment: Environment, values: Values, options: LiftOptions): Lifted {
  const lift = new Lift(insns, environment, values, options);
  const decision = lift.from(0, start(values), 0);
  return { decision, bytes: lift.bytes };
}

class Lift {
  bytes = 0;
  readonly #insns: readonly Insn[];
  readonly #environment: Environment;
  readonly #values: Values;
  readonly #memory: Memory;
  readonly #isWhole: boolean;
  readonly #live: Uint16Array;
  readonly #captured: Float64Array;
  readonly #meets: Uint8Array;
  readonly #found = new Map<string, Decision>();
  readonly #rejected: Decision;
  #visits: number;

  constructor(insns: readonly Insn[], environment: Environment, values: Values, { isWhole }: LiftOptions) {
    this.#isWhole = isWhole;
    this.#insns = insns;
    this.#environment = environment;
    this.#values = values;
    this.#memory = { bytes: knownBytes(environment) };
    this.#live = liveBefore(insns);
    this.#captured = new Float64Array(insns.length).fill(Number.POSITIVE_INFINITY);
    this.#meets = new Uint8Array(insns.length);
    this.#rejected = { kind: 'result', value: values.number(0) };
    this.#visits = mostVisits * insns.length + 64;
    this.#survey();
  }

  /** What the program decides from an instruction on. */
  from(pc: number, machine: Machine, depth: number): Decision {
    if (this.#meets[pc] === 0) return this.#follow(pc, machine, depth);
    const key = this.#key(pc, machine);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const decision = this.#follow(pc, machine, depth);
    this.#found.set(key, decision);
    return decision;
  }

  #follow(first: number, begun: Machine, depth: number): Decision {
    if (depth > mostDepth) throw new Unsuited('the program is too deep');
    let machine = begun;
    for (let pc = first; ; pc++) {
      if (--this.#visits < 0) throw new Unsuited('the program has too many paths');
      if (pc > first && this.#meets[pc] === 1) return this.from(pc, machine, depth + 1);
      const insn = this.#insns[pc]!;
      switch (insn.kind) {
        case 'exit':
          return { kind: 'result', value: registerOf(machine, 0) };
        case 'goto':
          return this.from(pc + 1 + insn.off, machine, depth + 1);
        case 'jump':
          return this.#branch(pc, insn, machine, depth);
        case 'packet':
          return this.#packet(pc, insn, machine, depth);
        default:
          machine = after(machine, insn, this.#values, this.#memory);
      }
    }
  }

  #branch(pc: number, insn: InsnOf<'jump'>, machine: Machine, depth: number): Decision {
    const condition = this.#condition(insn, machine);
    if (condition.kind === 'constant')
      return this.from(condition.holds ? pc + 1 + insn.off : pc + 1, machine, depth + 1);
    const no = this.from(pc + 1, machine, depth + 1);
    const yes = this.from(pc + 1 + insn.off, machine, depth + 1);
    return choose(condition, yes, no);
  }

  #condition({ op, width, dst, src }: InsnOf<'jump'>, machine: Machine): Condition {
    const a = registerOf(machine, dst);
    const b = operandOf(machine, src, width, this.#values);
    const numbers = numbersOf(op, width, a, b);
    if (numbers !== undefined)
      return numbers.negated ? not(test(numbers.value, numbers.numbers)) : test(numbers.value, numbers.numbers);
    if (op === 'set' && width === 32) return not(test(this.#values.alu('and', 32, a, b), [0, 0]));
    return { kind: 'compare', op, width, a, b, negated: false };
  }

  #packet(pc: number, insn: InsnOf<'packet'>, machine: Machine, depth: number): Decision {
    const { value, isThere } = this.#load(pc, insn, machine);
    if (isThere === never) return this.#rejected;
    const registers = machine.registers.map((known, register) => (register >= 1 && register <= 5 ? undefined : known));
    registers[0] = value;
    return choose(isThere, this.from(pc + 1, { ...machine, registers }, depth + 1), this.#rejected);
  }

  #load(pc: number, { size, src, imm }: InsnOf<'packet'>, machine: Machine): { value?: Value; isThere: Condition } {
    const values = this.#values;
    const index = src === undefined ? values.number(0) : registerOf(machine, src);
    const isFixed = index.kind === 'number';
    const offset = packetByte(isFixed ? (index.number + imm) >>> 0 : imm, this.#environment.networkHeader);
    if (offset === undefined && isFixed) return { isThere: never };
    const end = (offset ?? mostRoom) + size;
    if (end + (isFixed ? 0 : index.most) > mostRoom) throw new Unsuited('a packet is read far behind its start');
    if (this.#isWhole) this.bytes = Math.max(this.bytes, end + (isFixed ? 0 : index.most));
    if (!isFixed && imm < 0) throw new Unsuited('a packet is read before its start');
    if (isFixed) {
      const isKnown = this.#isWhole || end <= this.#captured[pc]!;
      const isThere = isKnown ? always : test(values.captured(), [end, 0x7fff_ffff]);
      return { value: values.packet(size, offset!), isThere };
    }
    // less than 2^31 where the index is not beyond the packet
    if (this.#isWhole) return { value: values.packet(size, offset!, index), isThere: always };
    const rest = values.alu('sub', 32, values.captured(), index);
    return { value: values.packet(size, offset!, index), isThere: test(rest, [end, 0x7fff_ffff]) };
  }

  /** What is read from here on, as a name. */
  #key(pc: number, { registers, cells }: Machine): string {
    let key = `${pc}`;
    for (let register = 0; register < 10; register++) {
      if ((this.#live[pc]! >> register) & 1) key += `,${registers[register]?.id}`;
    }
    for (const [at, { value, size }] of cells) key += `;${at}:${size}:${value.id}`;
    return key;
  }

  /** Where paths meet, and how many bytes of the packet are there on all of them. */
  #survey(): void {
    const captured = this.#captured;
    const entered = new Uint8Array(this.#insns.length);
    captured[0] = 0;
    const enter = (pc: number, known: number) => {
      captured[pc] = Math.min(captured[pc]!, known);
      if (entered[pc] === 1) this.#meets[pc] = 1;
      entered[pc] = 1;
    };
    for (const [pc, insn] of this.#insns.entries()) {
      // also where no path comes to it: the copy for short packets is the whole program
      if (insn.kind === 'call-local') throw new Unsuited('the program calls functions of its own');
      const to = target(insn, pc);
      if (to !== undefined && to <= pc) throw new Unsuited('the program loops');
      const known = Math.max(captured[pc]!, checkedBytes(insn, this.#environment));
      if (to !== undefined) enter(to, known);
      if (insn.kind !== 'goto' && insn.kind !== 'exit' && pc + 1 < this.#insns.length) enter(pc + 1, known);
    }
  }
}

/** Of the input of r1, whatever its length. */
function knownBytes({ arguments: given, fields, dataSize }: Environment): number {
  if (given[0] === 'data') return dataSize;
  const isPlain = fields.every(({ yields }) => yields === 'scalar');
  return isPlain ? Math.max(0, ...fields.map(({ offset, size }) => offset + size)) : 0;
}

/** How many bytes a packet has once an instruction has read it. */
function checkedBytes(insn: Insn, { networkHeader }: Environment): number {
  if (insn.kind !== 'packet' || insn.src !== undefined) return 0;
  const offset = packetByte(insn.imm >>> 0, networkHeader);
  return offset === undefined ? 0 : offset + insn.size;
}

/** For each slot the registers that may still be read, as bits; a program without loops needs one pass. */
function liveBefore(insns: readonly Insn[]): Uint16Array {
  const live = new Uint16Array(insns.length + 1);
  for (let pc = insns.length - 1; pc >= 0; pc--) {
    const insn = insns[pc]!;
    const falls = insn.kind !== 'goto' && insn.kind !== 'exit';
    const to = target(insn, pc);
    let after = falls ? live[pc + 1]! : 0;
    if (to !== undefined && to > pc) after |= live[to]!;
    const register = written(insn);
    if (register !== undefined) after &= ~(1 << register);
    const context = insn.kind === 'packet' ? 1 << 6 : 0;
    live[pc] = after | (readSet(insn) & ~context);
  }
  return live;
}
