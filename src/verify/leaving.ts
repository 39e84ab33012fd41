// What leaves a program from the midst of it: tail calls, and packet loads beyond the packet.

import type { Insn } from '../ebpf/insn.js';
import type { Environment } from '../env/environment.js';
import { VerifyError } from './refusal.js';

export function isTailCall(insn: Insn, { helpers }: Environment): boolean {
  return insn.kind === 'call-helper' && helpers.get(insn.helper)?.name === 'tail_call';
}

/**
 * Linux lets a function that was called leave the program only if type information says what it returns.
 * @param main behind the last slot of the function that the program starts with
 * @throws VerifyError when another function leaves the program where only that one may
 */
export function checkLeaving(insns: readonly Insn[], main: number, environment: Environment): void {
  if (environment.leavesInMain !== true) return;
  for (let pc = main; pc < insns.length; pc++) {
    const insn = insns[pc]!;
    const what = insn.kind === 'packet' ? 'a packet load' : isTailCall(insn, environment) ? 'a tail call' : undefined;
    if (what !== undefined) {
      throw new VerifyError(`${what} in a function that was called needs type information, which is not read`, pc);
    }
  }
}
