import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pcapFile, readBytes } from './capture-files.js';
import { examplesOf, shell, testFolder, unibpf } from './command-line.js';
import { ip4Frame, tcp, udp } from './packets.js';

const file = testFolder();
const frames = [
  { data: ip4Frame(6, tcp(4000, 80, 2)), seconds: 1_700_000_000, fraction: 1 },
  { data: ip4Frame(17, udp(4000, 53)), seconds: 1_700_000_001, fraction: 2 },
  { data: ip4Frame(6, tcp(80, 4000, 0x12)), seconds: 1_700_000_002, fraction: 3 },
];
const capture = pcapFile(frames);
const input = file('in.pcap', capture);
const summary =
  /^\d of 3 packets matched \([\d.]+ %\), in [\d.]+ s: [\d.]+ k?M? ?packets\/s, [\d.]+ [kM]?B\/s \((jit|interpreter)\)\n$/;

describe('unibpf filter', () => {
  it('prints a line a packet, and a summary on standard error', () => {
    const { status, stdout, stderr } = unibpf(['filter', 'tcp port 80', input]);
    expect(stdout).toBe(
      '22:13:20.000001 IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [S], seq 1, win 512, length 0\n' +
        '22:13:22.000003 IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S.], seq 1, ack 2, win 512, length 0\n',
    );
    expect(stderr).toMatch(summary);
    expect(status).toBe(0);
  });

  it('writes a capture of what matched', () => {
    const output = file('out.pcap');
    const { status, stdout } = unibpf(['filter', 'tcp port 80', input, '-w', output]);
    expect([status, stdout]).toEqual([0, '']);
    expect(readFileSync(output)).toEqual(pcapFile([frames[0]!, frames[2]!]));
  });

  it('writes a header alone, with status 1, where nothing matches', () => {
    const output = file('none.pcap');
    expect(unibpf(['filter', 'icmp', input, '-w', output]).status).toBe(1);
    expect(readFileSync(output)).toEqual(pcapFile([]));
  });

  it('counts, with the number first', () => {
    expect(unibpf(['filter', '--count', 'tcp', input])).toMatchObject({ stdout: '2 packets\n', status: 0 });
    expect(unibpf(['filter', '--count', 'udp', input])).toMatchObject({ stdout: '1 packet\n', status: 0 });
    expect(unibpf(['filter', '--count', 'icmp', input])).toMatchObject({ stdout: '0 packets\n', status: 1 });
  });

  it('matches everything without words', () => {
    expect(unibpf(['filter', '--count', '', input]).stdout).toBe('3 packets\n');
  });

  it.each(['jit', 'interpreter', 'classic', 'javascript'])('gives the same on the engine %s', (engine) => {
    expect(unibpf(['filter', '--engine', engine, '--count', 'tcp[13] & 2 != 0', input]).stdout).toBe('2 packets\n');
  });

  it('stops after so many packets', () => {
    const { stdout, stderr } = unibpf(['filter', '-t', '-c', '1', 'tcp', input]);
    expect(stdout).toBe('IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [S], seq 1, win 512, length 0\n');
    expect(stderr).toMatch(/^1 of 1 packet matched/);
  });

  it('takes what does not match', () => {
    expect(unibpf(['filter', '--invert', '--count', 'tcp', input]).stdout).toBe('1 packet\n');
  });

  it('keeps fewer bytes', () => {
    const output = file('short.pcap');
    unibpf(['filter', '-s', '20', '-w', output, '', input]);
    const cut = frames.map((frame) => ({ ...frame, data: frame.data.subarray(0, 20), length: frame.data.length }));
    expect(readFileSync(output)).toEqual(pcapFile(cut, { snaplen: 20 }));
  });

  it('reads standard input and writes standard output', async () => {
    const { stdout } = unibpf(['filter', 'udp', '-', '-t'], capture);
    expect(stdout).toBe('IP 10.0.0.1.4000 > 10.0.0.2.53: UDP, length 4\n');
    const written = unibpf(['filter', 'udp', '-', '-w', '-', '-q'], capture);
    expect(Buffer.from(written.stdout, 'utf8').subarray(0, 4).length).toBe(4);
    expect(written.stderr).toBe('');
  });

  it('reads several files', () => {
    expect(unibpf(['filter', '--count', 'tcp', input, input]).stdout).toBe('4 packets\n');
  });

  it('compiles once for each link type', () => {
    const raw = file('raw.pcap', pcapFile([{ data: frames[0]!.data.subarray(14) }], { link: 101 }));
    expect(unibpf(['filter', '--count', 'tcp port 80', input, raw]).stdout).toBe('3 packets\n');
    const { status, stderr } = unibpf(['filter', '-q', '-w', file('both.pcap'), 'tcp', input, raw]);
    expect(stderr).toMatch(
      /^error\[link\]: a pcap file holds packets of one link type, and .* would get EN10MB and RAW/,
    );
    expect(status).toBe(2);
  });

  it('shows the bytes in rows', () => {
    const { stdout } = unibpf(['filter', '-t', '-x', 'udp', input]);
    expect(stdout.split('\n')[1]).toBe('\t0x0000:  4500 0020 0001 0000 4011 0000 0a00 0001');
    expect(unibpf(['filter', '-t', '-XX', 'udp', input]).stdout.split('\n')[1]).toBe(
      '\t0x0000:  0200 0000 0002 0200 0000 0001 0800 4500  ..............E.',
    );
  });

  it('gives JSON', () => {
    const { stdout, stderr } = unibpf(['filter', '--json', 'udp', input]);
    expect(JSON.parse(stdout)).toEqual({
      time: '1700000001.000002000',
      link: 'EN10MB',
      length: 46,
      captured: 46,
      text: 'IP 10.0.0.1.4000 > 10.0.0.2.53: UDP, length 4',
    });
    expect(JSON.parse(stderr)).toMatchObject({ summary: { packets: 3, matched: 1, bytes: 154 } });
  });
});

describe('docs/captures.md', () => {
  it.each(examplesOf('captures.md'))('is right about %s', (command, output) => {
    expect(shell(command, dirname(input))).toBe(output);
  });
});

describe('unibpf filter, on a mistake', () => {
  it('shows the place in the expression', () => {
    expect(unibpf(['filter', 'tcp prot 80', input])).toMatchObject({
      status: 2,
      stdout: '',
      stderr: "error[syntax]: expected 'and' or 'or', found 'prot'; did you mean 'port'?\n  tcp prot 80\n      ^^^^\n",
    });
  });

  it('shows the place on the command line', () => {
    expect(unibpf(['filter', 'tcp', '--cuont', input])).toMatchObject({ status: 2, stdout: '' });
    expect(unibpf(['filter', 'tcp', '--cuont', 'x'])).toMatchObject({
      stderr:
        "error[usage]: unknown option '--cuont'; did you mean '--count'?\n  unibpf filter tcp --cuont x\n                    ^^^^^^^\n",
    });
    for (const args of [
      ['flter', 'tcp', 'x'],
      ['help', 'flter'],
    ]) {
      expect(unibpf(args).stderr).toContain("unknown command 'flter'; did you mean 'filter'?");
    }
    expect(unibpf(['filter', 'tcp']).stderr).toBe(
      'error[usage]: expected <files>\n  unibpf filter tcp\n                   ^\n',
    );
    expect(unibpf(['filter', 'tcp', 'x', '-c', '0']).stderr).toContain('expected a whole number from 1 to 4294967295');
  });

  it('says it as JSON where that is wanted', () => {
    const { status, stderr } = unibpf(['filter', '--json', 'tcp prot 80', input]);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'syntax', start: 4, end: 8, suggestion: 'port' } });
    expect(status).toBe(2);
  });

  it('says which file is not there', () => {
    const { status, stderr } = unibpf(['filter', 'tcp', '/nonexistent/in.pcap']);
    expect(stderr).toBe("error[io]: cannot open '/nonexistent/in.pcap': no such file or directory\n");
    expect(status).toBe(4);
  });

  it('handles what is before a damage, and says where that is', async () => {
    const cut = file('cut.pcap', capture.subarray(0, capture.length - 1));
    const output = file('before.pcap');
    const { status, stderr } = unibpf(['filter', '', cut, '-w', output]);
    expect(stderr.split('\n')[0]).toMatch(/^2 of 2 packets matched/);
    expect(stderr.split('\n')[1]).toMatch(
      /^error\[io\]: '.*cut\.pcap' is cut short: the packet at byte 156 needs 70 bytes, found 69$/,
    );
    expect(status).toBe(4);
    expect((await readBytes(readFileSync(output))).packets.length).toBe(2);
  });

  it('leaves a file that was there where the input cannot be read', () => {
    const output = file('precious.pcap', 'precious');
    unibpf(['filter', '', file('bad.pcap', 'not a capture'), '-w', output]);
    expect(readFileSync(output, 'utf8')).toBe('precious');
  });

  it('colours only where it is told to', () => {
    expect(unibpf(['filter', 'prot', input]).stderr).not.toContain('\u001b');
  });
});
