// One instruction: checks that it may be carried out in the state, and changes the state as it would.

import { unreachable } from '../../base/error.js';
import type { Insn } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import { refuse } from '../refusal.js';
import type { State } from '../state.js';
import { stepAlu, stepMoveSigned, stepNegate, stepSwap } from './alu.js';
import { stepCallLocal, stepExit } from './call.js';
import { stepHelper } from './helper.js';
import { stepJump } from './jump.js';
import { stepMayGoto } from './may-goto.js';
import { stepAtomic, stepLoad, stepStore } from './memory.js';
import { stepPacket } from './packet.js';
import { stepWide } from './wide.js';

/** @returns the slot that the path goes on at, or undefined where it ends */
export function step(analysis: Analysis, state: State, insn: Insn): number | undefined {
  const next = state.pc + 1;
  switch (insn.kind) {
    case 'alu':
      stepAlu(analysis, state, insn);
      return next;
    case 'neg':
      stepNegate(analysis, state, insn);
      return next;
    case 'movsx':
      stepMoveSigned(analysis, state, insn);
      return next;
    case 'swap':
      stepSwap(analysis, state, insn);
      return next;
    case 'wide':
      stepWide(analysis, state, insn);
      return next + 1;
    case 'load':
    case 'load-acquire':
      stepLoad(analysis, state, insn);
      return next;
    case 'store':
    case 'store-release':
      stepStore(analysis, state, insn);
      return next;
    case 'atomic':
      stepAtomic(analysis, state, insn);
      return next;
    case 'packet':
      stepPacket(analysis, state, insn);
      return next;
    case 'jump':
      return stepJump(analysis, state, insn);
    case 'goto':
      return next + insn.off;
    case 'call-helper':
      stepHelper(analysis, state, insn);
      return next;
    case 'call-local':
      return stepCallLocal(analysis, state, insn);
    case 'exit':
      return stepExit(analysis, state);
    case 'may-goto':
      return stepMayGoto(analysis, state, insn);
    case 'call-kfunc':
      return refuse(
        "a function of the kernel, as of its iterators, is known by the kernel's type information (BTF), which is not read",
      );
    case 'addr-space-cast':
      return refuse('a cast between address spaces is for arenas, which are not followed');
    case 'call-register':
      return refuse('where a call of an address in a register leads to is not followed');
    case 'wide-end':
      return refuse('the second half of a wide load is no instruction');
    default:
      return unreachable(insn);
  }
}
