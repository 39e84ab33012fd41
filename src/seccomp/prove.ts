// The proof that a filter says what its policy says, of every call there can be: each way through the filter is compared with the
// policy for all calls that take it. It knows nothing of how the filter was made, and reads the instructions themselves.

import { assert } from '../base/error.js';
import { toHex } from '../base/hex.js';
import type { ClassicProgram } from '../classic/program.js';
import { killThread } from './action.js';
import { type Arch, x32Bit } from './arch.js';
import { type Condition, words } from './condition.js';
import { actionText } from './errno.js';
import type { ArchPolicy, Policy, Rule } from './policy.js';
import {
  divided,
  everything,
  example,
  type Fact,
  failing,
  fulfilling,
  isImpossible,
  type Region,
  restricted,
  wordOf,
} from './region.js';
import { type Way, walk } from './walk.js';
import { contains, type WordTest } from './wordset.js';

/** A call that the filter answers otherwise than the policy does. */
export interface Counterexample {
  /** `struct seccomp_data` of the call. */
  readonly data: Uint8Array;
  readonly expected: number;
  readonly found: number;
}

/** @throws an assertion, with the call, where the filter is wrong: a filter that is not its policy never leaves the library */
export function prove(program: ClassicProgram, policy: Policy): void {
  const found = counterexample(program, policy);
  if (found === undefined) return;
  const { data, expected, found: action } = found;
  const answers = `${actionText(action)} where the policy says ${actionText(expected)}`;
  assert(false, `the filter answers the call ${toHex(data)} with ${answers}`);
}

/** The first call that is answered wrongly, or undefined: then there is none. */
export function counterexample(program: ClassicProgram, policy: Policy): Counterexample | undefined {
  const views = archViews(policy);
  let wrong: Counterexample | undefined;
  walk(program, everything, (way) => {
    wrong ??= firstWrong(way, policy, views);
  });
  return wrong;
}

/** The calls of an architecture that has a policy, or of all others, which are killed. */
interface View {
  readonly facts: readonly Fact[];
  readonly own: ArchPolicy | undefined;
}

const exact = 0xffff_ffff;

function fact(word: number, op: WordTest['op'], k: number, truth: boolean): Fact {
  return { word, test: { mask: exact, op, k }, truth };
}

/** All calls, divided by what the policy has for them: by `arch`, and between x86_64 and x32 by the number. */
function archViews({ arches }: Policy): readonly View[] {
  const audits = [...new Set(arches.map(({ arch }) => arch.audit))];
  const foreign: View = { facts: audits.map((audit) => fact(words.arch, 'eq', audit, false)), own: undefined };
  return [
    foreign,
    ...audits.flatMap((audit) =>
      auditViews(
        audit,
        arches.filter(({ arch }) => arch.audit === audit),
      ),
    ),
  ];
}

function auditViews(audit: number, own: readonly ArchPolicy[]): readonly View[] {
  const here = fact(words.arch, 'eq', audit, true);
  const [x86, x32] = ['x86_64', 'x32'].map((name) => own.find(({ arch }) => arch.name === name));
  if (x86 === undefined && x32 === undefined) return [{ facts: [here], own: own[0] }];
  const isSkip = fact(words.nr, 'eq', exact, true); // -1: a call that a tracer skips, which the default action answers
  const upper = [fact(words.nr, 'ge', x32Bit, true), fact(words.nr, 'eq', exact, false)];
  return [
    { facts: [here, fact(words.nr, 'ge', x32Bit, false)], own: x86 },
    { facts: [here, ...upper], own: x32 },
    { facts: [here, isSkip], own: x86 ?? x32 },
  ];
}

function firstWrong(way: Way, policy: Policy, views: readonly View[]): Counterexample | undefined {
  for (const { facts, own } of views) {
    const region = restricted(way.region, facts);
    if (region === undefined) continue;
    const wrong = own === undefined ? foreignWrong(region, way) : archWrong(region, way, policy, own);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function foreignWrong(region: Region, { action }: Way): Counterexample | undefined {
  if (action === killThread) return undefined;
  return { data: example(region), expected: killThread, found: action };
}

function archWrong(region: Region, way: Way, { defaultAction }: Policy, own: ArchPolicy): Counterexample | undefined {
  const numbers = wordOf(region, words.nr);
  for (const { nr, rules } of own.calls.values()) {
    if (!contains(numbers, nr)) continue;
    const part = restricted(region, [fact(words.nr, 'eq', nr, true)]);
    const wrong = part && rulesWrong(part, way.action, rules, defaultAction, own.arch);
    if (wrong !== undefined) return wrong;
  }
  if (way.action === defaultAction) return undefined;
  const others = [...own.calls.keys()]
    .filter((nr) => contains(numbers, nr))
    .map((nr) => fact(words.nr, 'eq', nr, false));
  const rest = restricted(region, others);
  return rest && { data: example(rest), expected: defaultAction, found: way.action };
}

/** Takes from the region what each rule answers, one rule after the other; what is left is the default's. */
function rulesWrong(
  region: Region,
  action: number,
  rules: readonly Rule[],
  defaultAction: number,
  arch: Arch,
): Counterexample | undefined {
  if (isAnswered(region, action, rules, arch)) return undefined;
  for (const [at, rule] of rules.entries()) {
    const matching = partsFor(region, rule, arch);
    if (matching.length === 0) continue;
    if (rule.action !== action) return { data: example(matching[0]!), expected: rule.action, found: action };
    const rest = rules.slice(at + 1);
    return firstOf(failing(region, rule.conditions, arch), (part) =>
      rulesWrong(part, action, rest, defaultAction, arch),
    );
  }
  return action === defaultAction ? undefined : { data: example(region), expected: defaultAction, found: action };
}

/** The calls of the region that a rule is for. */
function partsFor(region: Region, { conditions }: Rule, arch: Arch): readonly Region[] {
  const isNone = conditions.some((condition) => isImpossible(region, condition, arch));
  return isNone ? [] : fulfilling(region, conditions, arch);
}

/** Whether it is plain that the region gets the action: one rule is for all of it, and no other action is asked for before. */
function isAnswered(region: Region, action: number, rules: readonly Rule[], arch: Arch): boolean {
  for (const rule of rules) {
    if (rule.action !== action) return false;
    if (rule.conditions.every((condition) => isCertain(region, condition, arch))) return true;
  }
  return false;
}

function isCertain(region: Region, condition: Condition, arch: Arch): boolean {
  return !isImpossible(region, condition, arch) && divided(region, condition, false, arch).length === 0;
}

function firstOf<T, R>(all: readonly T[], found: (each: T) => R | undefined): R | undefined {
  for (const each of all) {
    const result = found(each);
    if (result !== undefined) return result;
  }
  return undefined;
}
