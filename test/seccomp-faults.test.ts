// Policies that are none: each mistake is told with its path and place. And whatever the text is, nothing else is thrown.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { frame } from '../src/base/frame.js';
import { compilePolicy } from '../src/seccomp/compile.js';
import { readPolicy } from '../src/seccomp/read.js';
import { policyText } from './random-policies.js';

const rule = (more: string) =>
  `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"${more}}]}`;
const argument = (text: string) => rule(`,"args":[{${text}}]`);

/** The code, the message, and the text that its place covers. */
const bad: readonly (readonly [source: string, code: string, message: string, covered: string])[] = [
  ['', 'syntax', 'expected a list of system calls or a profile in JSON, found nothing', ''],
  ['{', 'syntax', 'expected a name in quotes, found the end of the text', ''],
  ['{"defaultAction":"SCMP_ACT_ALLOW"} x', 'syntax', "expected the end of the text, found 'x'", 'x'],
  [
    '{"defaultAction":"SCMP_ACT_ALLOW","defaultAction":"SCMP_ACT_LOG"}',
    'syntax',
    "the name 'defaultAction' stands here twice",
    '"defaultAction"',
  ],
  ['[]', 'type', 'expected an object, found a list', '[]'],
  ['{}', 'type', "expected a field 'defaultAction'", '{}'],
  ['{"defaultAction":1}', 'type', 'defaultAction: expected text, found 1', '1'],
  [
    '{"defaultAction":"SCMP_ACT_ALOW"}',
    'name',
    "defaultAction: unknown word 'SCMP_ACT_ALOW'; did you mean 'SCMP_ACT_ALLOW'?",
    '"SCMP_ACT_ALOW"',
  ],
  ['{"defaultAction":"SCMP_ACT_ALLOW","syscalls":{}}', 'type', 'syscalls: expected a list, found an object', '{}'],
  [
    '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X68"]}',
    'name',
    "architectures[0]: unknown architecture 'SCMP_ARCH_X68'; did you mean 'SCMP_ARCH_X86'?",
    '"SCMP_ARCH_X68"',
  ],
  [
    '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}',
    'type',
    "archMap: expected 'architectures' or 'archMap', found both",
    '[{"architecture":"SCMP_ARCH_X86_64"}]',
  ],
  [
    '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOGS"]}',
    'name',
    "flags[0]: unknown word 'SECCOMP_FILTER_FLAG_LOGS'; did you mean 'SECCOMP_FILTER_FLAG_LOG'?",
    '"SECCOMP_FILTER_FLAG_LOGS"',
  ],
  [
    '{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":4096}',
    'range',
    'defaultErrnoRet: expected a whole number from 0 to 4095, found 4096',
    '4096',
  ],
  [rule(',"name":"write"'), 'type', "syscalls[0].name: expected 'name' or 'names', found both", '"write"'],
  [
    '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW"}]}',
    'type',
    "syscalls[0]: expected a field 'names'",
    '{"action":"SCMP_ACT_ALLOW"}',
  ],
  [
    argument('"index":6,"value":1,"op":"SCMP_CMP_EQ"'),
    'range',
    'syscalls[0].args[0].index: expected a whole number from 0 to 5, found 6',
    '6',
  ],
  [
    argument('"value":1,"op":"SCMP_CMP_EQ"'),
    'type',
    "syscalls[0].args[0]: expected a field 'index'",
    '{"value":1,"op":"SCMP_CMP_EQ"}',
  ],
  [
    argument('"index":0,"op":"SCMP_CMP_EQ"'),
    'type',
    "syscalls[0].args[0]: expected a field 'value'",
    '{"index":0,"op":"SCMP_CMP_EQ"}',
  ],
  [argument('"index":0,"value":1'), 'type', "syscalls[0].args[0]: expected a field 'op'", '{"index":0,"value":1}'],
  [
    argument('"index":0,"value":1,"op":"SCMP_CMP_EQL"'),
    'name',
    "syscalls[0].args[0].op: unknown word 'SCMP_CMP_EQL'; did you mean 'SCMP_CMP_EQ'?",
    '"SCMP_CMP_EQL"',
  ],
  [
    argument('"index":0,"value":18446744073709551616,"op":"SCMP_CMP_EQ"'),
    'range',
    'syscalls[0].args[0].value: expected a whole number from 0 to 18446744073709551615, found 18446744073709551616',
    '18446744073709551616',
  ],
  [
    argument('"index":0,"value":-1,"op":"SCMP_CMP_EQ"'),
    'range',
    'syscalls[0].args[0].value: expected a whole number from 0 to 18446744073709551615, found -1',
    '-1',
  ],
  [
    argument('"index":0,"value":1.5,"op":"SCMP_CMP_EQ"'),
    'type',
    'syscalls[0].args[0].value: expected a whole number, found 1.5',
    '1.5',
  ],
  [
    argument('"index":0,"value":"1","op":"SCMP_CMP_EQ"'),
    'type',
    'syscalls[0].args[0].value: expected a whole number, found text',
    '"1"',
  ],
  [
    rule(',"includes":{"minKernel":"four"}'),
    'type',
    "syscalls[0].includes.minKernel: expected a version as '4.8', found 'four'",
    '"four"',
  ],
  ['@mount reed', 'name', "unknown system call 'reed'; did you mean 'read'?", 'reed'],
  ['SystemCallErrorNumber=EPERMIT', 'name', "unknown error 'EPERMIT'", 'EPERMIT'],
  ['SystemCallArchitectures=x68', 'name', "unknown architecture 'x68'", 'x68'],
];

function fault(work: () => unknown): BpfError {
  try {
    work();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('nothing is refused');
}

describe('a policy', () => {
  it.each(bad)('%s is refused', (source, code, message, covered) => {
    const error = fault(() => readPolicy(source, { arch: 'x86_64' }));
    expect([error.code, error.message]).toEqual([code, message]);
    const { start, end } = error.place ?? { start: 0, end: 0 };
    expect(source.slice(start, end)).toBe(covered);
  });

  it('shows line and column of a mistake', () => {
    const source = '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [{ "names": ["read"] }]\n}';
    expect(frame(fault(() => readPolicy(source, { arch: 'x86_64' })))).toBe(
      `3:16: syscalls[0]: expected a field 'action'\n    "syscalls": [{ "names": ["read"] }]\n                 ^^^^^^^^^^^^^^^^^^^^^`,
    );
  });

  it('that is only warned of is refused where that is wanted', () => {
    const options = { arch: 'x86_64', strict: true };
    const unknown = fault(() => readPolicy(rule(',"comments":"x"'), options));
    expect(unknown.message).toBe(
      "syscalls[0].comments: unknown field, which the runtimes ignore; did you mean 'comment'?",
    );
    const wrong = fault(() => readPolicy(rule(',"errnoRet":1'), options));
    expect(wrong.message).toBe(
      'syscalls[0].errnoRet: an error number means nothing with SCMP_ACT_ALLOW: runc ignores it, crun refuses the policy',
    );
    expect(fault(() => readPolicy(rule('').replace('read', 'raed'), options)).code).toBe('name');
  });

  it('is refused by crun where an action has an error number that has none', () => {
    const error = fault(() => readPolicy(rule(',"errnoRet":1'), { arch: 'x86_64', runtime: 'crun' }));
    expect(error.message).toBe('syscalls[0].errnoRet: an error number means nothing with SCMP_ACT_ALLOW');
  });

  const options: readonly (readonly [what: object, message: string])[] = [
    [{ arch: 'x86-64' }, "unknown architecture 'x86-64'; did you mean 'x86_64'?"],
    [{ arch: 'x86_64', kernel: 'six' }, "expected a version of Linux as '6.1', found 'six'"],
    [{ arch: 'x86_64', caps: ['SYS_AMDIN'] }, "unknown capability 'SYS_AMDIN'; did you mean 'CAP_SYS_ADMIN'?"],
    [
      { arch: 'x86_64', caps: ['CAP_BPF', ''] },
      expect.stringMatching(/^unknown capability ''; there are CHOWN, .*, BPF, /),
    ],
    [
      { arch: 'x86_64', caps: ['everything'] },
      expect.stringMatching(/^unknown capability 'everything'; there are CHOWN,/),
    ],
    [{ arch: 'x86_64', names: 'linx' }, "unknown source of names 'linx'; did you mean 'linux'?"],
    [{ arch: 'x86_64', runtime: 'runC' }, "unknown runtime 'runC'; did you mean 'runc'?"],
  ];
  it.each(options)('read with %j is refused', (given, message) => {
    expect(fault(() => readPolicy(rule(''), given)).message).toEqual(message);
  });

  it.each(['CAP_SYS_ADMIN', 'sys_admin', 'cap_sys_admin'])('takes the capability %s', (cap) => {
    const text = rule(',"includes":{"caps":["CAP_SYS_ADMIN"]}');
    const filter = (caps: readonly string[]) => compilePolicy(readPolicy(text, { arch: 'x86_64', caps })).toString();
    expect(filter([cap])).toBe(filter(['CAP_SYS_ADMIN']));
    expect(filter([cap])).not.toBe(filter([]));
  });

  it('never throws anything but a BpfError, however it is spoilt', () => {
    const spoilt = fc
      .tuple(
        policyText,
        fc.nat(),
        fc.nat(8),
        fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom('"', '{', ']', ',', '-', '1e9', 'null')),
      )
      .map(([text, at, length, more]) => {
        const start = at % text.length;
        return text.slice(0, start) + more + text.slice(start + length);
      });
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.string()), (source) => {
        try {
          readPolicy(source, { arch: 'x86_64' });
        } catch (error) {
          if (!(error instanceof BpfError)) throw error;
          const { start, end } = error.place ?? { start: 0, end: 0 };
          expect(start).toBeLessThanOrEqual(end);
          expect(end).toBeLessThanOrEqual(source.length);
        }
      }),
      { seed: 9, numRuns: 500 },
    );
  });
});
