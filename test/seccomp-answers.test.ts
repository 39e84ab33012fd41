// What can be asked of policies: why, what changes, what is weak.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassicProgram } from '../src/classic/program.js';
import { executeSeccomp } from '../src/classic/run.js';
import { arches, syscallName } from '../src/seccomp/arch.js';
import { callText, parseCall } from '../src/seccomp/ask.js';
import { auditPolicy, findingCodes } from '../src/seccomp/audit.js';
import { auditFilter } from '../src/seccomp/audit-filter.js';
import { compilePolicy, generateFilter } from '../src/seccomp/compile.js';
import { seccompData } from '../src/seccomp/condition.js';
import { diffPolicies } from '../src/seccomp/diff.js';
import { explainCall } from '../src/seccomp/explain.js';
import { readPolicy } from '../src/seccomp/read.js';
import { callsNear, policyText } from './random-policies.js';

const read = (text: string) => readPolicy(text, { arch: 'x86_64' });

describe('an explanation', () => {
  it('tells the answer of the filter, and the rule that gives it', () => {
    fc.assert(
      fc.property(policyText, fc.gen(), (text, gen) => {
        const policy = read(text);
        const program = compilePolicy(policy);
        for (let i = 0; i < 10; i++) {
          const call = gen(callsNear, policy);
          const { action, rule, asked, path, reason } = explainCall(policy, program, call);
          expect(action).toBe(executeSeccomp(program, seccompData(call)).result);
          expect(rule === undefined).toBe(reason !== 'rule');
          if (rule !== undefined) expect(asked.at(-1)).toMatchObject({ rule, matches: true });
          expect(program.operations[path.at(-1) ?? 0]).toEqual({ kind: 'return', value: { k: action } });
        }
      }),
      { seed: 9, numRuns: 60 },
    );
  });
});

describe('a difference', () => {
  it('is none between a policy and itself, in any layout', () => {
    fc.assert(
      fc.property(policyText, (text) => {
        expect(diffPolicies(read(text), read(text))).toEqual([]);
      }),
      { seed: 9, numRuns: 30 },
    );
  });

  it('holds every call that is answered otherwise, and no other', () => {
    fc.assert(
      fc.property(policyText, policyText, fc.gen(), (one, other, gen) => {
        const [before, after] = [read(one), read(other)];
        const [a, b] = [generateFilter(before), generateFilter(after)];
        const changes = diffPolicies(before, after);
        for (let i = 0; i < 20; i++) {
          const call = gen(callsNear, i % 2 === 0 ? before : after);
          const [left, right] = [a, b].map((program) => executeSeccomp(program, seccompData(call)).result);
          const isX86 = call.arch.name === 'x86_64' || call.arch.name === 'x32';
          const arch = isX86 ? (call.nr >= 0x4000_0000 ? arches.x32 : arches.x86_64) : call.arch;
          const name = syscallName(arch, call.nr);
          const fitting = changes.filter(
            (change) =>
              (change.arch === arch || change.arch === undefined) &&
              (name === undefined ? change.others : change.calls.includes(name) || change.arch === undefined) &&
              change.args.every(({ argument, bounds }) => {
                const value = BigInt.asUintN(arch.bits, call.args[argument] ?? 0n);
                return bounds === undefined || (value >= bounds[0] && value <= bounds[1]);
              }),
          );
          const isTold = fitting.some((change) => change.before === left && change.after === right);
          if (left !== right) expect(isTold, `${callText(call)} ${left} ${right}`).toBe(true);
          else if (name !== undefined)
            expect(fitting.filter(({ args }) => args.every(({ bounds }) => bounds !== undefined))).toEqual([]);
        }
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  it('begins with what was allowed and is so no more', () => {
    const profile = (names: string) =>
      `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":[${names}],"action":"SCMP_ACT_ALLOW"}]}`;
    const changes = diffPolicies(read(profile('"read","mount"')), read(profile('"read","write"')));
    expect(changes.map(({ calls, before, after }) => [calls, before, after])).toEqual([
      [['mount'], 0x7fff_0000, 0x5_0001],
      [['write'], 0x5_0001, 0x7fff_0000],
    ]);
  });
});

const profile = (defaultAction: string, ...rules: string[]) =>
  `{"defaultAction":"SCMP_ACT_${defaultAction}","architectures":["SCMP_ARCH_X32"],"syscalls":[${rules.map((each) => `{${each}}`)}]}`;
const allow = (names: string, ...more: string[]) =>
  `"names":${JSON.stringify(names.split(' '))},"action":"SCMP_ACT_ALLOW"${more.join('')}`;
const one = (value: number) => `,"args":[{"index":0,"value":${value},"op":"SCMP_CMP_EQ"}]`;
const start = allow('execve exit_group');

const audits: readonly (readonly [code: string, text: string, message: string])[] = [
  ['default-allows', profile('ALLOW'), 'what no rule names gets ALLOW: calls that are new to Linux pass'],
  ['denies-everything', profile('ERRNO'), 'no call of x86_64 passes'],
  [
    'denies-execve',
    profile('ERRNO', allow('read exit')),
    'execve is denied on x86_64: nothing can be started with this filter',
  ],
  [
    'denies-exit',
    profile('ERRNO', allow('execve')),
    'exit and exit_group are denied on x86_64: a process can only be killed',
  ],
  [
    'io-uring',
    profile('ERRNO', start, allow('io_uring_setup')),
    'io_uring_setup passes on x86_64: what is done through a ring is not seen by filters',
  ],
  [
    'other-way',
    profile('ERRNO', start, allow('openat', one(1)), allow('openat2')),
    'openat is restricted on x86_64, openat2 is not: its flags lie in memory, where no filter sees them',
  ],
  [
    'x32',
    profile('ERRNO', start),
    'x32 is let in: its calls have numbers of their own, and hardly any program needs them',
  ],
  [
    'unreachable-rule',
    profile('ERRNO', start, allow('read'), allow('read', one(1))),
    "syscalls[2]: never decides a call of 'read': other rules answer all of these",
  ],
  [
    'conflict',
    profile('ERRNO', start, allow('read', one(1)), allow('read', one(1)).replace('ALLOW', 'LOG')),
    "syscalls[2]: answers some calls of 'read' otherwise than syscalls[1] does: runc refuses such a policy",
  ],
  [
    'ignored',
    profile('ERRNO', allow('execve exit raed')),
    "syscalls[0].names[2]: unknown system call 'raed' is ignored; did you mean 'read'?",
  ],
];

describe('an audit', () => {
  it('has an example for every finding', () => {
    expect(audits.map(([code]) => code)).toEqual([...findingCodes]);
  });

  it.each(audits)('finds %s', (code, text, message) => {
    const found = auditPolicy(read(text)).filter((finding) => finding.code === code);
    expect(found.map((finding) => finding.message)).toContain(message);
  });

  it('of a filter finds that the architecture is not checked', () => {
    const program = ClassicProgram.parse('ld [0]\njeq #59, no\nret #0x7fff0000\nno: ret #0');
    expect(auditFilter(program).map(({ code }) => code)).toEqual(['no-arch-check', 'x32', 'io-uring']);
    expect(auditFilter(ClassicProgram.parse('ret #0')).map(({ code }) => code)).toEqual(['denies-everything']);
  });

  it.each([
    ['ld [0]\nadd #1\njeq #59, no\nret #0x7fff0000\nno: ret #0', "an instruction of kind 'alu' at 1"],
    ['ld [16]\nst M[0]\nret #0', "an instruction of kind 'store-cell' at 1"],
    ['ld [16]\njgt x, a, b\na: ret #0x7fff0000\nb: ret #0', "an instruction of kind 'jump' at 1"],
    ['ld [16]\nand #0xf0\njgt #0x20, a, b\na: ret #0x7fff0000\nb: ret #0', "an instruction of kind 'jump' at 2"],
    ['ld [16]\nret a', "an instruction of kind 'return' at 1"],
    ['{ 0xffff, 0, 0, 0 }', 'an unknown instruction at 0'],
  ])('of a filter that it cannot follow is refused: %j', (text, what) => {
    const message = `can't follow ${what}: what it does to a call can't be told`;
    expect(() => auditFilter(ClassicProgram.parse(text))).toThrow(
      expect.objectContaining({ code: 'unsupported', pc: Number(what.split(' ').at(-1)), message }),
    );
  });

  it('of a filter follows masks whose order is plain', () => {
    for (const [jump, passing] of [
      ['jgt #0', 'some'],
      ['jge #0', 'all'],
      ['jgt #0xf0', 'none'],
    ] as const) {
      const program = ClassicProgram.parse(`ld [16]\nand #0xf0\n${jump}, a, b\na: ret #0x7fff0000\nb: ret #0`);
      const denies = auditFilter(program).some(({ code }) => code === 'denies-everything');
      expect(denies, jump).toBe(passing === 'none');
    }
  });
});

describe('a call', () => {
  it('is read as it is printed', () => {
    const { x86_64 } = arches;
    for (const text of ['read()', 'openat(0xffffffffffffff9c, 0, 1)', '9999()']) {
      expect(callText(parseCall(text, x86_64))).toBe(text);
    }
    expect(callText(parseCall(' openat ( -100 , 0, O_WRONLY | O_CREAT ) ', x86_64))).toBe(
      'openat(0xffffffffffffff9c, 0, 65)',
    );
    expect(parseCall('i386:read', x86_64)).toMatchObject({ arch: { name: 'i386' }, nr: 3, args: [] });
  });

  it.each([
    ['open at', 'syntax', 'open at', "expected a system call as 'openat(0, 1)'"],
    ['arch64:read', 'name', 'arch64', "unknown architecture 'arch64'; did you mean 'aarch64'?"],
    ['opnat(1)', 'name', 'opnat', "unknown system call 'opnat' of x86_64; did you mean 'openat'?"],
    ['4294967296()', 'range', '4294967296', "expected the number of a system call, found '4294967296'"],
    ['read(1,2,3,4,5,6,7)', 'range', '1,2,3,4,5,6,7', 'expected at most 6 arguments, found 7'],
    ['open(0, O_RDONLI)', 'name', 'O_RDONLI', "unknown number 'O_RDONLI'"],
    [
      'read(0x10000000000000000)',
      'range',
      '0x10000000000000000',
      "expected a number of 64 bits, found '0x10000000000000000'",
    ],
    [
      'read(-9223372036854775809)',
      'range',
      '-9223372036854775809',
      "expected a number of 64 bits, found '-9223372036854775809'",
    ],
  ])('is refused with its place: %s', (text, code, covered, message) => {
    const start = text.lastIndexOf(covered);
    const place = { source: text, start, end: start + covered.length };
    expect(() => parseCall(text, arches.x86_64)).toThrow(expect.objectContaining({ code, message, place }));
  });
});
