// A policy as text, in the manner of libseccomp's pseudo filter code: what is asked, and what is answered, with where it was written.
//
//   if arch == x86_64 (0xc000003e)
//     if call == openat (257)
//       if arg2 & 0x3 == 0
//         ALLOW                       # syscalls[4]
//     ERRNO(EPERM)
//   KILL_THREAD

import { killThread } from './action.js';
import { conditionText } from './condition.js';
import { actionText } from './errno.js';
import type { ArchPolicy, CallRules, Policy } from './policy.js';

/** The whole policy, for every architecture that it lets in. */
export function pseudoCode(policy: Policy): string {
  const defaults = `  ${actionText(policy.defaultAction)}`;
  return [...policy.arches.flatMap((own) => [...archLines(own), defaults]), actionText(killThread)].join('\n');
}

function archLines({ arch, calls }: ArchPolicy): string[] {
  return [`if arch == ${arch.name} (0x${arch.audit.toString(16)})`, ...[...calls.values()].flatMap(callLines)];
}

/** Rules after one without conditions are never asked, and are left out. */
function callLines({ name, nr, rules }: CallRules): string[] {
  const always = rules.findIndex(({ conditions }) => conditions.length === 0);
  const asked = always < 0 ? rules : rules.slice(0, always + 1);
  const lines = asked.flatMap(({ conditions, action, origin }) => {
    const test = conditions.length === 0 ? [] : [`    if ${conditions.map(conditionText).join(' and ')}`];
    const indent = conditions.length === 0 ? '    ' : '      ';
    return [...test, `${`${indent}${actionText(action)}`.padEnd(40)}# ${origin.path}`];
  });
  return [`  if call == ${name} (${nr})`, ...lines];
}
