import { describe, expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import { Program } from '../src/ebpf/program.js';
import { unibpf } from './command-line.js';

function hex(assembly: string): string {
  return toHex(Program.parse(assembly).encode()).replace(/../g, '$& ');
}

describe('unibpf conformance-plugin', () => {
  it('prints r0 as a hexadecimal number', () => {
    const { stdout, status } = unibpf(['conformance-plugin'], hex('r0 = -1; exit'));
    expect([stdout, status]).toEqual(['ffffffffffffffff\n', 0]);
  });

  it('gives the program memory at r1, and its length in r2', () => {
    const program = hex('ldxh %r0, [%r1+1]\nadd %r0, %r2\nexit');
    const { stdout } = unibpf(['conformance-plugin', '00 11 22', '--engine', 'interpreter'], program);
    expect(stdout).toBe('2214\n');
  });

  it('calls helpers through a register where that is asked for', () => {
    const program = hex('mov %r0, 99\nmov %r8, 8\ncall helper %r8\nexit');
    expect(unibpf(['conformance-plugin', '', '--callx'], program).stdout).toBe('0\n');
    expect(unibpf(['conformance-plugin'], program).stderr).toContain('unknown opcode 0x8d');
  });

  it.each([
    ['a fault of the program', 'r0 = *(u8 *)(r1 +0); exit', [], 5, 'out-of-bounds at instruction 0\n'],
    ['a refusal', 'r0 = 1; r0 <<= 64; exit', ['--verify'], 3, 'error[verify]: '],
  ])('ends with its status after %s', (_, assembly, options, expected, message) => {
    const { stdout, stderr, status } = unibpf(['conformance-plugin', '', ...options], hex(assembly));
    expect([stdout, status]).toEqual(['', expected]);
    expect(stderr).toContain(message);
  });

  it('refuses what is no program', () => {
    expect(unibpf(['conformance-plugin'], 'xx')).toMatchObject({ status: 2, stdout: '' });
    expect(unibpf(['conformance-plugin'], '')).toMatchObject({ status: 2, stdout: '' });
  });
});
