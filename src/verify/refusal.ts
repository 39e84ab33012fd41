// Why a program is refused: the sentence, the instruction, and the way that led there.

import { BpfError, type ErrorDetails } from '../base/error.js';

/** A conditional jump on the way to a refused instruction. */
export interface PathStep {
  /** The slot of the jump. */
  readonly pc: number;
  readonly taken: boolean;
}

export interface VerifyErrorDetails extends Omit<ErrorDetails, 'pc'> {
  readonly path?: readonly PathStep[];
  readonly log?: string | undefined;
}

/** A program that the verifier refuses. */
export class VerifyError extends BpfError {
  override readonly name = 'VerifyError';
  /** The slot of the instruction that can't be allowed. */
  override readonly pc: number;
  /** The conditional jumps that lead there from the program's start, oldest first; at most the last 1,000. */
  readonly path: readonly PathStep[];
  /** The walk up to there, where it was asked for. */
  readonly log: string | undefined;

  constructor(message: string, pc: number, { path = [], log, ...details }: VerifyErrorDetails = {}) {
    super('verify', message, { ...details, pc });
    this.log = log;
    this.pc = pc;
    this.path = path;
  }
}

/** Thrown by the rules; the walk, which knows the instruction and the way, makes a `VerifyError` of it. */
export class Refusal extends Error {}

/** Ends the analysis: `why` is one sentence in the reader's terms. */
export function refuse(why: string): never {
  throw new Refusal(why);
}
