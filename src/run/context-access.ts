// What machine code can't read from a context: of a packet's it has the length and, where the data is a frame, the
// protocol; it has neither the packet's address nor the contexts of other programs that are given one.

import type { Insn, Register } from '../ebpf/insn.js';
import type { Program } from '../ebpf/program.js';
import { forgets, read, written } from '../ebpf/registers.js';
import { checkStructure, target } from '../ebpf/structure.js';
import { contextSource, type Environment, type Field } from '../env/environment.js';

/**
 * The slot of the first instruction that may read such a part of the context, or undefined.
 * @throws BpfError 'encoding' when the instructions make no program: the jumps are followed here before an engine looks
 */
export function missingInMachineCode({ insns }: Program, environment: Environment): number | undefined {
  checkStructure(insns);
  if (contextSource(environment) !== 'packet') return undefined;
  const missing = environment.fields.filter((field) => isMissing(field, environment));
  const holders = contextHolders(insns);
  const pc = insns.findIndex((insn, slot) => {
    if (insn.kind !== 'load' && insn.kind !== 'load-acquire') return false;
    return (holders[slot]! & (1 << insn.src)) !== 0 && missing.some((field) => overlaps(insn, field));
  });
  return pc < 0 ? undefined : pc;
}

function isMissing({ name, yields }: Field, { packetLoads, networkHeader }: Environment): boolean {
  return !packetLoads || yields !== 'scalar' || (name === 'protocol' && networkHeader === 0);
}

function overlaps({ off, size }: { off: number; size: number }, field: Field): boolean {
  return off < field.offset + field.size && off + size > field.offset;
}

const callerSaved = 0b111110;

/**
 * For each slot, the registers that may hold the context's address there, as bits. Whatever is calculated from a register
 * that may hold it may hold it too; so may whatever is loaded, if the program has ever stored such a register.
 */
function contextHolders(insns: readonly Insn[]): Uint16Array {
  const holders = new Uint16Array(insns.length);
  let spilled = false;
  const flow = (pc: number, state: number): boolean => {
    if (pc >= insns.length || (holders[pc]! | state) === holders[pc]) return false;
    holders[pc]! |= state;
    return true;
  };
  flow(0, 1 << 1);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [pc, insn] of insns.entries()) {
      const state = holders[pc]!;
      if (isStore(insn) && mayHold(insn, state) && !spilled) spilled = changed = true;
      const to = target(insn, pc);
      if (to !== undefined && flow(to, state)) changed = true;
      if (flow(pc + 1, after(insn, state, spilled))) changed = true;
    }
  }
  return holders;
}

/** Falling through an `exit` or a jump as well adds holders that there aren't, which does no harm. */
function after(insn: Insn, state: number, spilled: boolean): number {
  const kept = forgets(insn) ? state & ~callerSaved : state;
  const register = written(insn);
  if (register === undefined) return kept;
  return mayYield(insn, state, spilled) ? kept | (1 << register) : kept & ~(1 << register);
}

function mayYield(insn: Insn, state: number, spilled: boolean): boolean {
  switch (insn.kind) {
    case 'alu':
      return insn.width === 64 && mayHold(insn, state);
    case 'load':
    case 'load-acquire':
      return spilled && insn.size === 8;
    case 'call-local':
    case 'atomic':
      return true;
    default:
      return false;
  }
}

function mayHold(insn: Insn, state: number): boolean {
  return read(insn).some((register: Register) => (state & (1 << register)) !== 0);
}

function isStore(insn: Insn): boolean {
  return insn.kind === 'store' || insn.kind === 'store-release' || insn.kind === 'atomic';
}
