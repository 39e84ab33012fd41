/** What native/addon.cc exports. Programs are given in the encoding of RFC 9669. */
export interface Addon {
  /**
   * Makes machine code.
   * @throws Error with `pc` when the program's structure is wrong
   */
  compile(wire: Uint8Array, options: CompileOptions): NativeProgram;
  /** The machine code that `compile` would make, as text, an instruction a line. */
  list(wire: Uint8Array, options: CompileOptions): string;
}

export interface CompileOptions {
  /** What r1 is: `packet`, a context made of the packet; `bytes`, their address; `memory`, the same, and r2 how many. */
  readonly input: 'packet' | 'bytes' | 'memory';
}

/** Functions bound to a program's machine code. */
export interface NativeProgram {
  /** r0, or why the run ended early: the number of the trap's code (from 1) and its pc. */
  run(data: Uint8Array, length: number): bigint | readonly [code: number, pc: number];
  /** The low half of r0; 0 after a trap. */
  verdict(data: Uint8Array, length: number): number;
  /** Writes a verdict a packet; returns how many are not 0, or -1 - i when packet i can't be right. */
  runBatch(
    data: Uint8Array,
    offsets: Uint32Array,
    captured: Uint32Array,
    lengths: Uint32Array,
    verdicts: Uint32Array,
  ): number;
  /** Gives back the machine code; nothing may be run afterwards. */
  close(): void;
}

/** The native part and its file, or why there is none. */
export type Native =
  | { readonly addon: Addon; readonly path: string; readonly reason: null }
  | { readonly addon: null; readonly reason: string };

export const native: Native;
