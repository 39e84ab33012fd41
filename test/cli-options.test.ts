// Options that mean nothing where they stand are refused, not passed over; and with --json all that is printed is JSON.

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testFolder, unibpf } from './command-line.js';

const file = testFolder();
const capture = fileURLToPath(new URL('cases/captures/twelve.pcap', import.meta.url));
const accepted = file('accepted.s', 'r0 = 0; exit');
const refused = file('refused.s', 'r0 = r7; exit');
const misspelt = file('misspelt.s', 'r0 = ; exit');
const classic = file('classic.asm', 'ldh [12]  jne #0x800, no  ret #-1  no: ret #0');
const policy = file(
  'policy.json',
  '{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": ["execve"], "action": "SCMP_ACT_ALLOW" }] }',
);
const broken = file('broken.json', '{');
const unknown = file('unknown.json', '{ "defaultAction": "SCMP_ACT_ALOW" }');
const filterBytes = file('filter.asm', 'ret #0');
const masked = file('masked.asm', 'ld [16]  and #0xf0  jgt #0x20, a, b  a: ret #0x7fff0000  b: ret #0');
const format = file('signal.format', 'name: signal\nID: 7\nformat:\n\tfield:int sig;\toffset:0;\tsize:4;\tsigned:1;\n');
const records = file('signal.raw', Uint8Array.of(0, 0, 0, 0, 9, 0, 0, 0));
const x86 = ['--arch', 'x86_64'];

describe('refused with status 2:', () => {
  it.each<[string, readonly string[]]>([
    ['--annotate is for the listing of the classic program', ['compile', 'ip', '--annotate', '--json']],
    ['expected -x at most two times', ['filter', 'ip', capture, '-xxx']],
    ['expected -X at most two times', ['filter', 'ip', capture, '-X', '-XX']],
    ['--link is for the expression of --filter', ['verify', accepted, '--link', 'RAW']],
    ['--link is for the expression of --filter', ['verify', accepted, '-y', 'RAW']],
    ['--dialect is for the expression of --filter', ['verify', accepted, '--dialect', 'extended']],
    ['--resolve is for the expression of --filter', ['verify', accepted, '--resolve']],
    ["environment 'xdp' has no attach type 'x'", ['verify', accepted, '-e', 'xdp', '--attach', 'x']],
    [
      '--form is for what is printed, and --write writes bytes',
      ['seccomp', 'compile', policy, '-w', file('none.bpf'), '-f', 'd'],
    ],
    ['--caps is for policies', ['seccomp', 'audit', filterBytes, '--filter', '--caps', 'CAP_BPF']],
    ['--arch is for policies', ['seccomp', 'audit', filterBytes, '--filter', ...x86]],
    [
      "unknown capability 'sys_admn'; did you mean 'CAP_SYS_ADMIN'?",
      ['seccomp', 'explain', policy, 'read()', '--caps', 'CAP_BPF,sys_admn'],
    ],
    ["unknown capability ''; there are CHOWN, DAC_OVERRIDE,", ['seccomp', 'compile', policy, '--caps', '']],
    ["can't follow an instruction of kind 'jump' at 2", ['seccomp', 'audit', masked, '--filter']],
  ])('%s', (message, args) => {
    const { status, stdout, stderr } = unibpf(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("did you mean ''");
  });
});

describe('with --json all is JSON, with status', () => {
  it.each<[number, readonly string[]]>([
    [0, ['filter', '--invert', 'ip', capture]],
    [0, ['filter', '--invert', 'ip', capture, '--count', '--stats']],
    [1, ['filter', 'ip', capture]],
    [2, ['filter', 'tpc', capture]],
    [4, ['filter', 'ip', '/nonexistent']],
    [1, ['run', classic, capture]],
    [2, ['run', misspelt, capture]],
    [4, ['run', '/nonexistent', capture]],
    [0, ['compile', 'ip', '--emit', 'ast']],
    [0, ['compile', 'ip', '--emit', 'optimized', '--validate']],
    [2, ['compile', 'ip broadcast']],
    [1, ['explain', 'ip', '--packet', `${capture}:1`]],
    [2, ['explain', 'ip', '--packet', `${capture}:13`]],
    [4, ['explain', 'ip', '--packet', '/nonexistent:1']],
    [0, ['verify', accepted, '--log', '1', '--facts', '--ranges']],
    [2, ['verify', misspelt]],
    [3, ['verify', refused]],
    [4, ['verify', '/nonexistent']],
    [0, ['event', format, 'sig == 9', '--read', records, '--stride', '4']],
    [0, ['event', format, 'sig == 9', '--read', records, '--stride', '4', '--count']],
    [1, ['event', format, 'sig == 8', '--read', records, '--stride', '3']],
    [2, ['event', format, 'sgi == 8', '--read', records, '--stride', '4']],
    [4, ['event', format, 'sig == 8', '--read', '/nonexistent', '--stride', '4']],
    [0, ['asm', classic]],
    [0, ['asm', accepted, '--machine', 'ebpf']],
    [2, ['asm', misspelt, '--machine', 'ebpf']],
    [0, ['disasm', classic]],
    [4, ['disasm', '/nonexistent']],
    [0, ['doctor']],
    [0, ['seccomp', 'compile', policy, ...x86]],
    [0, ['seccomp', 'compile', policy, ...x86, '--write', file('policy.bpf')]],
    [2, ['seccomp', 'compile', broken]],
    [2, ['seccomp', 'compile', policy, '--kernel', 'six']],
    [4, ['seccomp', 'compile', '/nonexistent']],
    [0, ['seccomp', 'explain', policy, 'execve()', ...x86]],
    [1, ['seccomp', 'explain', policy, 'read()', ...x86]],
    [2, ['seccomp', 'explain', policy, 'reed()', ...x86]],
    [1, ['seccomp', 'diff', policy, '@basic-io', ...x86]],
    [2, ['seccomp', 'diff', policy, unknown, ...x86]],
    [0, ['seccomp', 'audit', policy, ...x86]],
    [1, ['seccomp', 'audit', filterBytes, '--filter']],
    [2, ['seccomp', 'audit', masked, '--filter']],
    [1, ['seccomp', 'emulate', policy, 'execve()', 'read()', ...x86]],
    [2, ['seccomp', 'emulate', policy, 'reed()', ...x86]],
    [0, ['seccomp', 'disasm', filterBytes]],
    [2, ['seccomp', 'disasm', policy]],
  ])('%d: %j', (expected, args) => {
    const { status, stdout, stderr } = unibpf([...args, '--json']);
    const objects = [stdout, stderr].map((text) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map(parsed),
    );
    expect(status).toBe(expected);
    expect(objects.flat().length).toBeGreaterThan(0);
    for (const each of objects.flat()) expect(each).toBeTypeOf('object');
    const isError = expected > 1;
    expect(objects[1]!.some((each) => 'error' in each)).toBe(isError);
    if (isError) expect(objects[1]!.at(-1)).toEqual({ error: expect.objectContaining({ code: expect.any(String) }) });
  });
});

function parsed(line: string): object {
  try {
    return JSON.parse(line);
  } catch {
    return expect.fail(`not JSON: ${line}`);
  }
}
