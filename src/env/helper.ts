// Prototypes of the functions that a program may call by number.

/** What a helper wants in one of r1 to r5. */
export type HelperArgument =
  /** any initialised register */
  | 'any'
  /** the context that the program was given */
  | 'context';

export interface Helper {
  readonly id: number;
  /** Linux's name without its prefix: `get_prandom_u32`. */
  readonly name: string;
  /** What r1, r2 … must hold. */
  readonly arguments: readonly HelperArgument[];
  readonly returns: HelperResult;
  /** What it does, where that is written in JavaScript: r1, r2 … to r0. What it throws ends the run and is rethrown. */
  readonly call?: (...values: bigint[]) => bigint;
}

/** What r0 holds afterwards. */
export type HelperResult = 'scalar' | 'void';
