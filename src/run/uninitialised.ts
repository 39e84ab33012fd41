// Which reads of registers can't be right: nothing on any path from the start has written the register.
//
// An unverified run traps there with `uninitialised`, on every engine alike; that is why the rule is one about the
// program and not about the run. Every other register that a path left unwritten holds 0:
// - At the start the arguments and r10 are written; the others hold 0.
// - A call (and a packet load) writes r0 and takes r1 to r5 away. A call of a helper sets them to 0; a function of the
//   program leaves in them what it left; a packet load doesn't touch them.
// - What a function leaves in r0 is for its callers to read: only where the program itself ends r0 must be written.
// - A function of the program gets from its callers what they have in r1 to r5, and r10; of r6 to r9 nothing counts as
//   written, although they hold what the caller has in them.

import type { LoweredInsn, Register } from '../ebpf/insn.js';
import { forgets, readSet, written } from '../ebpf/registers.js';
import { target } from '../ebpf/structure.js';

const framePointer = 1 << 10;
/** Not in a function that was called. */
const outermost = 1 << 11;
const parameters = 0b111110;

/**
 * @param atStart the registers that hold the program's arguments
 * @returns one byte a slot: 1 where the instruction reads a register that nothing can have written
 */
export function uninitialisedReads(insns: readonly LoweredInsn[], atStart: readonly Register[]): Uint8Array {
  const states = possiblyWritten(insns, mask(atStart) | framePointer | outermost);
  const flags = insns.map((insn, pc) => {
    const state = states[pc]!;
    return state !== unreached && (needed(insn, state) & ~state) !== 0 ? 1 : 0;
  });
  return Uint8Array.from(flags);
}

/** The registers that must be written before an instruction. */
function needed(insn: LoweredInsn, state: number): number {
  return insn.kind === 'exit' && (state & outermost) === 0 ? 0 : readSet(insn);
}

const unreached = -1;

/** For each slot, the set of registers that some path to it has written, as bits; `unreached` where there is no path. */
function possiblyWritten(insns: readonly LoweredInsn[], atStart: number): Int32Array {
  const states = new Int32Array(insns.length).fill(unreached);
  const work: number[] = [];
  const flow = (pc: number, state: number) => {
    if (pc >= insns.length) return;
    const merged = states[pc] === unreached ? state : states[pc]! | state;
    if (merged === states[pc]) return;
    states[pc] = merged;
    work.push(pc);
  };
  flow(0, atStart);
  for (let pc = work.pop(); pc !== undefined; pc = work.pop()) {
    const [insn, state] = [insns[pc]!, states[pc]!];
    const to = target(insn, pc);
    if (to !== undefined) flow(to, isCall(insn) ? (state & parameters) | framePointer : state);
    if (insn.kind !== 'exit' && insn.kind !== 'goto') flow(pc + (insn.kind === 'wide' ? 2 : 1), after(insn, state));
  }
  return states;
}

function after(insn: LoweredInsn, state: number): number {
  const register = written(insn);
  const kept = forgets(insn) ? state & ~parameters : state;
  return register === undefined ? kept : kept | (1 << register);
}

/** A wide load of a function's address stands for the calls that a helper makes of it. */
function isCall(insn: LoweredInsn): boolean {
  return insn.kind === 'call-local' || insn.kind === 'wide';
}

function mask(registers: readonly Register[]): number {
  return registers.reduce<number>((bits, register) => bits | (1 << register), 0);
}
