// Filters on real processes: a child makes chosen calls, and sees exactly what `emulate` said.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { native } from '../lib/native.js';
import { executeSeccomp } from '../src/classic/run.js';
import { actionParts } from '../src/seccomp/action.js';
import { arches, archOf } from '../src/seccomp/arch.js';
import { parseCall } from '../src/seccomp/ask.js';
import { compilePolicy } from '../src/seccomp/compile.js';
import { seccompData } from '../src/seccomp/condition.js';
import { readPolicy } from '../src/seccomp/read.js';
import { main, testFolder, unibpf } from './command-line.js';

const hasPerl = spawnSync('perl', ['-e', '1']).status === 0;
const missing =
  native.addon?.kernel === undefined
    ? 'there is no kernel here that puts filters on processes'
    : process.arch !== 'x64'
      ? 'the calls are those of x86_64'
      : hasPerl
        ? ''
        : 'perl makes the calls';
const file = testFolder();

/** Makes the calls that it is given, `number,argument,…`, and tells of each `ok` or its error number. */
const caller = `for (@ARGV) { my ($n, @a) = map { 0 + $_ } split /,/; print syscall($n, @a) == -1 ? 0 + $! : 'ok', "\\n" }`;

const profile = (defaultAction: string, ...rules: string[]) =>
  `{"defaultAction":"SCMP_ACT_${defaultAction}","syscalls":[${rules.map((rule) => `{${rule}}`)}]}`;
const rule = (names: string, action: string, ...args: string[]) =>
  `"names":${JSON.stringify(names.split(' '))},"action":"SCMP_ACT_${action}","args":[${args.map((each) => `{${each}}`)}]`;
const argument = (index: number, op: string, value: string, valueTwo = '0') =>
  `"index":${index},"op":"SCMP_CMP_${op}","value":${value},"valueTwo":${valueTwo}`;
const enosys = (text: string) => text.replace('"args"', '"errnoRet":38,"args"');

const policies: readonly (readonly [what: string, policy: string, calls: readonly string[]])[] = [
  [
    'errors',
    profile('ALLOW', rule('getppid getpgrp', 'ERRNO'), enosys(rule('sched_yield', 'ERRNO'))),
    ['getppid', 'getpgrp', 'sched_yield', 'getpid'],
  ],
  ['a killed process', profile('ALLOW', rule('getppid', 'KILL_PROCESS')), ['getppid', 'getpid']],
  ['a killed thread', profile('ALLOW', rule('getppid', 'KILL')), ['getppid', 'getuid']],
  ['a trap', profile('ALLOW', rule('getppid', 'TRAP')), ['getppid', 'gettid']],
  ['a tracer that is not there', profile('ALLOW', rule('getppid', 'TRACE')), ['getppid', 'getgid']],
  ['a supervisor that is not there', profile('ALLOW', rule('getppid', 'NOTIFY')), ['getppid', 'getgid']],
  ['what is logged', profile('ALLOW', rule('getppid close', 'LOG')), ['getppid', 'close(99)', 'getuid']],
  [
    'comparisons of 64 bits',
    profile(
      'ALLOW',
      rule('close', 'ERRNO', argument(0, 'GT', '4294967300')),
      rule('dup', 'ERRNO', argument(0, 'LE', '95')),
    ),
    ['close(4294967301)', 'close(4294967300)', 'close(99)', 'dup(0x10000005f)', 'dup(95)', 'dup(96)'],
  ],
  [
    'masks',
    profile('ALLOW', enosys(rule('dup', 'ERRNO', argument(0, 'MASKED_EQ', '240', '96')))),
    ['dup(0x60)', 'dup(0x6f)', 'dup(0x70)', 'dup(0x160)'],
  ],
  [
    'conditions together, and one or the other',
    profile(
      'ALLOW',
      rule('socket', 'ERRNO', argument(0, 'EQ', '1'), argument(1, 'EQ', '1')),
      enosys(rule('personality', 'ERRNO', argument(0, 'EQ', '4294967295'), argument(0, 'EQ', '7'))),
    ),
    ['socket(1, 1)', 'socket(1, 2)', 'socket(77, 1)', 'personality(0xffffffff)', 'personality(7)'],
  ],
  [
    'a list of what is allowed',
    '@system-service @debug ~@mount',
    ['getpid', 'close(99)', 'umask(18)', 'swapon(0)', 'kexec_load(0)', 'pivot_root(0)'],
  ],
  [
    'a list of what is denied',
    'SystemCallFilter=~@clock getppid:EACCES\nSystemCallErrorNumber=EPERM',
    ['getppid', 'clock_settime(99)', 'getpid'],
  ],
  ['the second numbers of x32', profile('ALLOW'), ['getpid', 'x32:getpid', '0x40000000', '0xffffffff']],
];

const signals: readonly string[] = ['KILL_PROCESS', 'KILL_THREAD', 'TRAP'];
const enosysNumber = '38';

describe.skipIf(missing !== '')(`a process behind a filter${missing && ` (${missing})`}`, () => {
  it.each(policies)('sees what was said: %s', (_, text, calls) => {
    const path = file('policy', text);
    const policy = readPolicy(text, { arch: 'x86_64' });
    const program = compilePolicy(policy);
    for (const asked of calls) {
      const call = parseCall(asked, archOf('x86_64') ?? arches.x86_64);
      const words = [call.nr, ...call.args].join();
      const free = spawnSync('perl', ['-e', caller, words], { encoding: 'utf8' });
      const behind = unibpf(['seccomp', 'run', '--policy', path, '--', 'perl', '-e', caller, words]);
      const { name = '', data } = actionParts(executeSeccomp(program, seccompData(call)).result);
      const seen = `${asked} ${name}: ${behind.stdout}${behind.stderr}`;
      if (signals.includes(name)) expect(behind.signal, seen).toBe('SIGSYS');
      else expect(behind.stdout.trim(), seen).toBe(said(name, data, free.stdout.trim()));
    }
  });

  it('has the exit status of its program, and dies of its signal', () => {
    const path = file('all', profile('ALLOW'));
    const run = (...command: string[]) => unibpf(['seccomp', 'run', '-p', path, '--', ...command]);
    expect(run('sh', '-c', 'exit 7').status).toBe(7);
    expect(run('sh', '-c', 'kill -TERM $$').signal).toBe('SIGTERM');
    expect(run('sh', '-c', 'echo "$1" "$0"; cat', '--json', '-x').stdout).toBe('-x --json\n');
    expect(run('no-such-program')).toMatchObject({ status: 4 });
  });

  it('gets the signals that we get', async () => {
    const path = file('all', profile('ALLOW'));
    const script = 'trap "exit 3" USR1; echo ready; while :; do sleep 0.05; done';
    const child = spawn(process.execPath, [main, 'seccomp', 'run', '-p', path, '--', 'sh', '-c', script]);
    await once(child.stdout, 'data');
    child.kill('SIGUSR1');
    expect(await once(child, 'exit')).toEqual([3, null]);
  });

  it('that may not execute anything is told so', () => {
    const path = file('no-exec', profile('ALLOW', rule('execve', 'ERRNO')));
    const { status, stderr } = unibpf(['seccomp', 'run', '-p', path, '--', 'true']);
    expect(stderr).toBe(
      "error[io]: cannot execute 'true': operation not permitted (does the filter let execve pass?)\n",
    );
    expect(status).toBe(4);
  });

  it('is not started with a filter for another machine', () => {
    const path = file('all', profile('ALLOW'));
    const { status, stderr } = unibpf(['seccomp', 'run', '-p', path, '--arch', 'aarch64', '--', 'true']);
    expect(status).toBe(2);
    expect(stderr).toContain("expected the architecture of this machine, x86_64, got 'aarch64'");
  });

  it('can be this one, where that is asked for by name', () => {
    const index = fileURLToPath(new URL('../dist/index.js', import.meta.url));
    const script = `
      import { compilePolicy, restrictThisProcess } from ${JSON.stringify(index)};
      import { mkdirSync } from 'node:fs';
      restrictThisProcess(compilePolicy(${JSON.stringify(profile('ALLOW', rule('mkdir mkdirat', 'ERRNO')))}));
      try { mkdirSync('/tmp/unibpf-never'); } catch (error) { console.log(error.code); }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stdout).toBe('EPERM\n');
  });
});

/** What the caller tells of a call with an answer that doesn't kill. */
function said(action: string, data: number, free: string): string {
  if (action === 'ERRNO') return String(data);
  if (action === 'TRACE' || action === 'NOTIFY') return enosysNumber;
  return free;
}
