// Random policies as container engines have them, and calls near what they compare with.

import fc from 'fast-check';
import type { Arch } from '../src/seccomp/arch.js';
import { arches, archNames, foreignArches } from '../src/seccomp/arch.js';
import type { Call } from '../src/seccomp/condition.js';
import { operatorNames } from '../src/seccomp/condition.js';
import type { Policy } from '../src/seccomp/policy.js';

const names = [
  'read',
  'write',
  'openat',
  'close',
  'ioctl',
  'socket',
  'bind',
  'personality',
  'clone',
  'clone3',
  'execve',
].concat(['ptrace', 'mmap', 'kill', 'prctl', 'recv', 'semop', 'ipc', 'socketcall', 'not_a_call']);

const edges = [0n, 1n, 2n, 0xffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0001n].concat([
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_0000_0000n,
  0xffff_ffff_ffff_fffen,
  0xffff_ffff_ffff_ffffn,
]);

const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...edges) },
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

const argument = fc
  .record({ index: fc.integer({ min: 0, max: 5 }), value, valueTwo: value, op: fc.constantFrom(...operatorNames) })
  .map(({ index, value: first, valueTwo, op }) => {
    const second = op === 'MASKED_EQ' ? `,"valueTwo":${valueTwo & first}` : '';
    return `{"index":${index},"value":${first}${second},"op":"SCMP_CMP_${op}"}`;
  });

const action = fc.constantFrom(
  ...['"SCMP_ACT_ALLOW"', '"SCMP_ACT_LOG"', '"SCMP_ACT_TRAP"', '"SCMP_ACT_KILL"', '"SCMP_ACT_KILL_PROCESS"'],
  ...['"SCMP_ACT_ERRNO","errnoRet":38', '"SCMP_ACT_ERRNO"', '"SCMP_ACT_TRACE","errnoRet":7'],
);

const rule = fc
  .record({
    names: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
    action,
    args: fc.array(argument, { maxLength: 3 }),
  })
  .map(({ names: calls, action: answer, args }) => {
    return `{"names":${JSON.stringify(calls)},"action":${answer},"args":[${args.join()}]}`;
  });

const listed = fc.uniqueArray(fc.constantFrom('SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_S390X'));

/** The text of a profile. */
export const policyText: fc.Arbitrary<string> = fc
  .record({ defaultAction: action, arches: listed, rules: fc.array(rule, { maxLength: 8 }) })
  .map(({ defaultAction, arches: all, rules }) => {
    const [name] = defaultAction.split(',');
    return `{"defaultAction":${name},"architectures":${JSON.stringify(all)},"syscalls":[${rules.join()}]}`;
  });

export const anyArch: fc.Arbitrary<Arch> = fc.constantFrom(...archNames).map((name) => arches[name]);

/** Calls that a policy names and their neighbours, with arguments that it compares with and their neighbours. */
export function callsNear(policy: Policy): fc.Arbitrary<Call> {
  const conditions = policy.arches.flatMap(({ calls }) =>
    [...calls.values()].flatMap(({ rules }) => rules.flatMap((each) => each.conditions)),
  );
  const near = conditions.flatMap(({ value: k, mask }) => [k, k + 1n, k - 1n, k ^ (1n << 32n), k ^ mask]);
  const numbers = policy.arches.flatMap(({ calls }) =>
    [...calls.keys()].flatMap((nr) => [nr, nr + 1, nr ^ 0x4000_0000]),
  );
  return fc.record({
    arch: fc.constantFrom(...policy.arches.map(({ arch }) => arch)),
    nr: fc.constantFrom(...numbers, 0, 0x3fff_ffff, 0x4000_0000, 0xffff_fffe, 0xffff_ffff).map((nr) => nr >>> 0),
    args: fc.array(
      fc.oneof(fc.constantFrom(0n, ...near), value).map((number) => BigInt.asUintN(64, number)),
      { minLength: 6, maxLength: 6 },
    ),
  });
}

/** An architecture that no policy here lists. */
export const foreignAudit = 0xdead_0001;
export const someForeign: string = foreignArches[0] ?? '';
