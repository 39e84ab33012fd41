// What is weak in a policy: holes that people know of, and rules that don't do what they seem to.

import type { Place } from '../base/error.js';
import { letsPass } from './action.js';
import { type Arch, syscallsOf } from './arch.js';
import { actionText } from './errno.js';
import type { ArchPolicy, CallRules, Policy, Rule } from './policy.js';
import { everything, failing, fulfilling, type Region } from './region.js';

export const findingCodes = [
  'default-allows', // what isn't named passes, and so does every call that Linux will have
  'denies-everything', // no call passes at all
  'denies-execve', // a process that is to be executed with the filter can't be
  'denies-exit', // a process can't end by itself
  'io-uring', // rings do what their calls would not be let do
  'other-way', // a call is denied or restricted, another one that does the same is not
  'x32', // x86_64's second set of calls is let in
  'unreachable-rule', // a rule never decides
  'conflict', // two rules answer some calls differently
  'ignored', // what is written says nothing
] as const;

export type FindingCode = (typeof findingCodes)[number];

export interface Finding {
  readonly code: FindingCode;
  /** How much it matters: a hole, what may be meant so, a note. */
  readonly severity: 'high' | 'medium' | 'low';
  readonly message: string;
  readonly arch: string | undefined;
  readonly path: string | undefined;
  readonly place: Place | undefined;
}

/** All that is found, the gravest first. */
export function auditPolicy(policy: Policy): readonly Finding[] {
  const all = [
    ...defaults(policy),
    ...policy.arches.flatMap((own) => [...starts(policy, own), ...rings(policy, own), ...otherWays(policy, own)]),
    ...policy.arches.flatMap((own) => (own.arch.name === 'x32' ? [x32(own)] : [])),
    ...unreachable(policy),
    ...warned(policy),
  ];
  const rank = { high: 0, medium: 1, low: 2 } as const;
  return all.toSorted((a, b) => rank[a.severity] - rank[b.severity]);
}

function finding(
  code: FindingCode,
  severity: Finding['severity'],
  message: string,
  more: Partial<Finding> = {},
): Finding {
  return { code, severity, message, arch: undefined, path: undefined, place: undefined, ...more };
}

function defaults({ defaultAction, defaultOrigin }: Policy): Finding[] {
  if (!letsPass(defaultAction)) return [];
  const what = `what no rule names gets ${actionText(defaultAction)}: calls that are new to Linux pass`;
  return [finding('default-allows', 'medium', what, defaultOrigin)];
}

/** How calls of one number come through. */
type Passage = 'all' | 'some' | 'none';

function passage({ defaultAction }: Policy, { calls, arch }: ArchPolicy, nr: number): Passage {
  const rules = calls.get(nr)?.rules ?? [];
  const answers = new Set<boolean>();
  const left = rules.reduce<readonly Region[]>(
    (regions, rule) => {
      if (decides(rule, regions, arch)) answers.add(letsPass(rule.action));
      return regions.flatMap((region) => failing(region, rule.conditions, arch));
    },
    [everything],
  );
  if (left.length > 0) answers.add(letsPass(defaultAction));
  if (answers.size === 2) return 'some';
  return answers.has(true) ? 'all' : 'none';
}

function decides(rule: Rule, regions: readonly Region[], arch: Arch): boolean {
  return regions.some((region) => fulfilling(region, rule.conditions, arch).length > 0);
}

function passageOf(policy: Policy, own: ArchPolicy, name: string): Passage | undefined {
  const nr = syscallsOf(own.arch).get(name);
  return nr === undefined ? undefined : passage(policy, own, nr);
}

/** What keeps any process from running with the policy, on each architecture. */
export function denials(policy: Policy): readonly Finding[] {
  return policy.arches.flatMap((own) => starts(policy, own)).filter(({ code }) => code !== 'denies-exit');
}

function starts(policy: Policy, own: ArchPolicy): Finding[] {
  const arch = own.arch.name;
  const where = { arch, ...policy.defaultOrigin };
  const passes =
    letsPass(policy.defaultAction) || [...own.calls.keys()].some((nr) => passage(policy, own, nr) !== 'none');
  if (!passes) return [finding('denies-everything', 'high', `no call of ${arch} passes`, where)];
  const isDenied = (...names: string[]) => names.every((name) => (passageOf(policy, own, name) ?? 'none') === 'none');
  return [
    ...(isDenied('execve', 'execveat')
      ? [
          finding(
            'denies-execve',
            'medium',
            `execve is denied on ${arch}: nothing can be started with this filter`,
            where,
          ),
        ]
      : []),
    ...(isDenied('exit', 'exit_group')
      ? [
          finding(
            'denies-exit',
            'medium',
            `exit and exit_group are denied on ${arch}: a process can only be killed`,
            where,
          ),
        ]
      : []),
  ];
}

function rings(policy: Policy, own: ArchPolicy): Finding[] {
  const arch = own.arch.name;
  if ((passageOf(policy, own, 'io_uring_setup') ?? 'none') === 'none') return [];
  const what = `io_uring_setup passes on ${arch}: what is done through a ring is not seen by filters`;
  return [finding('io-uring', 'high', what, { arch, ...originOf(own, 'io_uring_setup') })];
}

/** A call, one that does the same, and why that is not seen. */
const ways: readonly (readonly [denied: string, other: string, why: string])[] = [
  [
    'clone',
    'clone3',
    'its flags lie in memory, where no filter sees them; answer it with ENOSYS, and programs use clone',
  ],
  ['unshare', 'clone3', 'it makes namespaces too'],
  ['openat', 'openat2', 'its flags lie in memory, where no filter sees them'],
  ['open', 'openat', 'it opens files as well'],
  ['open', 'openat2', 'it opens files as well'],
  ['execve', 'execveat', 'it starts programs as well'],
  ['ptrace', 'process_vm_writev', "it writes into another process's memory as well"],
  ['ptrace', 'pidfd_getfd', "it takes another process's files"],
  ['kill', 'tgkill', 'it sends signals as well'],
  ['kill', 'pidfd_send_signal', 'it sends signals as well'],
  ['mount', 'move_mount', 'it mounts as well'],
  ['mount', 'mount_setattr', 'it changes mounts as well'],
  ['chmod', 'fchmodat', 'it changes modes as well'],
  ['fchmodat', 'fchmodat2', 'it changes modes as well'],
  ['init_module', 'finit_module', 'it loads modules as well'],
  ['kexec_load', 'kexec_file_load', 'it loads a kernel as well'],
  ['socket', 'socketcall', 'sockets are made through it as well'],
  ['fork', 'vfork', 'it makes processes as well'],
];

function otherWays(policy: Policy, own: ArchPolicy): Finding[] {
  const arch = own.arch.name;
  return ways.flatMap(([denied, other, why]) => {
    const [first, second] = [passageOf(policy, own, denied), passageOf(policy, own, other)];
    // Only what the policy speaks of: one that allows a list says nothing of calls that are not on it.
    const isMeant = own.calls.has(syscallsOf(own.arch).get(denied) ?? -1);
    if (first === undefined || second === undefined || first === 'all' || !isMeant || second !== 'all') return [];
    const state = first === 'some' ? 'restricted' : 'denied';
    const what = `${denied} is ${state} on ${arch}, ${other} is not: ${why}`;
    return [finding('other-way', first === 'some' ? 'high' : 'medium', what, { arch, ...originOf(own, other) })];
  });
}

function originOf({ arch, calls }: ArchPolicy, name: string): Pick<Finding, 'path' | 'place'> {
  const rule = calls.get(syscallsOf(arch).get(name) ?? -1)?.rules[0];
  return { path: rule?.origin.path, place: rule?.origin.place };
}

function x32({ arch }: ArchPolicy): Finding {
  const what = 'x32 is let in: its calls have numbers of their own, and hardly any program needs them';
  return finding('x32', 'low', what, { arch: arch.name });
}

/** Rules that decide no call on any architecture: others are asked first and answer all that they would. */
function unreachable(policy: Policy): Finding[] {
  const seen = new Map<string, { name: string; rule: Rule; isReached: boolean }>();
  for (const { arch, calls } of policy.arches) {
    for (const call of calls.values()) {
      for (const [rule, isReached] of reached(call, arch)) {
        const key = `${call.name} ${rule.origin.path} ${rule.origin.place?.start}`;
        const before = seen.get(key)?.isReached ?? false;
        seen.set(key, { name: call.name, rule, isReached: before || isReached });
      }
    }
  }
  return [...seen.values()].flatMap(({ name, rule, isReached }) => {
    if (isReached) return [];
    const what = `${rule.origin.path}: never decides a call of '${name}': other rules answer all of these`;
    return [finding('unreachable-rule', 'low', what, { path: rule.origin.path, place: rule.origin.place })];
  });
}

function reached({ rules }: CallRules, arch: Arch): readonly (readonly [Rule, boolean])[] {
  let left: readonly Region[] = [everything];
  return rules.map((rule) => {
    const decided = decides(rule, left, arch);
    left = left.flatMap((region) => failing(region, rule.conditions, arch));
    return [rule, decided] as const;
  });
}

function warned({ warnings }: Policy): Finding[] {
  return warnings.map(({ code, message, path, place }) => {
    const isConflict = code === 'conflict' || code === 'runtime';
    return finding(isConflict ? 'conflict' : 'ignored', isConflict ? 'medium' : 'low', message, { path, place });
  });
}
