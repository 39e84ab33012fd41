// unibpf seccomp: docs/seccomp.md is right, statuses and JSON are as told.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClassicProgram } from '../src/classic/program.js';
import { compilePolicy } from '../src/seccomp/compile.js';
import { examplesOf, shell, testFolder, unibpf } from './command-line.js';

const page = readFileSync(new URL('../docs/seccomp.md', import.meta.url), 'utf8');
const text = /```json\n(.*?)```/s.exec(page)?.[1] ?? '';
const file = testFolder();
const policy = file('web.json', text);
const seccomp = (...args: string[]) => unibpf(['seccomp', ...args]);
const here = ['--arch', 'x86_64'];

describe('docs/seccomp.md', () => {
  it.each(examplesOf('seccomp.md'))('is right about %s', (command, output) => {
    expect(shell(command, dirname(policy))).toBe(output);
  });
});

describe('unibpf seccomp', () => {
  it('shows the place of a mistake in the policy, with its path', () => {
    const bad = file(
      'bad.json',
      '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [{ "names": ["read"], "action": 7 }]\n}\n',
    );
    expect(seccomp('compile', bad)).toMatchObject({
      status: 2,
      stderr: `error[type]: ${bad}:3:47: syscalls[0].action: expected text, found 7\n    "syscalls": [{ "names": ["read"], "action": 7 }]\n                                                ^\n`,
    });
  });

  it('warns of what may not be meant so, with its line', () => {
    const bad = file(
      'raed.json',
      '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [\n  { "names": ["raed"], "action": "SCMP_ACT_LOG" }] }',
    );
    const { status, stderr } = seccomp('compile', ...here, bad);
    expect(status).toBe(0);
    expect(stderr).toBe(
      `warning: ${bad}:2:15: syscalls[0].names[0]: unknown system call 'raed' is ignored; did you mean 'read'?\n`,
    );
    expect(seccomp('compile', ...here, '--strict', bad)).toMatchObject({ status: 2 });
  });

  it('warns where nothing could run with the policy, at the place of what denies it', () => {
    const all = file('nothing.json', '{\n  "defaultAction": "SCMP_ACT_ERRNO"\n}\n');
    expect(seccomp('compile', ...here, all).stderr).toBe(`warning: ${all}:2:20: no call of x86_64 passes\n`);
    const told = JSON.parse(seccomp('compile', ...here, '--json', all).stdout).warnings;
    const message = 'no call of x86_64 passes';
    expect(told).toEqual([{ code: 'denies-everything', message, path: 'defaultAction', line: 2, column: 20 }]);
    const some = file(
      'read.json',
      `{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": ["read"], "action": "SCMP_ACT_ALLOW" }] }`,
    );
    expect(seccomp('compile', ...here, some).stderr).toBe(
      `warning: ${some}:1:20: execve is denied on x86_64: nothing can be started with this filter\n`,
    );
  });

  it('writes the bytes that Linux takes', () => {
    const path = file('filter.bpf');
    expect(seccomp('compile', ...here, policy, '-w', path)).toMatchObject({ status: 0, stdout: '' });
    const program = compilePolicy(text, { arch: 'x86_64' });
    expect(ClassicProgram.decode(readFileSync(path)).insns).toEqual(program.insns);
    expect(seccomp('disasm', path).stdout).toBe(seccomp('compile', ...here, policy).stdout);
  });

  it('writes them in the byte order of the machine', () => {
    const path = file('filter.s390x');
    seccomp('compile', '--arch', 's390x', policy, '-w', path);
    expect([...readFileSync(path).subarray(0, 8)]).toEqual([0, 0x20, 0, 0, 0, 0, 0, 4]);
  });

  it('prints a program in forms that are read again', () => {
    for (const form of ['c', 'd', 'ddd', 'asm', 'line', 'hex']) {
      const { stdout } = seccomp('compile', ...here, '-f', form, policy);
      expect(ClassicProgram.parse(stdout.trim()).length, form).toBe(compilePolicy(text, { arch: 'x86_64' }).length);
    }
  });

  it('tells by its status whether a call passes, a policy changes, a hole is found', () => {
    expect(seccomp('explain', ...here, policy, 'read()').status).toBe(0);
    expect(seccomp('explain', ...here, policy, 'open()').status).toBe(1);
    expect(seccomp('emulate', ...here, policy, 'read()', 'open()').status).toBe(1);
    expect(seccomp('diff', ...here, policy, policy)).toMatchObject({
      status: 0,
      stdout: 'every call is answered alike\n',
    });
    expect(seccomp('audit', ...here, '@system-service')).toMatchObject({ status: 1 });
    expect(seccomp('audit', ...here, '@basic-io')).toMatchObject({ status: 0, stdout: 'nothing is found\n' });
  });

  it('gives JSON', () => {
    const json = (...args: string[]) => JSON.parse(seccomp(...args, ...here, '--json').stdout);
    expect(json('explain', policy, 'socket(3)')).toMatchObject({
      ...{ call: 'socket(3)', arch: 'x86_64', action: 'ERRNO(EPERM)', reason: 'default' },
      asked: [
        {
          path: 'syscalls[3]',
          line: 8,
          column: 5,
          matches: false,
          conditions: [{ condition: 'arg0 == 2', holds: false }],
        },
      ],
    });
    expect(json('compile', policy).classic[0]).toEqual([0x20, 0, 0, 4]);
    expect(json('emulate', policy, 'read')).toEqual({
      answers: [{ arch: 'x86_64', call: 'read()', action: 'ALLOW', value: 0x7fff_0000 }],
    });
    expect(json('diff', policy, '@basic-io').changes[0]).toMatchObject({
      change: 'allowed, and no more',
      arch: 'x86_64',
    });
    expect(json('audit', policy).findings[0]).toMatchObject({
      code: 'other-way',
      severity: 'high',
      path: 'syscalls[2]',
      line: 7,
    });
    const failed = seccomp('compile', ...here, '--json', file('nothing'));
    expect([failed.status, JSON.parse(failed.stderr).error.code]).toEqual([4, 'io']);
  });

  const mistakes: readonly (readonly [call: string, message: string])[] = [
    ['reed()', "unknown system call 'reed' of x86_64; did you mean 'read'?"],
    ['i368:read()', "unknown architecture 'i368'; did you mean 'i386'?"],
    ['read(', "expected a system call as 'openat(0, 1)'"],
    ['read(1, 2, 3, 4, 5, 6, 7)', 'expected at most 6 arguments, found 7'],
    ['read(18446744073709551616)', "expected a number of 64 bits, found '18446744073709551616'"],
    ['socket(AF_INTE)', "unknown number 'AF_INTE'"],
    ['4294967296()', "expected the number of a system call, found '4294967296'"],
  ];
  it.each(mistakes)('refuses the call %s', (call, message) => {
    const { status, stderr } = seccomp('emulate', ...here, policy, call);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('names what a subcommand is mistaken for', () => {
    expect(seccomp('compil').stderr).toContain("unknown command 'compil'; did you mean 'compile'?");
    expect(seccomp('audit', policy, '--filtre').stderr).toContain(
      "unknown option '--filtre'; did you mean '--filter'?",
    );
  });
});
