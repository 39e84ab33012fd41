// Where the instructions of a program came from: a text, and the span of it that each instruction stands for.

import type { Place, Span } from './error.js';

export interface Origin {
  /** The text that the program was made from: a filter, a policy, an assembly listing. */
  readonly source: string;
  /**
   * A span for each instruction (in slots); undefined where an instruction stands for nothing that was written. One that is a
   * `Place` is of the text that it names itself: an object file knows many.
   */
  readonly spans: readonly (Span | Place | undefined)[];
}

/** The place in a source text that the instruction at `pc` came from, if it is known. */
export function originPlace(origin: Origin | undefined, pc: number): Place | undefined {
  const span = origin?.spans[pc];
  return origin === undefined || span === undefined ? undefined : { source: origin.source, ...span };
}
