// Metamorphic laws: programs that are written otherwise and do the same get the same verdict.

import { describe, expect, it } from 'vitest';
import type { Program } from '../src/ebpf/program.js';
import { VerifyError } from '../src/verify/refusal.js';
import { verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';
import { mutated } from './mutations.js';
import { safeProgram, type World, worlds } from './safe-programs.js';
import { smallest } from './shrink.js';
import { withDeadCode, withMovedBlocks, withNothing, withOtherRegisters } from './variants.js';
import { generator } from './verify-programs.js';

const runs = runsOf(120);

interface Variant {
  readonly make: (program: Program, draw: (n: number) => number) => Program;
  /** Linux's flags; 8 stores a state wherever paths meet. */
  readonly flags?: number;
}

const variants: Readonly<Record<string, Variant>> = {
  'instructions that do nothing': { make: withNothing },
  'code that is never reached': { make: withDeadCode },
  'other registers': { make: withOtherRegisters },
  'a state stored wherever paths meet': { make: (program) => program, flags: 8 },
  'blocks in another order': { make: withMovedBlocks },
};

/** Whether a program is accepted; undefined where it takes too long to tell. */
function verdict(program: Program, world: World, flags: number): boolean | undefined {
  try {
    verify(program, worlds[world], { flags });
    return true;
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error;
    return error.message.includes('too complex') ? undefined : false;
  }
}

function differs(program: Program, world: World, { make, flags = 0 }: Variant, seed: number): boolean {
  const plain = verdict(program, world, 0);
  const other = verdict(make(program, generator(seed)), world, flags);
  return plain !== undefined && other !== undefined && plain !== other;
}

describe.each(Object.keys(worlds) as World[])('random programs of the world %s keep their verdict', (world) => {
  it.each(Object.entries(variants))('with %s', (name, variant) => {
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const whole = safeProgram(seed, world, { maps: world !== 'packet' });
      const program = seed % 2 === 0 ? whole : mutated(whole, generator(seed));
      if (!differs(program, world, variant, seed)) continue;
      const small = smallest(program, (smaller) => differs(smaller, world, variant, seed));
      expect.fail(`seed ${seed}:\n${small}\nbecomes\n${variant.make(small, generator(seed))}`);
    }
    note(`${world}, ${name}: ${runs} programs`);
  });
});
