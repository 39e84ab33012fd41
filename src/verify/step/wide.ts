// Wide loads: 64-bit constants, and what they name.

import * as scalar from '../../abstract/scalar.js';
import { Word } from '../../abstract/word.js';
import type { InsnOf } from '../../ebpf/insn.js';
import type { Analysis } from '../analysis.js';
import { refuse } from '../refusal.js';
import { writeNumber } from '../registers.js';
import type { State } from '../state.js';

export function stepWide(_: Analysis, state: State, insn: InsnOf<'wide'>): void {
  if (insn.from !== 'imm') refuse(`a wide load of a ${insn.from} is not supported here`);
  writeNumber(state, insn.dst, scalar.constant(new Word(insn.low, insn.high)));
}
