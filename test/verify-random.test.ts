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
import { type VerifiedProgram, verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';
import { guardedRoom, guardMissing } from './guard.js';
import { mutated } from './mutations.js';
import { randomInput, safeProgram, type World, worlds } from './safe-programs.js';
import { smallest } from './shrink.js';
import { generator, inputSize, randomMemoryProgram } from './verify-programs.js';

const runs = runsOf(400);
const inputsEach = 4;
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

/** The first fault that is found on some inputs. */
function fault(verified: VerifiedProgram, source: Source, seed: number): string | undefined {
  const oracle = loaded(verified, 'interpreter');
  const machine = room === undefined ? undefined : loaded(verified, 'jit');
  const draw = generator(seed);
  try {
    for (let run = 0; run < inputsEach; run++) {
      const input = source.input(draw);
      const data = input.slice();
      const expected = oracle.execute(data);
      const wrong = violation(verified, expected) ?? differing(machine, input, shown(expected, data), run);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  } finally {
    oracle.close();
    machine?.close();
  }
}

/** What machine code does otherwise, on an input beside a page that can't be touched: now behind it, now before it. */
function differing(machine: Filter | undefined, input: Uint8Array, expected: string, run: number): string | undefined {
  if (machine === undefined || room === undefined) return undefined;
  const place = run % 2 === 0 ? room.atEnd(input) : room.atStart(input);
  const found = shown(machine.execute(place), place);
  return found === expected ? undefined : `machine code: ${found}, not ${expected}`;
}

function shown({ result, trap }: Outcome, data: Uint8Array): string {
  return `${result} ${trap?.code} ${trap?.pc} ${toHex(data)}`;
}

function report(program: Program, source: Source, seed: number): string {
  const found = (smaller: Program) => {
    const verified = accepted(smaller, source.environment);
    return verified === undefined ? undefined : fault(verified, source, seed);
  };
  const small = smallest(program, (smaller) => found(smaller) !== undefined);
  return `seed ${seed}: ${found(small)}\n${small}`;
}

describe(`random programs, once they are accepted${skipped}`, () => {
  it.each(Object.entries(sources))('over %s never trap, and do the same on both engines', (name, source) => {
    let acceptedCount = 0;
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const program = source.program(seed);
      const verified = accepted(program, source.environment);
      if (verified === undefined) continue;
      acceptedCount++;
      if (fault(verified, source, seed) !== undefined) expect.fail(report(program, source, seed));
    }
    note(`over ${name}: ${acceptedCount} programs accepted, each on ${inputsEach} inputs`);
    // The law says nothing of programs that are refused: there must be enough others.
    expect(acceptedCount).toBeGreaterThan(runs / 10);
  });
});
