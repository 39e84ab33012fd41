// The running kernel's verifier as the judge of generated programs: what it refuses is refused here too. The other way round
// is counted: docs/verifier.md says why.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import type { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { verify } from '../src/verify/verify.js';
import { firstSeed, note, runsOf } from './campaign.js';
import { Judge, judgeMissing } from './judge.js';
import { linuxMaps, linuxProgram } from './linux-programs.js';
import { mutated } from './mutations.js';
import type { World } from './safe-programs.js';
import { smallest } from './shrink.js';
import { generator } from './verify-programs.js';

const skipped = judgeMissing === undefined ? '' : ` (skipped: ${judgeMissing})`;
const runs = runsOf(150);

/** Types of programs by their number in `enum bpf_prog_type` (linux/bpf.h), and what their programs do. */
const judged: readonly (readonly [name: string, type: number, world: World])[] = [
  ['socket_filter', 1, 'packet'],
  ['sched_cls', 3, 'packet'],
  ['xdp', 6, 'xdp'],
  ['kprobe', 2, 'memory'],
  ['tracepoint', 5, 'memory'],
  ['perf_event', 7, 'memory'],
  ['lwt_xmit', 12, 'memory'],
  ['sk_skb', 14, 'memory'],
  ['raw_tracepoint', 17, 'memory'],
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

/** Half of the programs have some spoilt instructions. */
function programOf(seed: number, world: World, where: Environment): Program {
  const draw = generator(seed);
  let program = linuxProgram(seed, world, where);
  for (let left = seed % 2 === 0 ? 0 : 1 + draw(3); left > 0; left--) program = mutated(program, draw);
  return program;
}

function lastLines(log: string): string {
  return log.trim().split('\n').slice(-4).join('\n');
}

describe.skipIf(judgeMissing)(`the running kernel${skipped}`, () => {
  it.each(judged)('refuses no program of type %s that is accepted', (name, type, world) => {
    const judge = new Judge(linuxMaps);
    const where = environment(name);
    const isStricter = (program: Program) =>
      refusal(program, where) === undefined && judge.verdict(type, program) === 'refused';
    const counts = { accepted: 0, refused: 0, lost: 0 };
    const alone: string[] = [];
    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const program = programOf(seed, world, where);
      const [ours, theirs] = [refusal(program, where), judge.verdict(type, program)];
      if (ours === undefined && theirs === 'refused') {
        const small = smallest(program, isStricter);
        expect.fail(`seed ${seed}: ${lastLines(judge.log(type, small))}\n${small}`);
      }
      if (ours !== undefined && theirs === 'accepted') alone.push(`seed ${seed}: ${ours}`);
      counts[theirs]++;
    }
    const { accepted, refused, lost } = counts;
    const share = Math.round((100 * accepted) / runs);
    note(`${name}: Linux accepts ${accepted} (${share} %) and refuses ${refused}; refused here alone: ${alone.length}`);
    if (lost > 0) note(`  Linux gave up on itself: ${lost}`);
    for (const each of alone.slice(0, 5)) note(`  ${each}`);
    // Each verdict has to be asked for often enough.
    expect(Math.min(accepted, refused)).toBeGreaterThan(runs / 5);
  });
});
