// Which registers are still read after each point: what a state knows of the others doesn't matter.

import type { Insn } from '../ebpf/insn.js';
import { forgets, isCall, type RegisterSet, readSet, written } from '../ebpf/registers.js';
import type { Environment } from '../env/environment.js';
import type { Flow } from './graph.js';

export interface Liveness {
  /** The registers that may be read, before they are written, from the instruction at each slot on. */
  readonly live: Uint16Array;
  /** The registers that each instruction reads or sets; of calls and exits `changesFrame` instead. */
  readonly touched: Uint16Array;
}

export function livenessOf(insns: readonly Insn[], { helpers }: Environment, { next, jump }: Flow): Liveness {
  const live = new Uint16Array(insns.length);
  const touched = new Uint16Array(insns.length);
  const uses = new Uint16Array(insns.length);
  const sets = new Uint16Array(insns.length);
  let leadsBack = false;
  for (let pc = 0; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    uses[pc] = readBy(insn, helpers);
    sets[pc] = writtenBy(insn);
    touched[pc] = isCallOrExit(insn) ? changesFrame : uses[pc]! | sets[pc]!;
    leadsBack ||= jump[pc]! >= 0 && jump[pc]! <= pc;
  }
  // From the last instruction on; once is enough where no jump leads back.
  for (let changed = true; changed; changed = changed && leadsBack) {
    changed = false;
    for (let pc = insns.length - 1; pc >= 0; pc--) {
      const after = (next[pc]! < 0 ? 0 : live[next[pc]!]!) | (jump[pc]! < 0 ? 0 : live[jump[pc]!]!);
      const before = uses[pc]! | (after & ~sets[pc]!);
      if (before === live[pc]) continue;
      live[pc] = before;
      changed = true;
    }
  }
  return { live, touched };
}

function isCallOrExit(insn: Insn): boolean {
  return insn.kind === 'exit' || isCall(insn);
}

/** No register: the instruction may lead into another frame, or has to do with more than registers. */
export const changesFrame: RegisterSet = 0x8000;
/** r1 to r5. */
export const argumentRegisters: RegisterSet = 0b111110;
/** r6 to r9. */
export const keptRegisters: RegisterSet = 0b1111000000;

/** The registers that an instruction reads; of a call, those that hold arguments. */
export function readBy(insn: Insn, helpers: Environment['helpers']): RegisterSet {
  return readSet(insn) | argumentsOf(insn, helpers);
}

function argumentsOf(insn: Insn, helpers: Environment['helpers']): RegisterSet {
  if (!isCall(insn)) return 0;
  const count = insn.kind === 'call-helper' ? helpers.get(insn.helper)?.arguments.length : undefined;
  return count === undefined ? argumentRegisters : (2 << count) - 2;
}

/** The registers whose value from before is gone after an instruction. */
function writtenBy(insn: Insn): RegisterSet {
  const register = written(insn);
  return (register === undefined ? 0 : 1 << register) | (forgets(insn) ? argumentRegisters : 0);
}
