// Random programs, wild ones and such as the verifier accepts more often than not: machine code does what the interpreter does
// (differential.ts). What differs is made as small as it can be.

import { appendFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { skbField } from '../src/env/skb.js';
import { nativeMissing } from '../src/run/native.js';
import { difference, type Tally } from './differential.js';
import { randomProgram } from './random-programs.js';
import { randomInput, safeProgram, type World, worlds } from './safe-programs.js';
import { smallest } from './shrink.js';
import { generator } from './verify-programs.js';

const { UNIBPF_FUZZ_RUNS, UNIBPF_FUZZ_SEED, UNIBPF_FUZZ_INPUTS, UNIBPF_FUZZ_NOTES } = process.env;
const programs = Number(UNIBPF_FUZZ_RUNS ?? 500);
const seed = Number(UNIBPF_FUZZ_SEED ?? 1);
/** How many inputs a program is given that the verifier may accept. */
const inputsEach = Number(UNIBPF_FUZZ_INPUTS ?? 8);
const budget = 500;
const tallies = new Map<string, Tally>();

/** What was compared under a title. */
function tallyOf(title: string): Tally {
  const tally = { programs: 0, verified: 0, pairs: 0 };
  tallies.set(title, tally);
  return tally;
}

afterAll(() => {
  if (UNIBPF_FUZZ_NOTES === undefined) return;
  for (const [title, { programs, verified, pairs }] of tallies) {
    const line = `${title}: ${programs}, of them ${verified} verified; ${pairs} pairs of a program and an input`;
    appendFileSync(UNIBPF_FUZZ_NOTES, `${line}\n`);
  }
});

const wildInputs = [0, 8, 30, 64].map((length) => Uint8Array.from({ length }, (_, i) => (i * 37 + 8) & 0xff));

const wild: readonly { title: string; world: Environment; program: fc.Arbitrary<Program> }[] = [
  { title: 'memory', world: environment('memory'), program: randomProgram(false) },
  { title: 'packets', world: environment('packet'), program: randomProgram(true) },
  {
    title: 'addresses of packets',
    world: environment('sched_cls'),
    program: randomProgram(true, skbField('data').offset),
  },
];

describe.skipIf(nativeMissing() !== undefined)('on wild programs machine code does what the interpreter does', () => {
  it.each(wild.map((each) => [each.title, each] as const))('over %s', (title, { world, program }) => {
    const tally = tallyOf(`wild programs over ${title}`);
    fc.assert(
      fc.property(program, (program) => {
        const found = difference(program, world, wildInputs, budget, tally);
        if (found !== undefined) expect.fail(`${found}\n${program}`);
      }),
      { seed, numRuns: programs },
    );
  });
});

describe.skipIf(nativeMissing() !== undefined)('on safe programs machine code does what the interpreter does', () => {
  it.each(Object.keys(worlds) as World[])('in the world %s', (world) => {
    const tally = tallyOf(`safe programs over ${world}`);
    for (let i = 0; i < programs; i++) agree(seed * 1_000_000 + i, world, tally);
  });
});

function agree(seed: number, world: World, tally: Tally): void {
  const program = safeProgram(seed, world, { maps: world !== 'packet' && seed % 2 === 0 });
  const draw = generator(seed);
  const inputs = Array.from({ length: inputsEach }, () => randomInput(draw, world));
  const differs = (candidate: Program, counted?: Tally) =>
    difference(candidate, worlds[world], inputs, 100_000, counted);
  if (differs(program, tally) === undefined) return;
  const small = smallest(program, (candidate) => differs(candidate) !== undefined);
  expect.fail(`program ${seed} over ${world}: ${differs(small)}\n${small}`);
}
