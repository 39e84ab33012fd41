// Machine code as an engine: the binding of the native part, which does the work. What it can't do itself it asks of
// JavaScript: helpers that need one of our own functions, and the program that a tail call goes on with.

import {
  type Addon,
  type CompileOptions,
  type EnvironmentOptions,
  type NativeEnvironment,
  type NativeProgram,
  native,
  type Processor,
  type Proof,
  type Script,
} from '../../lib/native.js';
import { BpfError } from '../base/error.js';
import { encode } from '../ebpf/encode.js';
import type { LoweredInsn } from '../ebpf/insn.js';
import { print } from '../ebpf/print.js';
import { contextSource, type Environment } from '../env/environment.js';
import type { Table } from '../optimize/table.js';
import { type Code, prepare, type Runnable, uninitialisedOf } from './code.js';
import {
  batchByOne,
  type Executable,
  type Outcome,
  type Packets,
  type TrapCode,
  trapCodes,
  wrongPacket,
} from './engine.js';
import type { HelperCall } from './helpers/call.js';
import { helperFunctions } from './helpers/table.js';
import type { InterpreterOptions } from './interpreter.js';
import { ProgramArray } from './map/programs.js';
import { type AnyMap, hasMemory } from './map/table.js';
import type { Writable } from './memory.js';
import { hasPacket, type Known, packetContext, partsLoaded } from './packet-context.js';

export interface NativeOptions extends InterpreterOptions {
  /** Whether each access is checked when it is made; default true: only a verified program may do without. */
  readonly checked?: boolean | undefined;
  /** Of a verified program: what was proved of each instruction (src/verify/facts.ts); default nothing. */
  readonly facts?: Uint8Array | undefined;
  /** Of a verified program: the slots of its loads from the context; default none. */
  readonly contextLoads?: readonly number[] | undefined;
  /** Leave out instructions that not every processor of its kind has; default false. */
  readonly baseline?: boolean | undefined;
}

export interface ListingOptions extends NativeOptions {
  /** Default the one here. */
  readonly processor?: Processor | undefined;
}

/**
 * Why there is no machine code here, in one line; undefined where there is.
 * @throws BpfError 'usage' when a variable of the environment has a word that means nothing
 */
export function nativeMissing(): string | undefined {
  if (native.addon === null && native.isWrong === true) throw new BpfError('usage', native.reason);
  return native.reason ?? undefined;
}

/** The machine code of a program as text: each of its instructions behind `;`, and below what is made of it. */
export function listNative(program: Runnable, environment: Environment, options: ListingOptions = {}): string {
  const code = prepare(program, environment, options.maps ?? []);
  const { processor } = options;
  const given = { ...compileOptions(code, options), processor };
  const insns = print(program.insns).trimEnd().split('\n').values();
  const lines = code.insns.map((insn) => (insn.kind === 'wide-end' ? '' : insns.next().value));
  return addon()
    .list(sourceOf(code, options), nativeEnvironment(environment), given)
    .replace(/^; (\d+)$/gm, (_, pc) => `; ${pc}: ${lines[pc]}`);
}

/** A program as machine code. */
export class Native implements Executable {
  readonly engine = 'jit';
  /** What a tail call of it goes on with. */
  readonly program: NativeProgram;
  readonly #code: Code;
  readonly #print: (text: string) => void;
  readonly #asksScript: boolean;
  readonly #least: number;
  readonly #scans: boolean;
  #verdict: Executable['verdict'] | undefined;
  #scan: NativeProgram['scan'] | undefined;
  #batch: NativeProgram['runBatch'] | undefined;
  #run: NativeProgram['run'] | undefined;
  #reached: Writable | undefined;
  #mapAddress: NativeProgram['mapAddress'] | undefined;
  /** The input of the run, for helpers that look at it. */
  #input: Uint8Array | undefined;

  /**
   * @throws BpfError 'unavailable' without the native part, 'encoding' when the instructions make no program, 'range' when
   * a map reference leads nowhere, 'unsupported' when the program names what isn't built
   */
  constructor(program: Runnable, environment: Environment, options: NativeOptions = {}) {
    this.#code = prepare(program, environment, options.maps ?? []);
    this.#print = options.print ?? (() => {});
    this.#asksScript = this.#code.insns.some(asksScript) || this.#code.maps.maps.some(isKnownToScript);
    this.#least = options.least ?? 0;
    this.program = addon().compile(
      sourceOf(this.#code, options),
      nativeEnvironment(environment),
      compileOptions(this.#code, options),
      this.#code.insns.some(isCall) ? this.#script() : undefined,
    );
    this.#scans = !this.#asksScript && environment.packetLoads && this.#least === 0;
  }

  /** How many packets a batch takes at a time. */
  get lanes(): number {
    return this.program.lanes;
  }

  get codeBytes(): number {
    return this.program.codeBytes;
  }

  get verdict(): Executable['verdict'] {
    this.#verdict ??= this.#makeVerdict();
    return this.#verdict;
  }

  get scan(): Executable['scan'] {
    if (!this.#scans) return undefined;
    this.#scan ??= this.program.scan;
    return this.#scan;
  }

  run(data: Uint8Array, length: number): Outcome {
    this.#run ??= this.program.run;
    const run = this.#run;
    const answer = this.#withInput(data, () => run(data, length));
    if (typeof answer === 'bigint') return { result: BigInt.asUintN(this.#code.environment.result.bits, answer) };
    const [code, pc] = answer;
    return { result: 0n, trap: { code: trapCodes[code - 1]!, pc } };
  }

  runBatch(packets: Packets, verdicts: Uint32Array): number {
    return this.runPart(packets, verdicts, 0);
  }

  /** Runs over a part of a batch, of which it is told where it begins. */
  runPart(packets: Packets, verdicts: Uint32Array, first: number): number {
    if (this.#asksScript) return batchByOne(this.verdict, packets, verdicts, this.#least);
    const { data, offsets, captured, lengths } = packets;
    this.#batch ??= this.program.runBatch;
    const matches = this.#batch(data, offsets, captured, lengths, verdicts);
    if (matches < 0) throw wrongPacket(packets, -1 - matches, this.#least, first);
    return matches;
  }

  /** @throws BpfError 'usage' from within a helper that a run of this program has called */
  close(): void {
    if (!this.program.close()) throw new BpfError('usage', "a program that is running can't be closed");
  }

  /** What a helper reaches by an address. */
  get #memory(): Writable {
    this.#reached ??= { bytes: this.program.bytes, write: this.program.write };
    return this.#reached;
  }

  readonly #addressIn = (map: number, offset: number): bigint => {
    this.#mapAddress ??= this.program.mapAddress;
    return this.#mapAddress(map) + BigInt(offset);
  };

  #makeVerdict(): Executable['verdict'] {
    const { verdict } = this.program;
    return this.#asksScript ? (data, length) => this.#withInput(data, () => verdict(data, length)) : verdict;
  }

  /** A helper may run the same program again: the input is the outer run's afterwards. */
  #withInput<Result>(data: Uint8Array, run: () => Result): Result {
    const outer = this.#input;
    this.#input = data;
    try {
      return run();
    } finally {
      this.#input = outer;
    }
  }

  #script(): Script {
    return {
      callHelper: (helper, ...registers) => this.#callHelper(helper, registers),
      tailCallee: (map, index) => this.#tailCallee(map, index),
    };
  }

  #callHelper(helper: number, registers: readonly bigint[]): bigint | number {
    const { maps, environment } = this.#code;
    const call = helperFunctions.get(helper);
    if (call !== undefined) {
      const packet = hasPacket(environment) ? this.#input : undefined;
      const [r1, r2, r3, r4, r5] = registers as HelperCall['arguments'];
      const [memory, addressIn, print] = [this.#memory, this.#addressIn, this.#print];
      const answer = call({
        arguments: [r1, r2, r3, r4, r5],
        ...{ memory, maps, addressIn, packet, print, environment: environment.name },
      });
      return typeof answer === 'string' ? numberOf(answer) : answer;
    }
    const found = environment.helpers.get(helper);
    if (found?.call === undefined) return numberOf('bad-call');
    return BigInt.asUintN(64, found.call(...registers.slice(0, found.arguments.length)));
  }

  #tailCallee(map: number, index: number): NativeProgram | number | undefined {
    const programs = this.#code.maps.maps[map];
    if (!(programs instanceof ProgramArray)) return numberOf('bad-call');
    const callee = programs.get(index);
    if (callee === undefined) return undefined;
    const isAlike = callee instanceof Native && callee.#code.environment.name === this.#code.environment.name;
    return isAlike ? callee.program : numberOf('bad-call');
  }
}

/** The native part. @throws BpfError 'unavailable' where there is none */
export function addon(): Addon {
  const missing = nativeMissing();
  if (native.addon === null) throw new BpfError('unavailable', `there is no machine code here: ${missing}`);
  return native.addon;
}

/** Environments as the native part has them: it reads each once. */
const environments = new WeakMap<Environment, NativeEnvironment>();

function nativeEnvironment(environment: Environment): NativeEnvironment {
  const known = environments.get(environment);
  if (known !== undefined) return known;
  const made = addon().environment(environmentOptions(environment));
  environments.set(environment, made);
  return made;
}

function environmentOptions(environment: Environment): EnvironmentOptions {
  return {
    input: inputOf(environment),
    context: contextOf(environment),
    packetAccess: environment.packetAccess === 'buffer' ? 'write' : environment.packetAccess,
    packetLoads: environment.packetLoads,
    networkHeader: environment.networkHeader,
    isWritable: environment.arguments.includes('data') || environment.fields.some(({ write }) => write.length > 0),
  };
}

/** What differs from the defaults; nothing for most of the programs that were verified. */
function compileOptions(code: Code, options: NativeOptions): CompileOptions | undefined {
  const { budget, checked = true, baseline = false, least = 0 } = options;
  const { maps } = code.maps;
  const isPlain = budget === undefined && !checked && !baseline && least === 0;
  if (isPlain && code.tables === undefined && maps.length === 0) return undefined;
  return {
    least,
    isBaseline: baseline,
    takesMany: code.shape === 'lanes',
    maps: maps.map((map) => (map !== undefined && hasMemory(map) ? new Uint8Array(map.buffer) : null)),
    budget: budget === Number.POSITIVE_INFINITY ? undefined : budget,
    uninitialised: checked ? uninitialisedOf(code) : undefined,
    tables: code.tables?.map(tableNumbers),
  };
}

function tableNumbers({ ways, bits, factors, slots }: Table): Uint32Array {
  const numbers = new Uint32Array(4 + slots.length);
  numbers.set([ways, bits, ...factors]);
  numbers.set(slots, 4);
  return numbers;
}

/** What is compiled. Checked code finds the packet by what a context's field can hold of its address. */
function sourceOf({ insns, environment }: Code, options: NativeOptions): Uint8Array | Proof {
  const { checked = true, facts = new Uint8Array(insns.length), contextLoads = [] } = options;
  const wire = encode(insns);
  return checked ? wire : addon().prove(wire, facts, partsLoaded(insns, environment, contextLoads));
}

function contextOf(environment: Environment): EnvironmentOptions['context'] {
  const context = packetContext(environment);
  const offsets = (value: Known) =>
    Uint32Array.from(context.known.flatMap(([offset, known]) => (known === value ? offset : [])));
  return {
    bytes: context.bytes,
    lengths: offsets('length'),
    protocols: offsets('protocol'),
    starts: offsets('start'),
    ends: offsets('end'),
  };
}

function inputOf(environment: Environment): EnvironmentOptions['input'] {
  const source = contextSource(environment);
  if (source === undefined) return 'memory';
  return source === 'packet' ? 'packet' : 'context';
}

/** Linux's numbers of the helpers that native/runtime/host.cc carries out. */
const builtIn: ReadonlySet<number> = new Set([1, 2, 3, 5, 7, 8, 12]);

function isCall({ kind }: LoweredInsn): boolean {
  return kind === 'call-helper' || kind === 'call-register';
}

function asksScript(insn: LoweredInsn): boolean {
  return insn.kind === 'call-register' || (insn.kind === 'call-helper' && !builtIn.has(insn.helper));
}

/** Lookups in it are answered by JavaScript. */
function isKnownToScript(map: AnyMap | undefined): boolean {
  return map !== undefined && !hasMemory(map) && !(map instanceof ProgramArray);
}

/** How the native part knows a trap. */
function numberOf(trap: TrapCode): number {
  return trapCodes.indexOf(trap) + 1;
}
