// Policies made in TypeScript, and filters that ask for the most frequent calls first.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { executeSeccomp } from '../src/classic/run.js';
import { arches } from '../src/seccomp/arch.js';
import { parseCall } from '../src/seccomp/ask.js';
import { answer, arg, PolicyBuilder } from '../src/seccomp/builder.js';
import { compilePolicy } from '../src/seccomp/compile.js';
import { seccompData } from '../src/seccomp/condition.js';
import { actionText } from '../src/seccomp/errno.js';
import { expectedSteps, readCounts } from '../src/seccomp/heat.js';
import { layouts } from '../src/seccomp/layout.js';
import type { Policy } from '../src/seccomp/policy.js';
import { readPolicy } from '../src/seccomp/read.js';
import { callsNear, policyText } from './random-policies.js';

const { x86_64 } = arches;
const here = { arch: 'x86_64' };

function says(policy: Policy, call: string): string {
  return actionText(executeSeccomp(compilePolicy(policy), seccompData(parseCall(call, x86_64))).result);
}

describe('PolicyBuilder', () => {
  it('makes a policy of rules, of which the first that matches counts', () => {
    const policy = new PolicyBuilder(answer.errno('EPERM'))
      .allow('read', '@signal')
      .on('socket', answer.log, arg(0).equals(2), arg(1).masked(0xf, 1))
      .on('socket', answer.allow, arg(0).atMost(2))
      .answer(answer.errno(38), 'clone3')
      .on('close', answer.trap, arg(0).above(0xffff_ffffn))
      .let('i386')
      .flags('LOG')
      .policy(here);
    expect(policy.flags).toEqual(['LOG']);
    expect(policy.warnings.map(({ message }) => message)).toEqual([
      "rule 3: answers some calls of 'socket' otherwise than rule 2 does: rule 2 is asked first",
    ]);
    const answers = [
      'read()',
      'rt_sigaction()',
      'socket(2, 0x801)',
      'socket(2, 2)',
      'socket(3)',
      'clone3()',
      'close(5)',
    ];
    const more = ['close(0x100000000)', 'i386:read()', 'x32:read()'];
    expect([...answers, ...more].map((call) => says(policy, call))).toEqual([
      ...['ALLOW', 'ALLOW', 'LOG', 'ALLOW', 'ERRNO(EPERM)', 'ERRNO(ENOSYS)', 'ERRNO(EPERM)'],
      ...['TRAP', 'ALLOW', 'KILL_THREAD'],
    ]);
  });

  it('compares in every way', () => {
    const tests = [
      [arg(0).equals(5), 'close(5)', 'close(4)'],
      [arg(0).differs(5), 'close(4)', 'close(5)'],
      [arg(0).below(5), 'close(4)', 'close(5)'],
      [arg(0).atMost(5), 'close(5)', 'close(6)'],
      [arg(0).atLeast(5), 'close(5)', 'close(4)'],
      [arg(0).above(5), 'close(6)', 'close(5)'],
      [arg(0).masked(6, 4), 'close(5)', 'close(6)'],
    ] as const;
    for (const [condition, inside, outside] of tests) {
      const policy = new PolicyBuilder(answer.killProcess).on('close', answer.allow, condition).policy(here);
      expect([says(policy, inside), says(policy, outside)]).toEqual(['ALLOW', 'KILL_PROCESS']);
    }
  });

  const mistakes: readonly (readonly [work: () => unknown, message: string])[] = [
    [() => new PolicyBuilder(answer.allow).allow('raed'), "unknown system call 'raed'; did you mean 'read'?"],
    [() => new PolicyBuilder(answer.allow).allow('@signals'), "unknown group '@signals'; did you mean '@signal'?"],
    [() => answer.errno('EPERMIT'), "unknown error 'EPERMIT'"],
    [() => answer.errno(4096), 'expected an error number from 0 to 4095, got 4096'],
    [() => answer.trace(65536), 'expected a message from 0 to 65535, got 65536'],
    [() => arg(6), 'expected an argument from 0 to 5, got 6'],
    [() => arg(0).equals(-1), 'expected a value from 0 to 18446744073709551615, got -1'],
    [() => arg(0).equals(2 ** 60), 'expected a value from 0 to 18446744073709551615, got 1152921504606847000'],
    [() => arg(0).equals(1n << 64n), 'expected a value from 0 to 18446744073709551615, got 18446744073709551616'],
  ];
  it.each(mistakes)('refuses mistake %#', (work, message) => {
    expect(work).toThrow(message);
  });
});

describe('counts of calls', () => {
  it('are read from JSON, from lines and from the table of strace', () => {
    const expected = new Map([
      ['read', 120],
      ['openat', 3],
    ]);
    expect(readCounts('{ "read": 120, "openat": 3 }')).toEqual(expected);
    expect(readCounts('read 120\n3 openat\n')).toEqual(expected);
    const table = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 50.95    3.363786       35784       120        45 read
  0.00    0.000000           0         3           openat
------ ----------- ----------- --------- --------- ----------------
100.00    3.363786                   123        45 total`;
    expect(readCounts(table)).toEqual(expected);
  });

  it('that are none are refused', () => {
    expect(() => readCounts('')).toThrow("expected counts of system calls as 'read 120', found none");
    expect(() => readCounts('{ "read": "x" }')).toThrow('read: expected a count');
  });

  it('make the expected way shorter, and change no answer', () => {
    const counts = new Map([
      ['close', 1000],
      ['kill', 500],
      ['prctl', 10],
    ]);
    fc.assert(
      fc.property(policyText, fc.constantFrom(...layouts), fc.gen(), (text, layout, gen) => {
        const policy = readPolicy(text, here);
        const [plain, hot] = [compilePolicy(policy, { layout }), compilePolicy(policy, { layout, counts })];
        expect(expectedSteps(hot, counts, x86_64)).toBeLessThanOrEqual(expectedSteps(plain, counts, x86_64) + 1);
        for (let i = 0; i < 10; i++) {
          const data = seccompData(gen(callsNear, policy));
          expect(executeSeccomp(hot, data).result).toBe(executeSeccomp(plain, data).result);
        }
      }),
      { seed: 9, numRuns: 40 },
    );
  });

  it('bring the way to the most frequent call down to five instructions', () => {
    const names = ['read', 'write', 'openat', 'close', 'mmap', 'futex', 'getpid'];
    const text = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":${JSON.stringify(names)},"action":"SCMP_ACT_ALLOW"}]}`;
    const counts = new Map([['futex', 1]]);
    const program = compilePolicy(text, { ...here, counts });
    expect(expectedSteps(program, counts, x86_64)).toBe(5);
    expect(expectedSteps(compilePolicy(text, here), counts, x86_64)).toBeGreaterThan(8);
  });
});
