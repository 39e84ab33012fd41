// The registers and stack of a program that is followed through with expressions for numbers.

import type { Insn, InsnOf, Operand, Register } from '../ebpf/insn.js';
import { Unsuited } from './unsuited.js';
import type { Value, ValueOf, Values } from './value.js';

export interface Machine {
  /** r0 to r9; undefined where nothing is known. */
  readonly registers: readonly (Value | undefined)[];
  /** What lies at an offset from r10: the value, and how many bytes of it. */
  readonly cells: ReadonlyMap<number, { readonly value: Value; readonly size: number }>;
}

export function start(values: Values): Machine {
  const registers = Array<Value | undefined>(10).fill(undefined);
  registers[1] = values.argument(1);
  registers[2] = values.argument(2);
  return { registers, cells: new Map() };
}

export function registerOf({ registers }: Machine, register: Register): Value {
  const value = registers[register];
  if (value === undefined) throw new Unsuited(`r${register} holds an address or nothing`);
  return value;
}

export function operandOf(machine: Machine, operand: Operand, width: 32 | 64, values: Values): Value {
  if ('reg' in operand) return registerOf(machine, operand.reg);
  const high = width === 64 && operand.imm < 0 ? 0xffff_ffff : 0;
  return values.halves(high, operand.imm >>> 0);
}

function withRegister(machine: Machine, register: Register, value: Value | undefined): Machine {
  const registers = machine.registers.slice();
  registers[register] = value;
  return { ...machine, registers };
}

/** The machine after an instruction that only computes. `memory` says where the address in r1 leads. */
export function after(machine: Machine, insn: Insn, values: Values, memory: Memory): Machine {
  switch (insn.kind) {
    case 'alu':
      return withRegister(machine, insn.dst, calculated(machine, insn, values));
    case 'neg':
      return withRegister(
        machine,
        insn.dst,
        values.alu('sub', insn.width, values.number(0), registerOf(machine, insn.dst)),
      );
    case 'swap':
      return withRegister(machine, insn.dst, values.swap(insn.order, insn.bits, registerOf(machine, insn.dst)));
    case 'movsx':
      return withRegister(machine, insn.dst, values.movsx(insn.width, insn.bits, registerOf(machine, insn.src)));
    case 'wide':
      if (insn.from !== 'imm') throw new Unsuited('a register holds a map or an address');
      return withRegister(machine, insn.dst, values.halves(insn.high >>> 0, insn.low >>> 0));
    case 'wide-end':
      return machine;
    case 'load':
      return withRegister(machine, insn.dst, loaded(machine, insn, values, memory));
    case 'store':
      return stored(machine, insn, values);
    default:
      throw new Unsuited(`${insn.kind} is more than a computation`);
  }
}

function calculated(machine: Machine, { op, width, dst, src }: InsnOf<'alu'>, values: Values): Value {
  const clears = 'reg' in src && src.reg === dst && (op === 'xor' || op === 'sub');
  if (clears) return values.number(0);
  const b = operandOf(machine, src, width, values);
  if (op !== 'mov') return values.alu(op, width, registerOf(machine, dst), b);
  return width === 64 || b.most <= 0xffff_ffff ? b : values.alu('and', 32, b, values.number(0xffff_ffff));
}

/** Which bytes behind the address in r1 may be read whatever is known of the input. */
export interface Memory {
  readonly bytes: number;
}

function loaded(machine: Machine, insn: InsnOf<'load'>, values: Values, memory: Memory): Value {
  const { src, off, size, signed } = insn;
  if (src === 10) {
    const cell = machine.cells.get(off);
    if (cell === undefined || cell.size !== size || signed)
      throw new Unsuited('the stack is read in another way than it was written');
    return cell.value;
  }
  const address = placeOf(registerOf(machine, src));
  const offset = address === undefined ? -1 : address + off;
  if (offset < 0 || offset + size > memory.bytes) throw new Unsuited('memory is read whose bounds depend on the input');
  return values.context(size, signed, offset);
}

/** How far behind r1's address another one lies. */
function placeOf(address: Value): number | undefined {
  const isSum = address.kind === 'alu' && address.op === 'add' && address.width === 64;
  const [base, offset] = isSum ? [address.a, address.b] : [address, undefined];
  if (base.kind !== 'argument' || base.number !== 1) return undefined;
  return offset === undefined ? 0 : (offset as Partial<ValueOf<'number'>>).number;
}

function stored(machine: Machine, { dst, off, size, src }: InsnOf<'store'>, values: Values): Machine {
  if (dst !== 10) throw new Unsuited('memory is written');
  const value = operandOf(machine, src, 32, values);
  if (size < 8 && value.most >= 2 ** (8 * size)) throw new Unsuited('a store cuts a number');
  const cells = new Map(machine.cells);
  for (const [at, cell] of machine.cells) if (at < off + size && off < at + cell.size) cells.delete(at);
  return { ...machine, cells: cells.set(off, { value, size }) };
}
