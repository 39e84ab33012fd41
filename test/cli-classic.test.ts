import { describe, expect, it } from 'vitest';
import { pcapFile } from './capture-files.js';
import { testFolder, unibpf } from './command-line.js';
import { ip4Frame, tcp, udp } from './packets.js';

const file = testFolder();
const capture = file(
  'in.pcap',
  pcapFile([{ data: ip4Frame(6, tcp(4000, 80, 2)) }, { data: ip4Frame(17, udp(4000, 53)) }]),
);
const assembly = '  ldb [23]\n  jne #6, no\n  ret #-1\nno: ret #0\n';
const line = '4,48 0 0 23,21 0 1 6,6 0 0 4294967295,6 0 0 0\n';

describe('unibpf asm', () => {
  it('prints the line that iptables takes', () => {
    expect(unibpf(['asm'], assembly)).toMatchObject({ stdout: line, stderr: '', status: 0 });
    expect(unibpf(['asm', file('tcp.s', assembly)])).toMatchObject({ stdout: line, status: 0 });
  });

  it('prints every other form', () => {
    expect(unibpf(['asm', '--form', 'dd'], 'ret #1').stdout).toBe('{ 0x6, 0, 0, 0x00000001 },\n');
    expect(unibpf(['asm', '-f', 'hex'], 'ret #1').stdout).toBe('0600000001000000\n');
    expect(JSON.parse(unibpf(['asm', '--json'], 'ret #1').stdout)).toEqual({
      text: '1,6 0 0 1',
      classic: [[6, 0, 0, 1]],
    });
  });

  it('shows where a mistake is, with the name of the file', () => {
    const path = file('bad.s', 'ldh [12]\njeq #1, nowhere\nret #1\n');
    expect(unibpf(['asm', path])).toMatchObject({
      stderr: `error[name]: ${path}:2:9: unknown label 'nowhere'\n  jeq #1, nowhere\n          ^^^^^^^\n`,
      stdout: '',
      status: 2,
    });
    const { error } = JSON.parse(unibpf(['asm', '--json'], 'lhd [12]').stderr);
    expect(error).toMatchObject({ code: 'name', start: 0, end: 3, name: 'standard input', suggestion: 'ld' });
  });

  it('refuses what Linux would, when it is asked to', () => {
    const { status, stderr } = unibpf(['asm', '--check', 'packet'], 'div #0\nret a');
    expect(status).toBe(3);
    expect(stderr).toContain("error[verify]: standard input:1:1: instruction 0 'div #0' divides by a constant 0");
  });

  it('says that there is no such file', () => {
    const { status, stderr } = unibpf(['asm', '/nonexistent.s']);
    expect(stderr).toBe("error[io]: cannot read '/nonexistent.s': no such file or directory\n");
    expect(status).toBe(4);
  });
});

describe('unibpf disasm', () => {
  it('prints assembly of any form', () => {
    const printed = '        ldb [23]\n        jne #0x6, L3\n        ret #-1\nL3:     ret #0\n';
    expect(unibpf(['disasm'], line).stdout).toBe(printed);
    expect(unibpf(['disasm'], `-A INPUT -m bpf --bytecode "${line.trim()}" -j DROP`).stdout).toBe(printed);
    expect(unibpf(['disasm'], unibpf(['asm', '-f', 'd'], assembly).stdout).stdout).toBe(printed);
  });
});

describe('unibpf asm and disasm, of internal programs', () => {
  const hex = '61100000000000009500000000000000\n';

  it('are inverse', () => {
    expect(unibpf(['asm', '-m', 'ebpf'], 'r0 = *(u32 *)(r1 +0)\nexit')).toMatchObject({ stdout: hex, status: 0 });
    expect(unibpf(['disasm', '-m', 'ebpf'], hex).stdout).toBe('r0 = *(u32 *)(r1 +0)\nexit\n');
    expect(unibpf(['disasm', '-m', 'ebpf', '-f', 'mnemonic'], hex).stdout).toBe('ldxw %r0, [%r1+0]\nexit\n');
  });

  it('know their own forms only', () => {
    const { status, stderr } = unibpf(['asm', '-m', 'ebpf', '-f', 'ddd'], 'exit');
    expect(stderr).toContain("expected a form of ebpf programs (linux, mnemonic, hex), got 'ddd'");
    expect(status).toBe(2);
  });
});

describe('unibpf run', () => {
  const program = file('tcp.bpf', line);

  it.each(['auto', 'interpreter', 'classic', 'javascript'])('passes packets of a capture, on engine %s', (engine) => {
    expect(unibpf(['run', program, capture, '--count', '--engine', engine])).toMatchObject({
      stdout: '1 packet\n',
      status: 0,
    });
  });

  it('takes the program from standard input', () => {
    expect(unibpf(['run', '-', capture, '--count'], 'ret #0')).toMatchObject({ stdout: '0 packets\n', status: 1 });
  });

  it('refuses a program that none can run', () => {
    expect(unibpf(['run', '-', capture], 'ld #1').status).toBe(3);
    const loop = 'ld #5\nagain: sub #1\njeq #0, out\nja again\nout: ret #0';
    expect(unibpf(['run', '-', capture, '--count', '-q'], loop).status).toBe(1);
    expect(unibpf(['run', '--strict', '-', capture], loop).status).toBe(3);
  });
});
