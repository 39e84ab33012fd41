// The classic machine itself, with Linux's semantics: the oracle of classic programs. It is plain and checks every step, so
// that it can run a program that nothing has checked: what Linux would have refused ends in a trap.
//
// A, X and the cells start as 0. A packet load beyond the packet and a division by X = 0 end the program with 0; that is
// no trap. An amount to shift by is taken modulo 32.

import { payloadOffset } from './dissect.js';
import type { ClassicOperand, ClassicSize } from './insn.js';
import { findAttribute, findNestedAttribute } from './netlink.js';
import { loadPacket, type Metadata, metadataOf } from './packet.js';
import type { ClassicProgram } from './program.js';
import { alu, cellCount, type ExtensionName, jump } from './rows.js';

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

/** The verdict on a packet: how many of its bytes to keep. A program that traps keeps none. */
export function runClassic(program: ClassicProgram, packet: ClassicPacket): number {
  return executeClassic(program, packet).result;
}

/** One run on a packet, with all that can be said of it. */
export function executeClassic(program: ClassicProgram, packet: ClassicPacket, budget = defaultBudget): ClassicOutcome {
  return execute(program, packetInput(packet), budget);
}

/**
 * One run of a seccomp filter.
 * @param data `struct seccomp_data`: 64 bytes, whose words are in the machine's order, little-endian
 */
export function executeSeccomp(program: ClassicProgram, data: Uint8Array, budget = defaultBudget): ClassicOutcome {
  return execute(program, seccompInput(data), budget);
}

function execute(program: ClassicProgram, input: Input, budget: number): ClassicOutcome {
  const cells = new Uint32Array(cellCount);
  const registers = { a: 0, x: 0 };
  const value = (operand: ClassicOperand) => (operand === 'x' ? registers.x : operand.k);
  let executed = 0;
  for (let pc = 0; ; pc++) {
    const op = program.operations[pc];
    if (op === undefined) return trap('bad-instruction', pc);
    executed++;
    switch (op.kind) {
      case 'constant':
        registers[op.to] = op.value;
        break;
      case 'length':
        registers[op.to] = input.length;
        break;
      case 'load-cell':
        if (op.cell >= cellCount) return trap('out-of-bounds', pc);
        registers[op.to] = cells[op.cell]!;
        break;
      case 'store-cell':
        if (op.cell >= cellCount) return trap('out-of-bounds', pc);
        cells[op.cell] = registers[op.from];
        break;
      case 'packet': {
        const loaded = input.load(op.indexed ? (registers.x + op.k) >>> 0 : op.k, op.size);
        if (loaded === undefined) return { result: 0 };
        registers.a = loaded;
        break;
      }
      case 'header-length': {
        const loaded = input.load(op.k, 1);
        if (loaded === undefined) return { result: 0 };
        registers.x = (loaded & 0xf) * 4;
        break;
      }
      case 'extension':
        registers.a = input.extension(op.name, registers.a, registers.x);
        break;
      case 'alu':
        if (alu[op.op].operand === 'divisor' && value(op.operand) === 0) return { result: 0 };
        registers.a = alu[op.op].eval(registers.a, value(op.operand)) >>> 0;
        break;
      case 'neg':
        registers.a = -registers.a >>> 0;
        break;
      case 'jump':
        pc += jump[op.op].eval(registers.a, value(op.operand)) ? op.jt : op.jf;
        break;
      case 'goto':
        if (op.off < 0 && executed > budget) return trap('budget', pc);
        pc += op.off;
        break;
      case 'return':
        return { result: op.value === 'a' ? registers.a : op.value.k };
      case 'tax':
        registers.x = registers.a;
        break;
      case 'txa':
        registers.a = registers.x;
        break;
    }
  }
}

function trap(code: ClassicTrap['code'], pc: number): ClassicOutcome {
  return { result: 0, trap: { code, pc } };
}

function packetInput({ data, length = data.length, metadata }: ClassicPacket): Input {
  return {
    length,
    load: (offset, size) => loadPacket(data, offset, size),
    extension: (name, a, x) => extension(name, { data, a, x, metadata: { ...metadataOf(data), ...metadata } }),
  };
}

interface ExtensionInput {
  readonly data: Uint8Array;
  readonly a: number;
  readonly x: number;
  readonly metadata: Metadata;
}

function extension(name: ExtensionName, { data, a, x, metadata }: ExtensionInput): number {
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
