/** What native/addon.cc exports. Programs are given in the encoding of RFC 9669. */
export interface Addon {
  /**
   * Keeps a copy of a program and of what was proved of it: a byte of facts a slot (src/verify/facts.ts), and one that says which
   * part of the packet a load from its context yields (src/run/packet-context.ts). Code without checks is made of such an object
   * alone.
   */
  prove(wire: Uint8Array, facts: Uint8Array, parts: Uint8Array): Proof;
  /** Reads what the programs of an environment have in common. */
  environment(options: EnvironmentOptions): NativeEnvironment;
  /**
   * Makes machine code, without checks where there is a proof, which is used up; else each access is checked when it is made.
   * @param options undefined where all have their defaults
   * @param script undefined for a program that makes no calls
   * @throws Error with `pc` when the program's structure is wrong
   */
  compile(
    program: Uint8Array | Proof,
    environment: NativeEnvironment,
    options: CompileOptions | undefined,
    script?: Script,
  ): NativeProgram;
  /** The machine code that `compile` would make, as text: an instruction a line, behind a line `; pc` for each of the program's. */
  list(
    program: Uint8Array | Proof,
    environment: NativeEnvironment,
    options: CompileOptions & { readonly processor?: Processor | undefined },
  ): string;
  /**
   * Writes `result` to the row where the bit of a mask is set, else 0.
   * @param bit from 0, the lowest
   * @returns how often it is
   */
  spread(masks: Uint32Array, bit: number, result: number, row: Uint32Array): number;
  /** The running kernel's own machine; absent where that isn't Linux. */
  readonly kernel?: Kernel;
}

/** Made by `prove`; to JavaScript it has no parts. */
export interface Proof {
  readonly [proof]: never;
}
declare const proof: unique symbol;

/** Made by `environment`; to JavaScript it has no parts. */
export interface NativeEnvironment {
  readonly [environment]: never;
}
declare const environment: unique symbol;

/** Errors are those of the system calls, with `errno`. */
export interface Kernel {
  /**
   * bpf(2), BPF_PROG_LOAD.
   * @param type one of `enum bpf_prog_type`
   * @throws Error with `errno` and, where the verifier refuses the program, what it says in `log`
   */
  load(type: number, wire: Uint8Array): KernelProgram;
  /** Attaches a classic program to a socket and drops both. @throws Error with `errno` where the kernel refuses it */
  attachClassic(insns: Uint8Array): void;
  /**
   * Forks; the child takes NO_NEW_PRIVS and the filter on itself, and executes the program.
   * @throws Error with `errno`, and in `stage` what failed: `start`, `privileges`, `filter`, `execute`
   */
  startFiltered(command: FilteredCommand): FilteredProcess;
  /**
   * seccomp(2) on this very process. @param flags SECCOMP_FILTER_FLAG_*
   * @throws Error with `errno` where the kernel refuses it
   */
  restrictThisProcess(filter: Uint8Array, flags: number): void;
}

export interface FilteredCommand {
  /** The path of the program's file. */
  readonly file: string;
  /** The program's name first. */
  readonly arguments: readonly string[];
  /** NAME=value */
  readonly environment: readonly string[];
  /** `struct sock_filter`, 8 bytes an instruction. */
  readonly filter: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* */
  readonly flags: number;
}

export interface FilteredProcess {
  readonly pid: number;
  /** How it ended: its exit status, or the number of the signal that killed it. */
  readonly ended: Promise<{ readonly code: number } | { readonly signal: number }>;
}

export interface KernelProgram {
  /**
   * bpf(2), BPF_PROG_TEST_RUN: the low half of r0.
   * @param packet begins with its link header; the program may change its bytes
   * @throws Error with `errno` when Linux tests no such packet, or the program changes its length
   */
  run(packet: Uint8Array): number;
  close(): void;
}

/** What machine code can be listed for. */
export type Processor = 'x64' | 'arm64';

export interface EnvironmentOptions {
  /** What r1 is: `packet`, a context made of the packet; `context`, the bytes; `memory`, the bytes, and r2 how many. */
  readonly input: 'packet' | 'context' | 'memory';
  /** Of `packet`: where the context's fields are. */
  readonly context: PacketContext;
  /** What the program may do to the packet that it reaches through addresses in its context. */
  readonly packetAccess: 'none' | 'read' | 'write';
  /** Whether packet loads read the bytes; else they always fail. */
  readonly packetLoads: boolean;
  /** The byte of the packet that offsets from SKF_NET_OFF on count from. */
  readonly networkHeader: number;
  /** Whether the program may store into what r1 points to. */
  readonly isWritable: boolean;
}

export interface CompileOptions {
  /** How many bytes every input has: shorter ones are refused; default 0. */
  readonly least?: number | undefined;
  /** How many instructions a run may execute; undefined: they aren't counted. */
  readonly budget?: number | undefined;
  /**
   * Given for a program without a proof. One byte a slot: 1 where the instruction reads a register that nothing can have
   * written.
   */
  readonly uninitialised?: Uint8Array | undefined;
  /** Leave out instructions that not every processor of its kind has; default false. */
  readonly isBaseline?: boolean | undefined;
  /** Whether a batch takes several packets at a time, where the processor has vectors and the program allows it; default false. */
  readonly takesMany?: boolean | undefined;
  /** What references to maps are indices into: the bytes of a map's SharedArrayBuffer, or null for one that only JavaScript knows; default none. */
  readonly maps?: readonly (Uint8Array | null)[] | undefined;
  /**
   * Given for a lowered program, whose operations are known then: what its lookups are indices into. A table is the number of
   * its ways, the binary logarithm of how many slots a way has, two factors, and the slots (src/optimize/table.ts).
   */
  readonly tables?: readonly Uint32Array[] | undefined;
}

/** Each field is at a byte offset, has 32 bits, and lies within `bytes`; what no list names is 0. */
export interface PacketContext {
  /** How many bytes the program sees. */
  readonly bytes: number;
  readonly lengths: Uint32Array;
  readonly protocols: Uint32Array;
  /** What checked code takes for the packet's address, and for that behind its last byte. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** What JavaScript does for a run. What these functions throw ends the run, and is thrown there. */
export interface Script {
  /** Carries out a helper that isn't built in: r0, or the number (from 1) of a trap's code. */
  callHelper(helper: number, ...registers: bigint[]): bigint | number;
  /** The program that a map of programs has at an index, undefined where it has none, or the number of a trap's code. */
  tailCallee(map: number, index: number): NativeProgram | undefined | number;
}

/** Functions bound to a program's machine code. Reading one makes it anew: who calls it often keeps it. */
export interface NativeProgram {
  /** How many bytes the machine code takes; 0 once it is closed. */
  readonly codeBytes: number;
  /** How many packets a batch takes at a time. */
  readonly lanes: number;
  /** r0, or why the run ended early: the number (from 1) of the trap's code, and its pc. */
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
  /**
   * Walks over the records of a capture and filters them in the same pass; stops at what isn't a packet or is damaged.
   * @param data less than 4 GiB
   * @param state receives and returns what src/base/records.ts names
   * @param index seven columns of as many entries, one each packet that is wanted: offset, captured, length, record, time high,
   * time low, interface
   * @param interfaces snaplen and link type of each interface
   */
  scan(data: Uint8Array, state: Uint32Array, index: Uint32Array, interfaces: Uint32Array): void;
  /** For a helper: a copy of the bytes that the program may read at an address; undefined where it may not. */
  bytes(address: bigint, length: number): Uint8Array | undefined;
  /** For a helper: writes bytes to an address; false, and nothing done, where the program may not write there. */
  write(address: bigint, bytes: Uint8Array): boolean;
  /** For a helper: where the bytes begin that programs reach in a map; 0n where it has none. */
  mapAddress(map: number): bigint;
  /** Gives back the machine code; nothing may be run afterwards. False, and nothing done, while the program runs. */
  close(): boolean;
}

/** The native part and its file, or why there is none: `isWrong` where the reason is a mistake of the user's. */
export type Native =
  | { readonly addon: Addon; readonly path: string; readonly reason: null }
  | { readonly addon: null; readonly reason: string; readonly isWrong?: boolean };

export const native: Native;
