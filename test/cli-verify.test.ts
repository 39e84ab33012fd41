import { dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { ClassicProgram } from '../src/classic/program.js';
import { internal } from '../src/cli/given-program.js';
import { Program } from '../src/ebpf/program.js';
import { examplesOf, shell, testFolder, unibpf } from './command-line.js';

const file = testFolder();
const masked = `r3 = *(u32 *)(r1 +0)
if r3 > 20 goto out
r1 += r3
r0 = *(u8 *)(r1 +0)
exit
out: r0 = 0
exit
`;
const path = file('masked.s', masked);
const summary = 'accepted (explored: 7, states: 0, stack: 0 bytes, result: 0 to 255)\n';
const inMemory = (size: number, ...more: string[]) => ['verify', '-e', 'memory', '--size', `${size}`, ...more];

describe('docs/verifier.md', () => {
  it.each(examplesOf('verifier.md'))('is right about %s', (command, output) => {
    expect(shell(command, dirname(path))).toBe(output);
  });
});

describe('unibpf verify', () => {
  const program = Program.parse(masked);
  const hex = Buffer.from(program.encode()).toString('hex');

  it.each([
    ['a file', [path], ''],
    ['standard input', ['-'], masked],
    ['the notation of bpf_conformance', [], program.toString('mnemonic')],
    ['hexadecimal', [], hex],
    ['hexadecimal with space', [], hex.replace(/.{16}/g, '$& \n')],
    ['bytes', [], program.encode()],
  ])('takes a program as %s', (_, args, input) => {
    expect(unibpf(inMemory(32, ...args), input)).toMatchObject({ stdout: summary, stderr: '', status: 0 });
  });

  it('takes classic programs and expressions', () => {
    const accepted = { stderr: '', status: 0, stdout: expect.stringContaining('result: 0 to 262144') };
    expect(unibpf(['verify', '--filter', 'tcp port 80'])).toMatchObject(accepted);
    const decimals = unibpf(['compile', '-ddd', 'tcp port 80']).stdout;
    expect(unibpf(['verify', '-m', 'classic'], decimals)).toMatchObject(accepted);
    const policy = new ClassicProgram([{ code: 6, jt: 0, jf: 0, k: 7 }]).toString('ddd');
    expect(unibpf(['verify', '-m', 'classic', '-e', 'seccomp'], policy).stdout).toContain('result: 7 to 7');
  });

  it('knows the types of Linux, their attach types, licences and flags', () => {
    expect(unibpf(['verify', '-e', 'cgroup_sock_addr', '--attach', 'cgroup_inet4_bind'], 'r0 = 1; exit').status).toBe(
      0,
    );
    const traced = 'r1 = r10; r1 += -8; r2 = 8; r3 = 0; call 113; r0 = 0; exit';
    expect(unibpf(['verify', '-e', 'kprobe'], traced).status).toBe(0);
    expect(unibpf(['verify', '-e', 'kprobe', '--license', 'MIT'], traced).stderr).toContain('compatible with the GPL');
    const odd = 'r0 = *(u32 *)(r1 +2); exit';
    expect(unibpf(inMemory(8), odd).status).toBe(0);
    expect(unibpf(inMemory(8, '--flags', '1'), odd).stderr).toContain('multiple of 4');
  });

  it('knows maps', () => {
    const lookUp = '*(u32 *)(r10 -4) = 0; r1 = map[idx:0]; r2 = r10; r2 += -4; call 1; r0 = 0; exit';
    const maps = '[{"type":"array","key_size":4,"value_size":8,"max_entries":1}]';
    expect(unibpf(inMemory(0, '--maps', maps), lookUp)).toMatchObject({ status: 0, stderr: '' });
    expect(unibpf(inMemory(0), lookUp).stderr).toContain('the program has no map 0');
  });

  it('lists what was proved of each instruction, and what is known there', () => {
    const { stdout } = unibpf(inMemory(32, '--facts', '--ranges', path));
    expect(stdout).toContain(
      'in bounds; r1: an address in memory of 32 bytes, offset 0 to 20; r3: a number from 0 to 20',
    );
    const told = JSON.parse(unibpf(inMemory(32, '--facts', '--ranges', '--json', path)).stdout);
    expect(told).toMatchObject({ verdict: 'accept', processed: 7, result: ['0', '255'] });
    expect(told.facts[3]).toEqual(['in bounds']);
    expect(told.ranges[2].registers.r3[0]).toMatchObject({ kind: 'number', unsigned: ['0', '20'] });
  });

  it('prints the walk', () => {
    expect(unibpf(inMemory(32, '--log', '1', path)).stdout).toMatch(/^0: \(61\) r3 = .*\n[\s\S]*accepted/);
    const refused = unibpf(inMemory(8, '--log', '2', path));
    expect(refused.stdout).toContain('R1=mem(sz=8)');
    expect(refused.status).toBe(3);
  });
});

describe('a refusal', () => {
  it('tells where, what was known, and the way there, as JSON too', () => {
    const { stderr, stdout, status } = unibpf(inMemory(8, '--json', path));
    expect([stdout, status]).toEqual(['', 3]);
    expect(JSON.parse(stderr).error).toMatchObject({
      ...{ code: 'verify', pc: 3, name: path, instruction: 'r0 = *(u8 *)(r1 +0)' },
      registers: { r1: { kind: 'memory', size: 8, offset: ['0', '20'] } },
      path: [{ pc: 1, taken: false }],
    });
  });

  it('points at the text of a classic program', () => {
    expect(unibpf(['verify', '-m', 'classic', '-e', 'seccomp'], 'ld [4]\nret a').status).toBe(0);
    const { stderr } = unibpf(['verify', '-m', 'classic', '-e', 'seccomp'], 'ldh [4]\nret a');
    expect(stderr).toMatch(/^error\[verify\]: standard input:1:1: [^\n]*\n {2}ldh \[4\]\n {2}\^{7}\n/);
  });

  it('shows the last jumps of a long way', () => {
    const jumps = Array.from({ length: 30 }, (_, i) => `if r2 == ${i} goto out`).join('\n');
    const { stderr } = unibpf(['verify', '-e', 'memory'], `${jumps}\nout: exit`);
    expect(stderr).toContain('the way there:\n');
    expect(stderr.split('\n').filter((line) => line.endsWith('taken')).length).toBeLessThanOrEqual(20);
  });

  it('of bytes has no place in a text', () => {
    const { stderr } = unibpf(['verify'], '9500000000000000');
    expect(stderr).toBe(
      'error[verify]: r0 is read before anything was written to it\ninstruction 0: exit\n  r0: nothing was written to it\n',
    );
  });
});

describe('a program in whatever form', () => {
  const hex = fc.stringMatching(/^[0-9a-f \n]{0,64}$/);
  const words = [
    'r0',
    'r10',
    '=',
    '*(u32 *)',
    '(r1 +0)',
    'exit',
    ';',
    'goto',
    'pc+1',
    'mov',
    '%r0',
    ',',
    '0x7',
    'map[idx:0]',
  ];
  const text = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((all) => all.join(' '));
  const source = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.oneof(hex, text, fc.string()).map((all) => Buffer.from(all)),
  );

  it('is read, or refused as a mistake', () => {
    fc.assert(
      fc.property(source, (bytes) => {
        try {
          internal(bytes, []);
        } catch (error) {
          expect(error).toBeInstanceOf(BpfError);
        }
      }),
      { seed: 1, numRuns: 5000 },
    );
  });
});

describe('a mistake', () => {
  it.each([
    [['verify', '--filter', 'tpc'], '', "error[name]: unknown word 'tpc'", 2],
    [['verify', '--filter', 'tcp', path], '', 'expected a file or --filter, not both', 2],
    [['verify', '-e', 'pakcet', path], '', "unknown environment 'pakcet'; did you mean 'packet'?", 2],
    [['verify', '-e', 'packet', '--size', '8', path], '', "environment 'packet' has no size", 2],
    [inMemory(8, '--flags', 'x', path), '', 'expected a whole number from 0 to 4294967295', 2],
    [inMemory(8, '--log', '3', path), '', 'allowed choices are 1, 2', 2],
    [inMemory(8, '--maps', '{', path), '', 'expected --maps to be JSON', 2],
    [inMemory(8, '--maps', '[{"type":"array"}]', path), '', "missing field 'maps[0].key_size'", 2],
    [['verify', '-m', 'classic', '-e', 'xdp', path], '', "not in 'xdp'", 2],
    [['verify'], 'r0 = ; exit', 'expected a number, found the end of the instruction', 2],
    [['verify'], 'ff00000000000000', 'error[encoding]', 2],
    [['verify'], Uint8Array.of(0x95, 0, 0), 'error[encoding]', 2],
    [['verify', '-m', 'classic'], 'ld #1', 'error[verify]', 3],
    [['verify', '/nonexistent.s'], '', "cannot read '/nonexistent.s'", 4],
  ])('in %j is told', (args, input, message, status) => {
    const told = unibpf(args, input);
    expect(told.stderr).toContain(message);
    expect([told.stdout, told.status]).toEqual(['', status]);
  });
});
