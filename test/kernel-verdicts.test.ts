// The running kernel's verifier as the judge of generated programs: what it refuses is refused here too. The other way round
// is counted: docs/verifier.md says why.

import { describe, expect, it } from 'vitest';
import { native } from '../lib/native.js';
import { BpfError } from '../src/base/error.js';
import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { kernelMissing } from '../src/run/kernel.js';
import { verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';
import { mutated } from './mutations.js';
import { safeProgram, type World } from './safe-programs.js';
import { smallest } from './shrink.js';
import { generator } from './verify-programs.js';

const missing = kernelMissing();
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`;
const runs = runsOf(80);

/** Types of programs by their number in `enum bpf_prog_type` (linux/bpf.h), and what their programs do. */
const judged: readonly (readonly [name: string, type: number, world: World])[] = [
  ['socket_filter', 1, 'packet'],
  ['sched_cls', 3, 'packet'],
  ['xdp', 6, 'xdp'],
];

/** Why a program is refused here; undefined where it is accepted. */
function refusal(program: Program, where: Environment): string | undefined {
  try {
    verify(program, where);
    return undefined;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    return error.message;
  }
}

/** Why Linux refuses a program: the end of its log. */
function linuxRefusal(program: Program, type: number): string | undefined {
  try {
    native.addon?.kernel?.load(type, program.encode()).close();
    return undefined;
  } catch (error) {
    const log = error instanceof Error && 'log' in error ? String(error.log) : String(error);
    return log.trim().split('\n').slice(-3).join('\n');
  }
}

/** Half of the programs have a spoilt instruction. */
function programOf(seed: number, world: World): Program {
  const program = safeProgram(seed, world, false);
  return seed % 2 === 0 ? program : mutated(program, generator(seed));
}

describe.skipIf(missing)(`the running kernel${skipped}`, () => {
  it.each(judged)('refuses no program of type %s that is accepted', (name, type, world) => {
    const where = environment(name);
    const strictly = (program: Program) =>
      refusal(program, where) === undefined && linuxRefusal(program, type) !== undefined;
    let [accepted, refused] = [0, 0];
    const stricter: string[] = [];
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const program = programOf(seed, world);
      const [ours, theirs] = [refusal(program, where), linuxRefusal(program, type)];
      if (ours === undefined && theirs !== undefined) {
        const small = smallest(program, strictly);
        expect.fail(`seed ${seed}: ${linuxRefusal(small, type)}\n${small}`);
      }
      if (ours !== undefined && theirs === undefined) stricter.push(`seed ${seed}: ${ours}`);
      if (theirs === undefined) accepted++;
      else refused++;
    }
    note(`${name}: Linux accepts ${accepted} and refuses ${refused}; refused here alone: ${stricter.length}`);
    for (const each of stricter.slice(0, 5)) note(`  ${each}`);
    // Each verdict has to be asked for often enough.
    expect(Math.min(accepted, refused)).toBeGreaterThan(runs / 20);
  });
});
