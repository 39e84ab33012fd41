// The classic machine itself, with Linux's semantics: the oracle of classic programs. It is plain and checks every step, so
// that it can run a program that nothing has checked: what Linux would have refused ends in a trap.
//
// A, X and the cells start as 0. A packet load beyond the packet and a division by X = 0 end the program with 0; that is
// no trap. An amount to shift by is taken modulo 32.

import { payloadOffset } from './dissect.js';
import type { ClassicOperand, ClassicRegister, ClassicSize, Operation } from './insn.js';
import { findAttribute, findNestedAttribute } from './netlink.js';
import { loadPacket, type Metadata, metadataOf } from './packet.js';
import type { ClassicProgram } from './program.js';
import { type AluName, alu, cellCount, type ExtensionName, jump } from './rows.js';

/** How many instructions a program with a loop may execute, compared where it jumps backwards. */
export const defaultBudget = 1_000_000;

export interface ClassicPacket {
  /** The captured bytes, from the first byte of the link header. */
  readonly data: Uint8Array;
  /** The packet's length on the wire; by default that of `data`. */
  readonly length?: number;
  /** What else is known of the packet; by default the protocol of its Ethernet header, and 0. */
  readonly metadata?: Partial<Metadata>;
}

export interface ClassicTrap {
  readonly code: 'budget' | 'bad-instruction' | 'out-of-bounds';
  /** Index of the instruction that could not be carried out. */
  readonly pc: number;
}

export interface ClassicOutcome {
  /** The verdict, 0 to 2^32-1; 0 after a trap. */
  readonly result: number;
  readonly trap?: ClassicTrap;
}

/** What a program is run on: a packet, or a system call. */
interface Input {
  readonly length: number;
  /** undefined: beyond the end */
  load(offset: number, size: ClassicSize): number | undefined;
  extension(name: ExtensionName, a: number, x: number): number;
}

/** Is told of a run while it goes on. */
export interface Observer {
  /** Before an instruction is carried out: its index, and the registers that it finds. */
  step(pc: number, registers: { readonly a: number; readonly x: number }): void;
  /** A load from the packet; undefined: beyond its end, which ends the program. */
  load(offset: number, size: ClassicSize, found: number | undefined): void;
}

/** The verdict on a packet: how many of its bytes to keep. A program that traps keeps none. */
export function runClassic(program: ClassicProgram, packet: ClassicPacket): number {
  return executeClassic(program, packet).result;
}

/** One run on a packet, with all that can be said of it. */
export function executeClassic(program: ClassicProgram, packet: ClassicPacket, budget = defaultBudget): ClassicOutcome {
  return execute(program, packetInput(packet), budget);
}

/** The same, with somebody watching. */
export function watchClassic(program: ClassicProgram, packet: ClassicPacket, observer: Observer): ClassicOutcome {
  const input = packetInput(packet);
  const load = (offset: number, size: ClassicSize) => {
    const found = input.load(offset, size);
    observer.load(offset, size, found);
    return found;
  };
  return execute(program, { ...input, load }, defaultBudget, observer);
}

/**
 * One run of a seccomp filter.
 * @param data `struct seccomp_data`: 64 bytes, whose words are in the machine's order, little-endian
 */
export function executeSeccomp(program: ClassicProgram, data: Uint8Array, budget = defaultBudget): ClassicOutcome {
  return execute(program, seccompInput(data), budget);
}

function execute(program: ClassicProgram, input: Input, budget: number, observer?: Observer): ClassicOutcome {
  const machine = new Machine(input);
  let executed = 0;
  for (let pc = 0; ; ) {
    const op = program.operations[pc];
    if (op === undefined) return trap('bad-instruction', pc);
    executed++;
    observer?.step(pc, machine.registers);
    const next = op.kind === 'goto' && op.off < 0 && executed > budget ? trap('budget', pc) : machine.step(op, pc);
    if (typeof next === 'object') return next;
    pc += 1 + next;
  }
}

/** How many instructions an instruction goes over, or how the run ends there. */
type Next = number | ClassicOutcome;

/** The registers and cells of one run. */
class Machine {
  readonly #input: Input;
  readonly #cells = new Uint32Array(cellCount);
  readonly registers = { a: 0, x: 0 };

  constructor(input: Input) {
    this.#input = input;
  }

  step(op: Operation, pc: number): Next {
    const { a, x } = this.registers;
    switch (op.kind) {
      case 'constant':
        return this.#set(op.to, op.value);
      case 'length':
        return this.#set(op.to, this.#input.length);
      case 'load-cell':
        return op.cell < cellCount ? this.#set(op.to, this.#cells[op.cell]!) : trap('out-of-bounds', pc);
      case 'store-cell':
        return op.cell < cellCount ? this.#store(op.cell, this.registers[op.from]) : trap('out-of-bounds', pc);
      case 'packet':
        return this.#load('a', this.#input.load(op.indexed ? (x + op.k) >>> 0 : op.k, op.size));
      case 'header-length':
        return this.#load('x', headerLength(this.#input.load(op.k, 1)));
      case 'extension':
        return this.#set('a', this.#input.extension(op.name, a, x));
      case 'alu':
        return this.#load('a', calculated(op.op, a, this.#value(op.operand)));
      case 'neg':
        return this.#set('a', -a >>> 0);
      case 'jump':
        return jump[op.op].eval(a, this.#value(op.operand)) ? op.jt : op.jf;
      case 'goto':
        return op.off;
      case 'return':
        return { result: op.value === 'a' ? a : op.value.k };
      case 'tax':
        return this.#set('x', a);
      case 'txa':
        return this.#set('a', x);
    }
  }

  #value(operand: ClassicOperand): number {
    return operand === 'x' ? this.registers.x : operand.k;
  }

  #set(register: ClassicRegister, value: number): Next {
    this.registers[register] = value;
    return 0;
  }

  /** Sets a register to what there may not be; the program ends with 0 then. */
  #load(register: ClassicRegister, value: number | undefined): Next {
    return value === undefined ? { result: 0 } : this.#set(register, value);
  }

  #store(cell: number, value: number): Next {
    this.#cells[cell] = value;
    return 0;
  }
}

/** Four times the low half of the byte at which an IPv4 header begins. */
function headerLength(byte: number | undefined): number | undefined {
  return byte === undefined ? undefined : (byte & 0xf) * 4;
}

/** undefined: a division by 0. */
function calculated(op: AluName, a: number, b: number): number | undefined {
  if (alu[op].operand === 'divisor' && b === 0) return undefined;
  return alu[op].eval(a, b) >>> 0;
}

function trap(code: ClassicTrap['code'], pc: number): ClassicOutcome {
  return { result: 0, trap: { code, pc } };
}

function packetInput({ data, length = data.length, metadata }: ClassicPacket): Input {
  return {
    length,
    load: (offset, size) => loadPacket(data, offset, size),
    extension: (name, a, x) => extensionOf(name, { data, a, x, metadata: { ...metadataOf(data), ...metadata } }),
  };
}

/** What the value of an extension may depend on; `a` and `x` are the registers. */
export interface ExtensionInput {
  readonly data: Uint8Array;
  readonly a: number;
  readonly x: number;
  readonly metadata: Metadata;
}

/** What Linux knows of a packet, 0 to 2^32-1. */
export function extensionOf(name: ExtensionName, { data, a, x, metadata }: ExtensionInput): number {
  switch (name) {
    case 'nlattr':
      return findAttribute(data, a, x);
    case 'nlattrNest':
      return findNestedAttribute(data, a, x);
    case 'xorX':
      return (a ^ x) >>> 0;
    case 'payloadOffset':
      return payloadOffset(data);
    case 'random':
      return Math.floor(Math.random() * 0x1_0000_0000);
    case 'protocol':
    case 'type':
    case 'ifindex':
    case 'mark':
    case 'queue':
    case 'hatype':
    case 'rxhash':
    case 'cpu':
    case 'vlanTci':
    case 'vlanPresent':
    case 'vlanTpid':
      return metadata[name];
  }
}

function seccompInput(data: Uint8Array): Input {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return {
    length: data.length,
    load: (offset, size) => (size === 4 && offset + 4 <= data.length ? view.getUint32(offset, true) : undefined),
    extension: () => 0, // none has an offset that a seccomp filter may load from
  };
}
