// What reading a text gives: instructions, and the span that each was written as.

import type { Span } from '../../base/error.js';
import type { ClassicInsn } from '../insn.js';

export interface TextProgram {
  readonly insns: readonly ClassicInsn[];
  readonly spans: readonly Span[];
}
