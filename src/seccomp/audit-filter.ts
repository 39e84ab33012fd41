// What is weak in a filter that somebody made: the same questions as of a policy, where all there is is the program.

import type { ClassicProgram } from '../classic/program.js';
import { letsPass } from './action.js';
import { arches, x32Bit } from './arch.js';
import { words } from './condition.js';
import { everything, type Fact, restricted } from './region.js';
import { walk } from './walk.js';

export interface FilterFinding {
  readonly code: 'no-arch-check' | 'x32' | 'io-uring' | 'denies-everything';
  readonly severity: 'high' | 'medium' | 'low';
  readonly message: string;
}

const fact = (word: number, op: 'eq' | 'ge', k: number, truth: boolean): Fact => {
  return { word, test: { mask: 0xffff_ffff, op, k }, truth };
};

/** @throws BpfError as `walk` does, where what the program does to a call can't be told */
export function auditFilter(program: ClassicProgram): readonly FilterFinding[] {
  const foreign = Object.values(arches).map(({ audit }) => fact(words.arch, 'eq', audit, false));
  const x86 = fact(words.arch, 'eq', arches.x86_64.audit, true);
  const number = (nr: number) => fact(words.nr, 'eq', nr, true);
  const x32 = [x86, fact(words.nr, 'ge', x32Bit, true), fact(words.nr, 'eq', 0xffff_ffff, false)];
  const findings: FilterFinding[] = [];
  const note = (code: FilterFinding['code'], severity: FilterFinding['severity'], message: string) => {
    findings.push({ code, severity, message });
  };
  if (passes(program, foreign)) {
    note('no-arch-check', 'high', "the architecture isn't checked: calls pass whose numbers mean others elsewhere");
  }
  if (passes(program, x32)) {
    note('x32', 'high', 'calls with the bit of x32 pass on x86_64: each call has a second number there');
  }
  if (passes(program, [x86, number(425)])) {
    note('io-uring', 'high', 'io_uring_setup passes on x86_64: what is done through a ring is not seen by filters');
  }
  if (!passes(program, [])) note('denies-everything', 'high', 'no call passes');
  return findings;
}

/** Whether some call of those that fulfil the facts passes. */
function passes(program: ClassicProgram, facts: readonly Fact[]): boolean {
  const region = restricted(everything, facts);
  let any = false;
  if (region !== undefined) walk(program, region, ({ action }) => (any ||= letsPass(action)));
  return any;
}
