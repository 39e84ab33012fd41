// Why a call gets its answer: the rules that were asked, the one that decided, and the way through the filter.

import { assert } from '../base/error.js';
import type { ClassicProgram } from '../classic/program.js';
import { killThread } from './action.js';
import { x32Bit } from './arch.js';
import { type Call, type Condition, holds, seccompData, words } from './condition.js';
import { type ArchPolicy, decided, type Policy, type Rule } from './policy.js';
import type { Region } from './region.js';
import { pathOf, walk } from './walk.js';

export interface Explanation {
  /** What the filter returns. */
  readonly action: number;
  /** Why: a rule of the policy, its default, an architecture that is not let in. */
  readonly reason: 'rule' | 'default' | 'architecture';
  /** The rule that decided, where one did. */
  readonly rule: Rule | undefined;
  /** The rules of the call in the order in which they were asked, up to the one that decided. */
  readonly asked: readonly AskedRule[];
  /** The instructions of the filter that were executed, by their index. */
  readonly path: readonly number[];
}

export interface AskedRule {
  readonly rule: Rule;
  readonly conditions: readonly { readonly condition: Condition; readonly holds: boolean }[];
  readonly matches: boolean;
}

/** @param program the filter that `compilePolicy` made of the policy */
export function explainCall(policy: Policy, program: ClassicProgram, call: Call): Explanation {
  const own = policyFor(policy, call);
  const { action, path } = follow(program, call);
  if (own === undefined) {
    assert(action === killThread, 'a call of a foreign architecture is killed');
    return { action, reason: 'architecture', rule: undefined, asked: [], path };
  }
  const verdict = decided(policy, own, call);
  assert(verdict.action === action, 'the filter answers as its policy does');
  const rules = verdict.call?.rules ?? [];
  const last = verdict.rule === undefined ? rules.length : rules.indexOf(verdict.rule) + 1;
  const asked = rules.slice(0, last).map((rule) => askedRule(rule, own, call));
  return { action, reason: verdict.rule === undefined ? 'default' : 'rule', rule: verdict.rule, asked, path };
}

function askedRule(rule: Rule, { arch }: ArchPolicy, { args }: Call): AskedRule {
  const conditions = rule.conditions.map((condition) => {
    const argument = BigInt.asUintN(arch.bits, args[condition.argument] ?? 0n);
    return { condition, holds: holds(condition, argument) };
  });
  return { rule, conditions, matches: conditions.every((each) => each.holds) };
}

/** The part of a policy that a call comes in under; undefined where its architecture is not let in. */
function policyFor({ arches }: Policy, { arch, nr }: Call): ArchPolicy | undefined {
  const same = arches.filter((each) => each.arch.audit === arch.audit);
  if (nr === 0xffff_ffff || same.every((each) => each.arch.name !== 'x86_64' && each.arch.name !== 'x32'))
    return same[0];
  return same.find((each) => each.arch.name === (nr >= x32Bit ? 'x32' : 'x86_64'));
}

/** What a filter returns for one call, and by which way. */
export function follow(
  program: ClassicProgram,
  call: Call,
): { readonly action: number; readonly path: readonly number[] } {
  const view = new DataView(seccompData(call).buffer);
  const region: Region = Array.from({ length: words.count }, (_, word) => {
    const value = view.getUint32(4 * word, true);
    return { low: value, high: value, bits: { mask: 0xffff_ffff, value }, not: [] };
  });
  let found: { action: number; path: readonly number[] } | undefined;
  walk(program, region, ({ action, path }) => {
    found = { action, path: pathOf(path) };
  });
  assert(found !== undefined, 'every call takes some way through a filter');
  return found;
}
