// A policy as a value: for each architecture what is answered to each call, and where in the source that was said. It is what
// every source of policies becomes (`oci.ts`, `systemd.ts`, `builder.ts`), and all that is asked of a policy is asked of it.

import type { Place } from '../base/error.js';
import type { Arch } from './arch.js';
import { type Call, type Condition, holds } from './condition.js';

/** The answer to calls whose arguments fulfil all conditions. */
export interface Rule {
  readonly conditions: readonly Condition[];
  /** What the filter returns: the action and its data. */
  readonly action: number;
  readonly origin: RuleOrigin;
}

/** Where a rule was written. */
export interface RuleOrigin {
  /** `syscalls[3]` for a document; the builder's and systemd's have paths of their own. */
  readonly path: string;
  readonly place: Place | undefined;
}

/** The rules of one call, in the order in which they are asked: the first that matches decides. */
export interface CallRules {
  readonly name: string;
  readonly nr: number;
  readonly rules: readonly Rule[];
}

export interface ArchPolicy {
  readonly arch: Arch;
  /** By number; calls that are not here get the default action. */
  readonly calls: ReadonlyMap<number, CallRules>;
}

/** What may not be what was meant. */
export interface PolicyWarning {
  readonly code: 'unknown' | 'conflict' | 'runtime' | 'ignored' | 'value';
  readonly message: string;
  readonly path: string;
  readonly place: Place | undefined;
}

/** How rules of one call that overlap are resolved, and what a document may hold. */
export const runtimes = ['runc', 'crun'] as const;
export type Runtime = (typeof runtimes)[number];

export interface Policy {
  readonly runtime: Runtime;
  readonly defaultAction: number;
  /** Where that was written. */
  readonly defaultOrigin: RuleOrigin;
  /** The machine's own first; calls of all others are killed. */
  readonly arches: readonly ArchPolicy[];
  /** `SECCOMP_FILTER_FLAG_*` of linux/seccomp.h, without the prefix. */
  readonly flags: readonly FilterFlag[];
  readonly warnings: readonly PolicyWarning[];
}

/** Flags of seccomp(2), and their bits. */
export const filterFlags = { TSYNC: 1, LOG: 2, SPEC_ALLOW: 4, WAIT_KILLABLE_RECV: 32 } as const;
export type FilterFlag = keyof typeof filterFlags;
export const filterFlagNames = Object.keys(filterFlags) as readonly FilterFlag[];

/** What a policy answers to a call, and by which rule; `rule` is undefined where none matches and the default decides. */
export interface Verdict {
  readonly action: number;
  readonly call: CallRules | undefined;
  readonly rule: Rule | undefined;
}

/** What the policy says of a call of one of its architectures. */
export function decided(policy: Policy, { calls, arch }: ArchPolicy, { nr, args }: Omit<Call, 'arch'>): Verdict {
  const call = calls.get(nr);
  const width = arch.bits;
  const matching = call?.rules.find(({ conditions }) =>
    conditions.every((condition) => holds(condition, BigInt.asUintN(width, args[condition.argument] ?? 0n))),
  );
  return { action: matching?.action ?? policy.defaultAction, call, rule: matching };
}
