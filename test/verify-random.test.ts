// Laws of the verifier over seeded random programs: what it accepts never traps, says what was proved of its result, and as
// machine code does what it does on the interpreter, without touching a byte beside its input.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { toHex } from '../src/base/hex.js';
import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { memory } from '../src/env/memory.js';
import type { Outcome } from '../src/run/engine.js';
import type { Filter } from '../src/run/filter.js';
import { load } from '../src/run/load.js';
import { createMap } from '../src/run/map/table.js';
import { bases } from '../src/run/memory.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';
import { type GuardedRoom, guardedRoom, guardMissing } from './guard.js';
import { mutated } from './mutations.js';
import { randomInput, safeProgram, type World, worlds } from './safe-programs.js';
import { smallest } from './shrink.js';
import { generator, inputSize, randomMemoryProgram } from './verify-programs.js';

const runs = runsOf(400);
const inputsEach = Number(process.env.UNIBPF_FUZZ_INPUTS ?? 8);
/** Loops without a proved end are cut off after so many instructions. */
const budget = 2000;
const room = guardMissing === undefined ? guardedRoom() : undefined;
const skipped = guardMissing === undefined ? '' : ` (on the interpreter alone: ${guardMissing})`;

/** Where programs come from, and what they are made for. */
interface Source {
  readonly environment: Environment;
  readonly program: (seed: number) => Program;
  readonly input: (draw: (n: number) => number) => Uint8Array;
}

function sourceOf(world: World): Source {
  // Some have a spoilt instruction: those that are accepted nevertheless are nearer to the edge.
  const program = (seed: number) => {
    const whole = safeProgram(seed, world, { maps: world !== 'packet' }); // which knows no maps
    return seed % 4 === 0 ? mutated(whole, generator(seed)) : whole;
  };
  return { environment: worlds[world], program, input: (draw) => randomInput(draw, world) };
}

const sources: Readonly<Record<string, Source>> = {
  memory: sourceOf('memory'),
  packets: sourceOf('packet'),
  'packets that are reached by address': sourceOf('xdp'),
  'memory, at random': {
    environment: memory(inputSize),
    program: randomMemoryProgram,
    input: (draw) => randomInput(draw, 'memory'),
  },
};

function accepted(program: Program, environment: Environment): VerifiedProgram | undefined {
  try {
    return verify(program, environment);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return undefined;
  }
}

/** What a run does that the proof excludes, in words. */
function violation(verified: VerifiedProgram, { result, trap }: Outcome): string | undefined {
  if (trap !== undefined) return trap.code === 'budget' ? undefined : `${trap.code} at ${trap.pc}`;
  const range = verified.result;
  if (range === undefined || (result >= range.min && result <= range.max)) return undefined;
  return `${result} is not from ${range.min} to ${range.max}`;
}

function loaded(verified: VerifiedProgram, engine: 'interpreter' | 'jit'): Filter {
  const maps = verified.program.maps.map((spec) => createMap(spec));
  return load(verified, { engine, maps, ...(verified.budgeted ? { budget } : {}) });
}

/** What runs of a program came to. */
interface Finding {
  /** What is otherwise than was proved, or than on the other engine, in words. */
  readonly fault: string | undefined;
  /** It tells where something is in memory, which no two engines have at the same place. */
  readonly tellsAddresses: boolean;
}

/** Runs a program on some inputs, one after the other. */
function checked(verified: VerifiedProgram, source: Source, seed: number): Finding {
  const draw = generator(seed);
  const inputs = Array.from({ length: inputsEach }, () => source.input(draw));
  const outcomes: Outcome[] = [];
  const expected = onOracle(verified, inputs, outcomes);
  const trapped = outcomes.map((outcome) => violation(verified, outcome)).find((fault) => fault !== undefined);
  const fault = trapped ?? (room === undefined ? undefined : difference(expected, onMachine(verified, inputs, room)));
  const isAddress = trapped === undefined && fault !== undefined && tellsAddresses(verified, inputs, expected);
  return { fault: isAddress ? undefined : fault, tellsAddresses: isAddress };
}

function difference(expected: readonly string[], found: readonly string[]): string | undefined {
  const at = found.findIndex((outcome, run) => outcome !== expected[run]);
  return at < 0 ? undefined : `machine code: ${found[at]}, not ${expected[at]}`;
}

/** What the interpreter does. @param outcomes where that is added, as it is */
function onOracle(verified: VerifiedProgram, inputs: readonly Uint8Array[], outcomes: Outcome[] = []): string[] {
  const oracle = loaded(verified, 'interpreter');
  return inputs.map((input) => {
    const data = input.slice();
    const outcome = oracle.execute(data);
    outcomes.push(outcome);
    return shown(outcome, data);
  });
}

/** What machine code does, each input beside a page that can't be touched: now before it, now behind it. */
function onMachine(verified: VerifiedProgram, inputs: readonly Uint8Array[], room: GuardedRoom): string[] {
  const machine = loaded(verified, 'jit');
  try {
    return inputs.map((input, run) => {
      const place = run % 2 === 0 ? room.atEnd(input) : room.atStart(input);
      return shown(machine.execute(place), place);
    });
  } finally {
    machine.close();
  }
}

/** Whether the oracle does something else when all is elsewhere in memory: an address was taken for a number. */
function tellsAddresses(
  verified: VerifiedProgram,
  inputs: readonly Uint8Array[],
  expected: readonly string[],
): boolean {
  const usual = { ...bases };
  const draw = generator(1);
  const runs = Array.from({ length: 8 }, () => {
    try {
      const far = Object.keys(bases).map((name, index) => [name, BigInt(index + 1 + 8 * draw(64)) << 38n] as const);
      // A context has but 32 bits for the address of a packet.
      const near = verified.environment.packetAccess === 'none' ? [] : [['data', 0x10000n] as const];
      for (const [name, place] of [...far, ...near]) {
        Object.assign(bases, { [name]: place + 8n * BigInt(draw(1 << 28)) + (BigInt(draw(2)) << 31n) });
      }
      return onOracle(verified, inputs).join();
    } finally {
      Object.assign(bases, usual);
    }
  });
  return runs.some((run) => run !== expected.join());
}

function shown({ result, trap }: Outcome, data: Uint8Array): string {
  return `${result} ${trap?.code} ${trap?.pc} ${toHex(data)}`;
}

function report(program: Program, source: Source, seed: number): string {
  const found = (smaller: Program) => {
    const verified = accepted(smaller, source.environment);
    return verified === undefined ? undefined : checked(verified, source, seed).fault;
  };
  const small = smallest(program, (smaller) => found(smaller) !== undefined);
  return `seed ${seed}: ${found(small)}\n${small}`;
}

describe(`random programs, once they are accepted${skipped}`, () => {
  it.each(Object.entries(sources))('over %s never trap, and do the same on both engines', (name, source) => {
    const counts = { accepted: 0, tellAddresses: 0 };
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const program = source.program(seed);
      const verified = accepted(program, source.environment);
      if (verified === undefined) continue;
      counts.accepted++;
      const { fault, tellsAddresses } = checked(verified, source, seed);
      if (fault !== undefined) expect.fail(report(program, source, seed));
      if (tellsAddresses) counts.tellAddresses++;
    }
    note(`over ${name}: ${counts.accepted} programs accepted, each on ${inputsEach} inputs`);
    if (counts.tellAddresses > 0) note(`  they tell an address, other on each engine: ${counts.tellAddresses}`);
    // The law says nothing of programs that are refused: there must be enough others.
    expect(counts.accepted).toBeGreaterThan(runs / 10);
    expect(counts.tellAddresses).toBeLessThanOrEqual(Math.ceil(runs / 100));
  });
});

/** What a verification says that the walk decides: the reason of a refusal, or what was explored and proved. */
function said(program: Program, environment: Environment, ranges: boolean): unknown {
  try {
    const { processed, states, stack, context, result, facts } = verify(program, environment, { ranges });
    return { processed, states, stack, context, result, facts: toHex(facts) };
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return error.message;
  }
}

describe('what is kept for those who ask', () => {
  // Where nobody does, comparisons teach nothing of registers that are not read any more.
  it.each(Object.entries(sources))('changes nothing of what is found out about programs over %s', (_, source) => {
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const program = source.program(seed);
      const [plain, kept] = [false, true].map((ranges) => said(program, source.environment, ranges));
      expect(kept, `seed ${seed}`).toEqual(plain);
    }
  });
});
