// Concrete within abstract: what accepted programs do lies inside what the verifier claimed of each instruction.

import { describe, expect, it } from 'vitest';
import type { Program } from '../src/ebpf/program.js';
import { Interpreter } from '../src/run/interpreter.js';
import { createMap } from '../src/run/map/table.js';
import { VerifyError } from '../src/verify/refusal.js';
import { firstSeed, note, runsOf } from './campaign.js';
import { Claims } from './claims.js';
import { randomInput, safeProgram, type World, worlds } from './safe-programs.js';
import { smallest } from './shrink.js';
import { generator } from './verify-programs.js';

const runs = runsOf(100);
const inputsEach = 6;
/** Runs of loops without a proved end are cut off. */
const budget = 2000;

/** How a program was held against its claims. */
interface Finding {
  readonly steps: number;
  readonly violation: string | undefined;
}

/** Undefined where the program is refused. @param flags Linux's; 8 stores a state wherever paths meet */
function checked(program: Program, world: World, seed: number, flags: number): Finding | undefined {
  const claims = claimsOf(program, world, flags);
  if (claims === undefined) return undefined;
  const maps = program.maps.map((spec) => createMap(spec));
  const draw = generator(seed);
  let steps = 0;
  for (let run = 0; run < inputsEach; run++) {
    const input = randomInput(draw, world);
    const follower = claims.follow(input.length);
    const { trap } = new Interpreter(program, worlds[world], { maps, budget, watch: follower.watch }).run(
      input,
      input.length,
    );
    steps += follower.steps;
    const violation = follower.violation ?? (trap === undefined || trap.code === 'budget' ? undefined : trap.code);
    if (violation !== undefined) return { steps, violation };
  }
  return { steps, violation: undefined };
}

function claimsOf(program: Program, world: World, flags: number): Claims | undefined {
  try {
    return new Claims(program, worlds[world], { flags });
  } catch (error) {
    if (error instanceof VerifyError) return undefined;
    throw error;
  }
}

function report(program: Program, world: World, seed: number, flags: number): string {
  const small = smallest(program, (smaller) => checked(smaller, world, seed, flags)?.violation !== undefined);
  return `seed ${seed}, flags ${flags}: ${checked(small, world, seed, flags)?.violation}\n${small}`;
}

describe.each(Object.keys(worlds) as World[])('random programs of the world %s', (world) => {
  it('do nothing that the verifier did not foresee', () => {
    let [accepted, steps] = [0, 0];
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const program = safeProgram(seed, world, { maps: world !== 'packet' });
      const flags = seed % 2 === 0 ? 8 : 0;
      const finding = checked(program, world, seed, flags);
      if (finding === undefined) continue;
      accepted++;
      steps += finding.steps;
      if (finding.violation !== undefined) expect.fail(report(program, world, seed, flags));
    }
    // The law says nothing of programs that are refused: there must be enough others.
    expect(accepted).toBeGreaterThan(runs / 2);
    note(`${world}: ${accepted} programs accepted, ${steps} steps`);
  });
});
