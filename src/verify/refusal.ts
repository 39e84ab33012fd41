// Why a program is refused: the sentence, the instruction, and the way that led there.

import { BpfError, type ErrorDetails, type Place } from '../base/error.js';
import type { Register } from '../ebpf/insn.js';
import type { Known } from './known.js';

/** A conditional jump on the way to a refused instruction. */
export interface PathStep {
  /** The slot of the jump. */
  readonly pc: number;
  readonly taken: boolean;
}

/** What was known of a register that the refused instruction uses. */
export interface KnownRegister {
  readonly register: Register;
  /** Undefined where nothing was written to it on the way. */
  readonly known: Known | undefined;
}

export interface VerifyErrorDetails extends Omit<ErrorDetails, 'pc'> {
  readonly path?: readonly PathStep[];
  readonly registers?: readonly KnownRegister[];
  readonly log?: string | undefined;
}

/** A program that the verifier refuses. */
export class VerifyError extends BpfError {
  override readonly name = 'VerifyError';
  /** The slot of the instruction that can't be allowed. */
  override readonly pc: number;
  /** The conditional jumps that lead there from the program's start, oldest first; at most the last 1,000. */
  readonly path: readonly PathStep[];
  /** The registers that it uses, and what was known of them. */
  readonly registers: readonly KnownRegister[];
  /** The walk up to there, where it was asked for. */
  readonly log: string | undefined;

  constructor(message: string, pc: number, { path = [], registers = [], log, ...details }: VerifyErrorDetails = {}) {
    super('verify', message, { ...details, pc });
    this.log = log;
    this.pc = pc;
    this.path = path;
    this.registers = registers;
  }

  override at(place: Place): VerifyError {
    return new VerifyError(this.message, this.pc, { ...this, place });
  }
}

/** Thrown by the rules; the walk, which knows the instruction and the way, makes a `VerifyError` of it. */
export class Refusal extends Error {}

/** Ends the analysis: `why` is one sentence in the reader's terms. */
export function refuse(why: string): never {
  throw new Refusal(why);
}
