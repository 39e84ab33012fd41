// Object files on the command line.

import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import { BtfWriter } from './btf-writer.js';
import { pcapFile } from './capture-files.js';
import { examplesOf, shell, testFolder, unibpf } from './command-line.js';
import { countingObject } from './counting-object.js';
import { object, relocations } from './objects.js';
import { ip4Frame, tcp, udp } from './packets.js';

const file = testFolder();
const counts = { name: 'counts', numbers: { type: 2, key_size: 4, value_size: 8, max_entries: 4 } };
const lines = {
  tc: [
    { offset: 0, file: 'prog.c', text: '  u32 first = skb->data;', line: 11, column: 20 },
    { offset: 8, file: 'prog.c', text: '  return *(u8 *)first;', line: 12, column: 10 },
  ],
};
const fine = {
  name: 'count',
  section: 'xdp',
  code: 'r1 = 0 ll; r2 = r10; r2 += -4; *(u32 *)(r10 -4) = 1; call 1; call pc-1; exit',
  refers: [
    { slot: 0, to: 'counts' },
    { slot: 6, to: 'pass', type: relocations.call },
  ],
};
const pass = { name: 'pass', section: '.text', code: 'r0 = 2; exit' };
const unsafe = { name: 'first', section: 'tc', code: 'r1 = *(u32 *)(r1 +76); r0 = *(u8 *)(r1 +0); exit' };
const open = {
  name: 'waits',
  section: 'kprobe/f',
  code: 'call pc-1; exit',
  refers: [{ slot: 0, to: 'bpf_task_acquire', type: relocations.call }],
};
const externs = [{ name: 'bpf_task_acquire', section: '.ksyms', isFunction: true }] as const;

const captured = [ip4Frame(6, tcp(4000, 80, 2)), ip4Frame(17, udp(4000, 53)), ip4Frame(6, tcp(80, 4000, 0x12))];

const several = file(
  'several.o',
  object({ license: 'GPL', functions: [fine, pass, unsafe, open], maps: [counts], lines, externs }),
);
file('count.o', countingObject);
file('in.pcap', pcapFile(captured.map((data) => ({ data }))));
const one = file('one.o', object({ license: 'GPL', functions: [fine, pass], maps: [counts] }));

describe('docs/object-files.md', () => {
  it.each(examplesOf('object-files.md'))('is right about %s', (command, output) => {
    expect(shell(command, dirname(several))).toBe(output);
  });
});

describe('unibpf verify', () => {
  it('judges each program of an object as its section says', () => {
    const { stdout, stderr, status } = unibpf(['verify', several]);
    expect(stdout).toMatch(/^count \(xdp\): accepted \(explored: \d+, [^\n]*\)\n$/);
    expect(stderr).toContain(
      'first (tc): error[verify]: prog.c:12:10: r1 reaches bytes 0 to 0 of the packet, of which 0 are known to be there; compare with data_end first\n    return *(u8 *)first;',
    );
    expect(stderr).toContain('waits (kprobe/f): error[unsupported]: ');
    expect(status).toBe(3);
  });

  it('judges the one that is chosen, by its name or its section', () => {
    for (const name of ['count', 'xdp']) {
      expect(unibpf(['verify', several, '--program', name])).toMatchObject({ status: 0, stderr: '' });
    }
    expect(unibpf(['verify', several, '--program', 'waits'])).toMatchObject({ status: 2, stdout: '' });
    expect(unibpf(['verify', several, '--program', 'tc']).status).toBe(3);
  });

  it('tells the verdicts as JSON, a line each', () => {
    const { stdout, stderr } = unibpf(['verify', several, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ program: 'count (xdp)', verdict: 'accept' });
    const [refusal, mistake] = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(refusal).toMatchObject({
      program: 'first (tc)',
      error: { code: 'verify', pc: 1, name: 'prog.c', line: 12 },
    });
    expect(mistake).toMatchObject({ program: 'waits (kprobe/f)', error: { code: 'unsupported', pc: 0 } });
  });

  it('takes what the options say before what the object says', () => {
    expect(unibpf(['verify', one, '-e', 'sched_cls']).status).toBe(0);
    expect(unibpf(['verify', one, '-e', 'seccomp']).stderr).toContain('error[verify]');
    const traced = {
      name: 'f',
      section: 'kprobe/f',
      code: 'r1 = r10; r1 += -8; r2 = 8; r3 = 0; call 113; r0 = 0; exit',
    };
    const [mit, gpl] = ['MIT', 'GPL'].map((license) => file(`${license}.o`, object({ license, functions: [traced] })));
    expect(unibpf(['verify', gpl!]).status).toBe(0);
    expect(unibpf(['verify', mit!]).stderr).toContain('compatible with the GPL');
    expect(unibpf(['verify', mit!, '--license', 'GPL']).status).toBe(0);
    expect(unibpf(['verify', file('none.o', object({ functions: [traced] }))]).status).toBe(3);
  });

  it('reads standard input', () => {
    const bytes = object({ functions: [pass] });
    expect(unibpf(['verify', '-e', 'xdp'], bytes)).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('unibpf disasm', () => {
  it('lists the programs of an object, with their maps, functions and lines', () => {
    expect(unibpf(['disasm', several])).toMatchObject({
      status: 0,
      stderr: '',
      stdout: `# program count (xdp)
# map 0: counts, array, keys of 4 bytes, values of 8, entries: 4
# function count
r1 = map[idx:0]
r2 = r10
r2 += -4
*(u32 *)(r10 -4) = 1
call 1
call pc+1
exit
# function pass
r0 = 2
exit

# program first (tc)
# prog.c:11: u32 first = skb->data;
r1 = *(u32 *)(r1 +76)
# prog.c:12: return *(u8 *)first;
r0 = *(u8 *)(r1 +0)
exit

# program waits (kprobe/f)
# unresolved: 'bpf_task_acquire' is a function of the kernel's (a kfunc), which only the kernel's types number
call kfunc 0
exit
`,
    });
  });

  it('prints what asm reads, in any form', () => {
    const [hex, mnemonic] = ['hex', 'mnemonic'].map((form) => unibpf(['disasm', one, '--form', form]).stdout);
    expect(unibpf(['asm', '-m', 'ebpf'], mnemonic).stdout).toBe(hex);
    expect(unibpf(['asm', one]).stdout).toBe(hex);
  });

  it('tells all as JSON', () => {
    const told = JSON.parse(unibpf(['disasm', several, '--json', '--program', 'count']).stdout);
    expect(told).toMatchObject({
      license: 'GPL',
      maps: [{ name: 'counts', type: 'array', key_size: 4, value_size: 8, max_entries: 4, flags: 0, entries: [] }],
      programs: [
        {
          name: 'count',
          section: 'xdp',
          type: 'xdp',
          attach: 'xdp',
          functions: [
            { name: 'count', start: 0 },
            { name: 'pass', start: 8 },
          ],
        },
      ],
    });
  });

  it('shows programs for big-endian machines, which verify refuses', () => {
    const big = file('big.o', object({ order: 'big', functions: [pass] }));
    expect(unibpf(['disasm', big])).toMatchObject({ status: 0, stdout: '# program pass (.text)\nr0 = 2\nexit\n' });
    expect(unibpf(['verify', big, '-e', 'xdp'])).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('--kernel-types', () => {
  const own = (offset: number) => (btf: BtfWriter) => {
    const type = btf.struct('task', 64, [['pid', btf.int('int', 4), 8 * offset]]);
    return { type, open: { 'kprobe/f': [{ offset: 8, kind: 0, type, path: '0:0' }] } };
  };
  const bytes = object({
    functions: [{ name: 'f', section: 'kprobe/f', code: 'r0 = 0; r1 += 4; exit' }],
    lines: {},
    open: (btf) => own(4)(btf).open,
  });
  const kernel = new BtfWriter();
  own(24)(kernel);
  const [prog, types] = [file('core.o', bytes), file('vmlinux', kernel.bytes())];

  it('completes what depends on them', () => {
    expect(unibpf(['disasm', prog]).stdout).toContain(
      "# unresolved: the offset of 'task.pid' depends on the kernel's types",
    );
    expect(unibpf(['disasm', prog, '--kernel-types', types]).stdout).toBe(
      '# program f (kprobe/f)\nr0 = 0\nr1 += 24\nexit\n',
    );
    expect(unibpf(['verify', prog])).toMatchObject({ status: 2, stdout: '' });
    expect(unibpf(['verify', prog, '--kernel-types', types])).toMatchObject({ status: 0, stderr: '' });
  });

  it('are read from a file that is there', () => {
    expect(unibpf(['verify', prog, '--kernel-types', '/nonexistent'])).toMatchObject({ status: 4, stdout: '' });
    expect(unibpf(['verify', '--kernel-types', types], 'r0 = 0; exit').stderr).toContain(
      '--kernel-types is for object files',
    );
  });
});

describe('unibpf conformance-plugin', () => {
  it('takes the program in an object file', () => {
    const data = { '.data': Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0) };
    const code = 'r6 = *(u8 *)(r1 +1); r1 = 0 ll; r0 = *(u16 *)(r1 +0); r0 += r6; exit';
    const functions = [{ name: 'main', section: '.text', code, refers: [{ slot: 1, to: '.data' }] }];
    const hex = toHex(object({ functions, data })).replace(/../g, '$& ');
    for (const engine of ['auto', 'interpreter']) {
      expect(unibpf(['conformance-plugin', '00 10', '--elf', '--engine', engine], hex).stdout).toBe('211\n');
    }
    const two = toHex(object({ functions: [fine, unsafe], maps: [counts], data: {}, externs: [{ name: 'pass' }] }));
    expect(unibpf(['conformance-plugin', '', '--elf'], two).stderr).toContain('found 2: count, first');
  });
});

describe('a mistake', () => {
  it.each([
    [
      ['verify', several, '--program', 'cuont'],
      "there is no program 'cuont' in the object file, only count, first, waits; did you mean 'count'?",
    ],
    [['disasm', several, '--program', 'xpd'], "did you mean 'xdp'?"],
    [['verify', several, '-m', 'classic'], 'an object file holds internal programs'],
    [['disasm', several, '-m', 'classic'], 'an object file holds internal programs'],
    [['verify', several, '--maps', '[]'], 'an object file has its own maps'],
    [
      ['verify', file('text.o', object({ functions: [pass] }))],
      'the section of pass (.text) names no type of programs',
    ],
    [['verify', file('empty.o', object({}))], 'the object file has no program in it'],
    [
      ['disasm', file('half.o', object({}).subarray(0, 50))],
      'the file header takes bytes 0 to 64 of the file, which has 50',
    ],
    [['verify', file('prog.s', 'r0 = 0; exit'), '--program', 'f'], '--program is for object files'],
    [['asm', file('drop.asm', 'ret #0'), '--program', 'f'], '--program is for object files'],
    [['disasm', several, '--form', 'ddd'], "expected a form of ebpf programs (linux, mnemonic, hex), got 'ddd'"],
  ])('in %j is told', (args, message) => {
    const { stdout, stderr, status } = unibpf(args);
    expect(stderr).toContain(message);
    expect([stdout, status]).toEqual(['', 2]);
  });
});
