// What the verifier proved of each instruction: one byte a slot. A fact only allows an engine to leave a check out: with
// all bytes 0 the results are the same.

/** Bits of the byte of an instruction. */
export const facts = {
  /** No path leads here. The second slot of a wide load has no facts. */
  unreachable: 0x01,
  /** Every access of memory that this instruction makes lies inside what it may touch. */
  inBounds: 0x02,
  /** The divisor is never 0. */
  divisorNotZero: 0x04,
  /** A conditional jump that is always, or never, taken. */
  alwaysTaken: 0x08,
  neverTaken: 0x10,
} as const;

export type Fact = keyof typeof facts;
