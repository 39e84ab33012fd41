// Prototypes of the functions that a program may call by number: what each argument must be, and what comes back.
//
// The kinds are those of Linux's `enum bpf_arg_type`; a question mark says that 0 will do as well.

/** What a helper wants in one of r1 to r5. */
export type HelperArgument =
  /** any initialised register */
  | 'any'
  /** the context that the program was given */
  | 'context'
  | 'context?'
  /** a map */
  | 'map'
  /** the address of a key of the map given before */
  | 'key'
  /** the address of a value of the map given before; `value-out` is only written */
  | 'value'
  | 'value?'
  | 'value-out'
  /** the address of memory that is read, written, or both; a size follows */
  | 'in'
  | 'in?'
  | 'out'
  | 'out?'
  | 'inout'
  /** the size of the memory given before; `size0` may be 0 */
  | 'size'
  | 'size0'
  /** the address of memory of a fixed size: a number that is written, headers that are read */
  | 'out-u64'
  | 'inout-u32'
  | 'in-20'
  | 'in-40'
  /** a constant: how many bytes to reserve */
  | 'constant'
  /** the constant 0: flags that are not in use */
  | 'zero'
  /** a full socket */
  | 'socket'
  | 'socket?'
  /** as much of a socket as every kind has */
  | 'sock-common'
  /** any kind of socket */
  | 'sock'
  | 'sock?'
  /** any kind of socket, of which the program holds a reference and gives it back */
  | 'sock-released'
  /** memory reserved in a ring buffer, given back */
  | 'record-released'
  /** the address of memory in a map's value that a dynptr is to describe; a size follows */
  | 'map-memory'
  /** where a dynptr is to be put: one of memory, one of a reserved record, which must be given back */
  | 'dynptr-out'
  | 'dynptr-reserved'
  /** a dynptr; one of a reserved record, given back */
  | 'dynptr'
  | 'dynptr-released'
  /** a function of the program that is called back */
  | 'callback'
  /** what it is given: an address in the stack, or 0 */
  | 'stack?'
  /** a string of a read-only map */
  | 'string'
  /** what only a program with type information can have: kernel structures, locks, timers */
  | 'typed';

/** What r0 holds afterwards. */
export type HelperResult =
  | 'scalar'
  | 'void'
  /** the address of a value of the map given, or what such a map holds instead: a map, a socket */
  | 'map-value'
  | 'map-value?'
  | 'socket?'
  | 'sock-common?'
  | 'tcp-sock?'
  /** the kernel's own structure of the socket that was given */
  | 'kernel-sock?'
  /** memory of the size given as a constant */
  | 'memory?'
  /** memory of a dynptr, of the size given as a constant */
  | 'slice?'
  /** an address of a kernel structure, which a program without type information can only compare */
  | 'typed'
  | 'typed?';

export interface Helper {
  readonly id: number;
  /** Linux's name without its prefix: `get_prandom_u32`. */
  readonly name: string;
  /** What r1, r2 … must hold. */
  readonly arguments: readonly HelperArgument[];
  readonly returns: HelperResult;
  readonly traits: HelperTraits;
  /** What it does, where that is written in JavaScript: r1, r2 … to r0. What it throws ends the run and is rethrown. */
  readonly call?: (...values: bigint[]) => bigint;
}

export interface HelperTraits {
  /** Only programs under a licence compatible with the GPL may call it. */
  readonly gpl?: boolean;
  /** Addresses in the packet will do for its memory. */
  readonly packet?: boolean;
  /** It may move the packet: addresses in it are void afterwards. */
  readonly movesPacket?: boolean;
  /** What it returns must be released on every path. */
  readonly acquires?: boolean;
  /** It returns a view of the socket that it was given, and is released with it. */
  readonly casts?: boolean;
  /** r0 is at most the size that was given, and at least -4095. */
  readonly resultWithinSize?: boolean;
  /**
   * It calls a function of the program any number of times: with the number of the round; with each key and value of a map;
   * with each record of a ring buffer, in a dynptr.
   */
  readonly callsBack?: 'round' | 'element' | 'record';
  /** It may sleep: only sleepable programs may call it. */
  readonly sleeps?: boolean;
}
