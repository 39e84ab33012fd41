// Holds machine code against the interpreter: each program as checked code, and where the verifier accepts it as trusting
// code, with the facts that were proved and without; each with all that the processor can do, and with what all of its
// kind can; and as `load` makes it of a proof, lowered where that can be. Where a program is given packets, also all inputs in one batch.

import { toHex } from '../src/base/hex.js';
import type { Program } from '../src/ebpf/program.js';
import { contextSource, type Environment } from '../src/env/environment.js';
import type { Executable, Outcome } from '../src/run/engine.js';
import { Interpreter } from '../src/run/interpreter.js';
import { ready } from '../src/run/load.js';
import { BpfMap } from '../src/run/map/map.js';
import { Native, type NativeOptions } from '../src/run/native.js';
import { VerifyError } from '../src/verify/refusal.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';

/** What was compared, for the note of a campaign. */
export interface Tally {
  programs: number;
  /** Of them, those that the verifier accepted. */
  verified: number;
  /** A program and an input, on all engines. */
  pairs: number;
}

/** A run, and what it left. */
interface Seen {
  readonly outcome: Outcome;
  readonly data: Uint8Array;
}

interface Subject {
  readonly name: string;
  readonly engine: Executable;
  readonly maps: readonly BpfMap[];
}

/** The first difference between the interpreter and machine code, in words; undefined where there is none. */
export function difference(
  program: Program,
  world: Environment,
  inputs: readonly Uint8Array[],
  budget: number,
  tally?: Tally,
): string | undefined {
  const oracle = subject('the interpreter', program, (maps) => new Interpreter(program, world, { budget, maps }));
  const verified = accepted(program, world);
  const machines = [{}, ...proofsOf(verified)].flatMap((proof) => machinesFor(program, world, { budget, ...proof }));
  try {
    const seen = inputs.map((input) => run(oracle.engine, input));
    const isBounded = seen.every(({ outcome }) => outcome.trap?.code !== 'budget');
    if (verified?.budgeted === false && isBounded) {
      machines.push(
        subject('machine code, as loaded', program, (maps) => ready(verified, { engine: 'jit', maps, optimize: true })),
      );
    }
    for (const machine of machines) {
      const found = differs(machine, oracle, inputs, seen) ?? batchDiffers(machine, world, inputs, seen);
      if (found !== undefined) return found;
    }
  } finally {
    for (const { engine } of machines) engine.close();
  }
  if (tally !== undefined) {
    tally.programs++;
    tally.verified += verified === undefined ? 0 : 1;
    tally.pairs += inputs.length;
  }
  return undefined;
}

/** Each engine has maps of its own, since programs change them. */
function subject(name: string, { maps: specs }: Program, make: (maps: readonly BpfMap[]) => Executable): Subject {
  const maps = specs.map((spec) => new BpfMap(spec));
  return { name, engine: make(maps), maps };
}

function machinesFor(program: Program, world: Environment, options: NativeOptions): Subject[] {
  const kind = options.checked === false ? (options.facts ? 'trusting, with facts' : 'trusting') : 'checked';
  return [false, true].map((baseline) =>
    subject(`machine code (${kind}${baseline ? ', baseline' : ''})`, program, (maps) => {
      return new Native(program, world, { ...options, maps, baseline });
    }),
  );
}

function accepted(program: Program, world: Environment): VerifiedProgram | undefined {
  try {
    return verify(program, world);
  } catch (error) {
    if (error instanceof VerifyError) return undefined;
    throw error;
  }
}

/** What was proved, and the same without the facts, which change no result. */
function proofsOf(verified: VerifiedProgram | undefined): NativeOptions[] {
  if (verified === undefined) return [];
  const contextLoads = verified.context.loads;
  return [
    { checked: false, contextLoads, facts: verified.facts },
    { checked: false, contextLoads },
  ];
}

function run(engine: Executable, input: Uint8Array): Seen {
  const data = input.slice();
  return { outcome: engine.run(data, data.length), data };
}

function differs(
  machine: Subject,
  oracle: Subject,
  inputs: readonly Uint8Array[],
  seen: readonly Seen[],
): string | undefined {
  for (const [i, input] of inputs.entries()) {
    const found = run(machine.engine, input);
    if (isEqual(found, seen[i]!)) continue;
    return `${machine.name} on ${toHex(input)}: expected ${told(seen[i]!)}, found ${told(found)}`;
  }
  const isSame = machine.maps.every((map, i) => Buffer.compare(map.values, oracle.maps[i]!.values) === 0);
  return isSame ? undefined : `${machine.name} left another content in a map`;
}

/** A batch of copies; programs with maps would find them changed. */
function batchDiffers(
  { name, engine, maps }: Subject,
  world: Environment,
  inputs: readonly Uint8Array[],
  seen: readonly Seen[],
): string | undefined {
  if (contextSource(world) === undefined || maps.length > 0) return undefined;
  const data = Buffer.concat(inputs);
  const captured = Uint32Array.from(inputs, ({ length }) => length);
  const offsets = captured.map((_, i) => captured.subarray(0, i).reduce((sum, length) => sum + length, 0));
  const verdicts = new Uint32Array(inputs.length);
  const matches = engine.runBatch({ data, offsets, captured, lengths: captured }, verdicts);
  const expected = seen.map(({ outcome }) => Number(BigInt.asUintN(32, outcome.result)));
  const wrong = expected.findIndex((verdict, i) => verdict !== verdicts[i]);
  if (wrong >= 0) return `${name} in a batch, input ${wrong}: expected ${expected[wrong]}, found ${verdicts[wrong]}`;
  const isCounted = matches === expected.filter((verdict) => verdict !== 0).length;
  return isCounted ? undefined : `${name} counts ${matches} matches in a batch`;
}

function isEqual(a: Seen, b: Seen): boolean {
  const [one, other] = [a.outcome, b.outcome];
  const isSameTrap = one.trap?.code === other.trap?.code && one.trap?.pc === other.trap?.pc;
  return one.result === other.result && isSameTrap && Buffer.compare(a.data, b.data) === 0;
}

function told({ outcome: { result, trap }, data }: Seen): string {
  return `${trap === undefined ? `0x${result.toString(16)}` : `${trap.code} at ${trap.pc}`} and ${toHex(data)}`;
}
