// Prototypes of the functions that a program may call by number.

/** What a helper wants in one of r1 to r5. */
export type HelperArgument = 'context' | 'scalar';

export interface Helper {
  readonly id: number;
  /** Linux's name without its prefix: `get_prandom_u32`. */
  readonly name: string;
  readonly arguments: readonly HelperArgument[];
  readonly returns: 'scalar' | 'void';
}
