// The oracle: executes the instructions one by one as their rows say, and checks every access. It is never optimized.
//
// The budget. Every executed instruction counts one (a wide load is one). Before a call, or a jump whose offset is
// negative, is carried out (taken or not), the count so far, this instruction included, is compared: more than the budget
// is a trap there. So a native engine may add up a basic block at a time. A tail call continues the count.

import { unreachable } from '../base/error.js';
import { loadPacket } from '../classic/packet.js';
import type { Insn, InsnOf, Operand, Register } from '../ebpf/insn.js';
import type { Program } from '../ebpf/program.js';
import { alu, atomic, jump } from '../ebpf/rows.js';
import { checkStructure } from '../ebpf/structure.js';
import type { Environment } from '../env/environment.js';
import { batchByOne, type Executable, type Outcome, type Packets, type TrapCode } from './engine.js';
import { helperFunctions } from './helpers.js';
import { type Input, inputOf } from './input.js';
import { frameLimit, Memory } from './memory.js';
import { uninitialisedReads } from './uninitialised.js';

/** How often the may_gotos of one frame let a loop go on: Linux's BPF_MAX_LOOPS. */
const mayGotoLimit = 8 * 1024 * 1024;

export interface InterpreterOptions {
  /** How many instructions a run may execute; default no limit. */
  readonly budget?: number | undefined;
}

export class Interpreter implements Executable {
  readonly engine = 'interpreter';
  readonly #program: Program;
  readonly #environment: Environment;
  readonly #budget: number;
  readonly #uninitialised: Uint8Array;

  /** @throws BpfError 'encoding' when the instructions make no program */
  constructor(program: Program, environment: Environment, { budget = Infinity }: InterpreterOptions = {}) {
    checkStructure(program.insns);
    this.#program = program;
    this.#environment = environment;
    this.#budget = budget;
    const atStart = environment.arguments.map((_, index) => (index + 1) as Register);
    this.#uninitialised = uninitialisedReads(program.insns, atStart);
  }

  run(data: Uint8Array, length: number): Outcome {
    const input = inputOf(this.#environment, data, length);
    const run = new Run(this.#program.insns, input, this.#budget, this.#uninitialised);
    const outcome = run.toEnd();
    return { ...outcome, result: BigInt.asUintN(this.#environment.result.bits, outcome.result) };
  }

  verdict(data: Uint8Array, length: number): number {
    return Number(BigInt.asUintN(32, this.run(data, length).result));
  }

  runBatch(packets: Packets, verdicts: Uint32Array): number {
    return batchByOne((data, length) => this.verdict(data, length), packets, verdicts);
  }

  close(): void {}
}

/** What an instruction leads to: undefined for the next one, a slot, or the end of the run. */
type Next = undefined | number | End;
type End = { readonly result: bigint } | { readonly trap: TrapCode };

interface Frame {
  readonly returnTo: number;
  /** r6 to r9 of the caller. */
  readonly kept: readonly bigint[];
  mayGotos: number;
}

/** One run: registers, frames and memory. */
class Run {
  readonly #insns: readonly Insn[];
  readonly #input: Input;
  readonly #budget: number;
  readonly #uninitialised: Uint8Array;
  readonly #memory: Memory;
  readonly #registers = new BigUint64Array(11);
  readonly #frames: Frame[] = [];
  #executed = 0;

  constructor(insns: readonly Insn[], input: Input, budget: number, uninitialised: Uint8Array) {
    this.#insns = insns;
    this.#input = input;
    this.#budget = budget;
    this.#uninitialised = uninitialised;
    this.#memory = new Memory(input.regions);
    this.#registers.set(input.arguments, 1);
    this.#enter(-1);
  }

  toEnd(): Outcome {
    for (let pc = 0; ; ) {
      const insn = this.#insns[pc];
      const next = insn === undefined ? trap('bad-instruction') : this.#execute(insn, pc);
      if (typeof next === 'object') {
        return 'trap' in next ? { result: 0n, trap: { code: next.trap, pc } } : next;
      }
      pc = next ?? pc + (insn?.kind === 'wide' ? 2 : 1);
    }
  }

  #execute(insn: Insn, pc: number): Next {
    this.#executed++;
    if (this.#uninitialised[pc] === 1) return trap('uninitialised');
    if (this.#executed > this.#budget && isCompared(insn)) return trap('budget');
    return this.#step(insn, pc);
  }

  #step(insn: Insn, pc: number): Next {
    switch (insn.kind) {
      case 'alu':
        return this.#set(insn.dst, calculated(insn, this.#registers[insn.dst]!, this.#operand(insn.src)));
      case 'neg':
        return this.#set(insn.dst, BigInt.asUintN(insn.width, -this.#registers[insn.dst]!));
      case 'movsx':
        return this.#set(insn.dst, BigInt.asUintN(insn.width, BigInt.asIntN(insn.bits, this.#registers[insn.src]!)));
      case 'swap':
        return this.#set(insn.dst, swapped(insn, this.#registers[insn.dst]!));
      case 'wide':
        return this.#wide(insn);
      case 'load':
      case 'load-acquire':
        return this.#load(insn);
      case 'store':
      case 'store-release':
        return this.#store(insn);
      case 'atomic':
        return this.#atomic(insn);
      case 'packet':
        return this.#packet(insn);
      case 'jump':
        return this.#taken(insn) ? pc + 1 + insn.off : undefined;
      case 'goto':
        return pc + 1 + insn.off;
      case 'may-goto':
        return this.#frames.at(-1)!.mayGotos-- === 0 ? pc + 1 + insn.off : undefined;
      case 'call-helper':
        return this.#call(insn.helper);
      case 'call-register':
        return this.#call(Number(BigInt.asIntN(32, this.#registers[insn.src]!)));
      case 'call-local':
        return this.#callLocal(pc, pc + 1 + insn.off);
      case 'call-kfunc':
        return trap('bad-call');
      case 'exit':
        return this.#exit();
      case 'addr-space-cast': // there is no arena
      case 'wide-end': // never reached: structure.ts
        return trap('bad-instruction');
      default:
        return unreachable(insn);
    }
  }

  #set(register: Register, value: bigint): undefined {
    this.#registers[register] = value;
  }

  /** The second operand as 64 bits; a constant is sign-extended. */
  #operand(operand: Operand): bigint {
    return 'reg' in operand ? this.#registers[operand.reg]! : BigInt.asUintN(64, BigInt(operand.imm));
  }

  #wide(insn: InsnOf<'wide'>): Next {
    if (insn.from !== 'imm') return trap('bad-instruction');
    return this.#set(insn.dst, (BigInt(insn.high >>> 0) << 32n) | BigInt(insn.low >>> 0));
  }

  #address(base: Register, off: number): bigint {
    return BigInt.asUintN(64, this.#registers[base]! + BigInt(off));
  }

  #load(insn: InsnOf<'load' | 'load-acquire'>): Next {
    const value = this.#memory.load(this.#address(insn.src, insn.off), insn.size);
    if (value === undefined) return trap('out-of-bounds');
    const signed = insn.kind === 'load' && insn.signed;
    return this.#set(insn.dst, signed ? BigInt.asUintN(64, BigInt.asIntN(8 * insn.size, value)) : value);
  }

  #store(insn: InsnOf<'store' | 'store-release'>): Next {
    const value = insn.kind === 'store' ? this.#operand(insn.src) : this.#registers[insn.src]!;
    const stored = this.#memory.store(this.#address(insn.dst, insn.off), insn.size, value);
    return stored ? undefined : trap('out-of-bounds');
  }

  #atomic(insn: InsnOf<'atomic'>): Next {
    const address = this.#address(insn.dst, insn.off);
    const old = this.#memory.load(address, insn.size);
    if (old === undefined) return trap('out-of-bounds');
    const cut = (register: Register) => BigInt.asUintN(8 * insn.size, this.#registers[register]!);
    const value = atomic[insn.op].eval(old, cut(insn.src), cut(0));
    if (!this.#memory.store(address, insn.size, value)) return trap('out-of-bounds');
    if (insn.fetch) this.#set(insn.op === 'cmpxchg' ? 0 : insn.src, old);
    return undefined;
  }

  /** Beyond the packet the function is left with 0, as by `exit`. */
  #packet(insn: InsnOf<'packet'>): Next {
    const start = insn.src === undefined ? 0n : this.#registers[insn.src]!;
    const offset = Number(BigInt.asUintN(32, start + BigInt(insn.imm)));
    const { packet } = this.#input;
    const value = packet && loadPacket(packet, offset, insn.size);
    this.#set(0, BigInt(value ?? 0));
    return value === undefined ? this.#exit() : undefined;
  }

  #taken(insn: InsnOf<'jump'>): boolean {
    const a = BigInt.asUintN(insn.width, this.#registers[insn.dst]!);
    const b = BigInt.asUintN(insn.width, this.#operand(insn.src));
    return jump[insn.op].eval(a, b, insn.width);
  }

  #call(helper: number): Next {
    const call = helperFunctions.get(helper);
    if (call === undefined) return trap('bad-call');
    const result = call({
      arguments: [...this.#registers.subarray(1, 6)],
      memory: this.#memory,
      packet: this.#input.packet,
    });
    if (typeof result === 'string') return trap(result);
    this.#registers.fill(0n, 1, 6);
    return this.#set(0, result);
  }

  #callLocal(pc: number, to: number): Next {
    if (this.#frames.length === frameLimit) return trap('stack-overflow');
    this.#enter(pc + 1);
    return to;
  }

  #enter(returnTo: number): void {
    const kept = [...this.#registers.subarray(6, 10)];
    this.#frames.push({ returnTo, kept, mayGotos: mayGotoLimit });
    this.#set(10, this.#memory.enterFrame(this.#frames.length));
  }

  #exit(): Next {
    const frame = this.#frames.pop()!;
    if (this.#frames.length === 0) return { result: this.#registers[0]! };
    this.#registers.set(frame.kept, 6);
    this.#set(10, this.#memory.enterFrame(this.#frames.length));
    return frame.returnTo;
  }
}

function trap(code: TrapCode): End {
  return { trap: code };
}

/** Where the count is compared with the budget: calls, and jumps that lead back. */
function isCompared(insn: Insn): boolean {
  switch (insn.kind) {
    case 'jump':
    case 'goto':
    case 'may-goto':
      return insn.off < 0;
    default:
      return insn.kind.startsWith('call-');
  }
}

function calculated(insn: InsnOf<'alu'>, dst: bigint, src: bigint): bigint {
  const [a, b] = [BigInt.asUintN(insn.width, dst), BigInt.asUintN(insn.width, src)];
  return BigInt.asUintN(insn.width, alu[insn.op].eval(a, b, insn.width));
}

function swapped(insn: InsnOf<'swap'>, value: bigint): bigint {
  const low = BigInt.asUintN(insn.bits, value);
  if (insn.order === 'le') return low; // the machine's own order
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, low, true);
  return view.getBigUint64(0) >> BigInt(64 - insn.bits);
}
