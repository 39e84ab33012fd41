// One run of the oracle: registers, frames, memory, and what each kind of instruction does to them.
//
// The budget. Every executed instruction counts one (a wide load is one). Before a call, or a jump whose offset is
// negative, is carried out (taken or not), the count so far, this instruction included, is compared: more than the budget
// is a trap there. So a native engine may add up a basic block at a time. A tail call continues the count.
//
// Memory. The stack is zero at the start. A frame reaches its own 512 bytes and those of its callers.
//
// Helpers leave 0 in r1 to r5. A local function finds r6 to r9 as its caller has them, and the caller gets them back.

import { unreachable } from '../base/error.js';
import type { InsnOf, InternalInsn, LoweredInsn, Operand, Register } from '../ebpf/insn.js';
import { isCall } from '../ebpf/registers.js';
import { alu, atomic, jump } from '../ebpf/rows.js';
import { contains } from '../optimize/table.js';
import { type CheckedCode, isInterpreted, wideLoad } from './code.js';
import type { Outcome, TrapCode } from './engine.js';
import type { HelperCall, HelperResult } from './helpers/call.js';
import { helperFunctions, tailCall } from './helpers/table.js';
import type { Input } from './input.js';
import { ProgramArray } from './map/programs.js';
import { frameLimit, Memory, type Readable } from './memory.js';

/** How often the may_gotos of one frame let a loop go on: Linux's BPF_MAX_LOOPS. */
const mayGotoLimit = 8 * 1024 * 1024;

/** How many tail calls one run may make: Linux's MAX_TAIL_CALL_CNT. */
const tailCallLimit = 33;

/** What an instruction leads to: undefined for the next one, a slot, or the end of the run. */
type Next = undefined | number | End;
type End = { readonly result: bigint } | { readonly trap: TrapCode };

/** The machine before an instruction. What it holds changes as the run goes on. */
export interface Moment {
  readonly pc: number;
  /** r0 to r10. */
  readonly registers: Readonly<BigUint64Array>;
  /** How many functions are on their way. */
  readonly frames: number;
  readonly memory: Readable;
}

export type Watch = (moment: Moment) => void;

interface Frame {
  /** What runs in it; a tail call changes it. */
  code: CheckedCode;
  readonly returnTo: number;
  /** r6 to r9 of the caller. */
  readonly kept: readonly bigint[];
  mayGotos: number;
}

export class Execution {
  readonly #input: Input;
  readonly #budget: number;
  readonly #print: (text: string) => void;
  readonly #memory: Memory;
  readonly #registers = new BigUint64Array(11);
  readonly #frames: Frame[] = [];
  #executed = 0;
  #tailCalls = 0;

  constructor(code: CheckedCode, input: Input, budget: number, print: (text: string) => void) {
    this.#input = input;
    this.#budget = budget;
    this.#print = print;
    this.#memory = new Memory(input.regions);
    this.#registers.set(input.arguments, 1);
    this.#enter(code, 0);
  }

  toEnd(watch?: Watch): Outcome {
    for (let pc = 0; ; ) {
      const insn = this.#code.insns[pc];
      watch?.({ pc, registers: this.#registers, frames: this.#frames.length, memory: this.#memory });
      const next = insn === undefined ? trap('bad-instruction') : this.#execute(insn, pc);
      if (typeof next === 'object') {
        return 'trap' in next ? { result: 0n, trap: { code: next.trap, pc } } : next;
      }
      pc = next ?? pc + (insn?.kind === 'wide' ? 2 : 1);
    }
  }

  get #frame(): Frame {
    return this.#frames.at(-1)!;
  }

  get #code(): CheckedCode {
    return this.#frame.code;
  }

  #execute(insn: LoweredInsn, pc: number): Next {
    this.#executed++;
    if (this.#code.uninitialised[pc] === 1) return trap('uninitialised');
    if (this.#executed > this.#budget && isCompared(insn)) return trap('budget');
    return this.#step(insn, pc);
  }

  #step(insn: LoweredInsn, pc: number): Next {
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
        return this.#set(insn.dst, wideLoad(insn, this.#code.maps));
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
        return this.#mayGoOn() ? undefined : pc + 1 + insn.off;
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
      case 'guard':
      case 'raw':
      case 'captured':
      case 'set':
      case 'lookup':
        return this.#stepLowered(insn, pc);
      case 'addr-space-cast': // there is no arena
      case 'wide-end': // never reached: structure.ts
        return trap('bad-instruction');
      default:
        return unreachable(insn);
    }
  }

  /** What only lowered programs have. */
  #stepLowered(insn: InternalInsn, pc: number): Next {
    switch (insn.kind) {
      case 'guard':
        return this.#input.readable.length < insn.bytes ? pc + 1 + insn.off : undefined;
      case 'raw':
        return this.#raw(insn);
      case 'captured':
        return this.#set(insn.dst, BigInt(this.#input.packet?.length ?? 0));
      case 'set':
        return this.#set(insn.dst, this.#taken({ ...insn, dst: insn.a, src: insn.b }) ? 1n : 0n);
      case 'lookup': {
        const table = this.#code.tables?.[insn.table];
        if (table === undefined) return trap('bad-instruction');
        return this.#set(insn.dst, contains(table, Number(BigInt.asUintN(32, this.#registers[insn.src]!))) ? 1n : 0n);
      }
      default:
        return unreachable(insn);
    }
  }

  #raw({ size, order, dst, index, off }: InsnOf<'raw'>): Next {
    const start = (index === undefined ? 0n : this.#registers[index]!) + BigInt(off);
    const { readable } = this.#input;
    if (start + BigInt(size) > BigInt(readable.length)) return trap('out-of-bounds');
    const bytes = [...readable.subarray(Number(start), Number(start) + size)];
    if (order === 'be') bytes.reverse();
    return this.#set(
      dst,
      bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
    );
  }

  #set(register: Register, value: bigint): undefined {
    this.#registers[register] = value;
  }

  /** The second operand as 64 bits; a constant is sign-extended. */
  #operand(operand: Operand): bigint {
    return 'reg' in operand ? this.#registers[operand.reg]! : BigInt.asUintN(64, BigInt(operand.imm));
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
    const value = this.#input.load(offset, insn.size);
    this.#set(0, BigInt(value ?? 0));
    return value === undefined ? this.#exit() : undefined;
  }

  /** Once its rounds are used up a frame never goes on again, as in Linux. */
  #mayGoOn(): boolean {
    const frame = this.#frame;
    if (frame.mayGotos === 0) return false;
    frame.mayGotos--;
    return true;
  }

  #taken(insn: Pick<InsnOf<'jump'>, 'op' | 'width' | 'dst' | 'src'>): boolean {
    const a = BigInt.asUintN(insn.width, this.#registers[insn.dst]!);
    const b = BigInt.asUintN(insn.width, this.#operand(insn.src));
    return jump[insn.op].eval(a, b, insn.width);
  }

  #call(helper: number): Next {
    if (helper === tailCall) return this.#tailCall();
    const result = this.#helper(helper);
    return typeof result === 'string' ? trap(result) : this.#returned(result);
  }

  #helper(helper: number): HelperResult {
    const call = helperFunctions.get(helper);
    if (call === undefined) return this.#written(helper);
    const values = [...this.#registers.subarray(1, 6)] as readonly bigint[] as HelperCall['arguments'];
    const [memory, print, { maps, environment }, { packet }] = [this.#memory, this.#print, this.#code, this.#input];
    const addressIn = (map: number, offset: number) => maps.valueAddress(map, offset);
    return call({ arguments: values, memory, maps, addressIn, packet, print, environment: environment.name });
  }

  /** A helper that the environment brings along. */
  #written(helper: number): HelperResult {
    const found = this.#code.environment.helpers.get(helper);
    if (found?.call === undefined) return 'bad-call';
    const values = this.#registers.subarray(1, 1 + found.arguments.length);
    return BigInt.asUintN(64, found.call(...values));
  }

  #returned(result: bigint): undefined {
    this.#registers.fill(0n, 1, 6);
    this.#set(0, result);
  }

  /** tail_call(context, programs, index): goes on with another program, in this frame; if it can't, with the next instruction. */
  #tailCall(): Next {
    const [context, reference, index] = [this.#registers[1]!, this.#registers[2]!, this.#registers[3]!];
    const programs = this.#code.maps.findOf(reference, ProgramArray)?.map;
    if (programs === undefined) return trap('bad-call');
    const program = programs.get(Number(BigInt.asUintN(32, index)));
    if (program === undefined || this.#tailCalls === tailCallLimit) return this.#returned(0n);
    if (!isInterpreted(program) || program.code.environment.name !== this.#code.environment.name)
      return trap('bad-call');
    this.#tailCalls++;
    this.#returned(0n);
    this.#set(1, context);
    this.#frame.code = program.code;
    this.#memory.enterFrame(this.#frames.length, program.code.maps.regions);
    return 0;
  }

  #callLocal(pc: number, to: number): Next {
    if (this.#frames.length === frameLimit) return trap('stack-overflow');
    this.#enter(this.#code, pc + 1);
    return to;
  }

  #enter(code: CheckedCode, returnTo: number): void {
    const kept = [...this.#registers.subarray(6, 10)];
    this.#frames.push({ code, returnTo, kept, mayGotos: mayGotoLimit });
    this.#set(10, this.#memory.enterFrame(this.#frames.length, code.maps.regions));
  }

  #exit(): Next {
    const { kept, returnTo } = this.#frames.pop()!;
    if (this.#frames.length === 0) return { result: this.#registers[0]! };
    this.#registers.set(kept, 6);
    this.#set(10, this.#memory.enterFrame(this.#frames.length, this.#code.maps.regions));
    return returnTo;
  }
}

function trap(code: TrapCode): End {
  return { trap: code };
}

/** Where the count is compared with the budget: calls, and jumps that lead back. */
function isCompared(insn: LoweredInsn): boolean {
  switch (insn.kind) {
    case 'jump':
    case 'goto':
    case 'may-goto':
      return insn.off < 0;
    default:
      return isCall(insn);
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
