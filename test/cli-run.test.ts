// unibpf run, of object files: on captures and on bytes, with what is in their maps afterwards.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toHex } from '../src/base/hex.js';
import { kernelMissing } from '../src/run/kernel.js';
import { nativeMissing } from '../src/run/native.js';
import { pcapFile } from './capture-files.js';
import { testFolder, unibpf } from './command-line.js';
import { countingObject } from './counting-object.js';
import { type FunctionDescription, type MapDescription, object } from './objects.js';
import { ip4Frame, tcp, udp } from './packets.js';

const file = testFolder();
const frames = [ip4Frame(6, tcp(4000, 80, 2)), ip4Frame(17, udp(4000, 53)), ip4Frame(6, tcp(80, 4000, 0x12))];
const input = file('in.pcap', pcapFile(frames.map((data) => ({ data }))));
const counting = file('count.o', countingObject);

/** An object with one program, and the maps that it refers to, in order, with its first instructions. */
function made(name: string, section: string, code: string, maps: readonly MapDescription[] = []): string {
  const refers = maps.map((map, index) => ({ slot: 2 * index, to: map.name }));
  return file(`${name}.o`, object({ license: 'GPL', functions: [{ name, section, code, refers }], maps }));
}

const engines = nativeMissing() === undefined ? ['auto', 'jit', 'interpreter'] : ['auto', 'interpreter'];

describe('unibpf run, on captures', () => {
  it.each(engines)('passes what the program lets pass, on engine %s', (engine) => {
    const { status, stdout, stderr } = unibpf(['run', counting, input, '-t', '--engine', engine]);
    expect(stdout.split('\n').map((line) => line.slice(0, 40))).toEqual([
      'IP 10.0.0.1.4000 > 10.0.0.2.80: Flags [S',
      'IP 10.0.0.1.80 > 10.0.0.2.4000: Flags [S',
      '',
    ]);
    expect(stderr).toMatch(/^2 of 3 packets matched .*\nverdicts: 2 × XDP_PASS, 1 × XDP_DROP\n$/);
    expect(status).toBe(0);
  });

  it('writes, counts, inverts and stops as a classic program does', () => {
    const output = file('out.pcap');
    expect(unibpf(['run', counting, input, '-w', output, '-q'])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(output)).toEqual(Buffer.from(pcapFile([0, 2].map((i) => ({ data: frames[i]! })))));
    expect(unibpf(['run', counting, input, '--count', '--invert']).stdout).toBe('1 packet\n');
    const { stderr } = unibpf(['run', counting, input, '-c', '1', '--invert']);
    expect(stderr).toMatch(/^1 of 2 packets matched .*\nverdicts: 1 × XDP_PASS, 1 × XDP_DROP\n$/);
    expect(unibpf(['run', counting, file('none.pcap', pcapFile([])), '--count'])).toMatchObject({ status: 1 });
  });

  it('prints what is in the maps at the end: all captures share them', () => {
    const { stdout } = unibpf(['run', counting, input, input, '-q', '--count', '--dump-maps']);
    expect(stdout).toBe(`4 packets
map .bss (global data)
  seen: 06000000 = 6
map protocols (array)
  6: 0400000000000000 = 4
  17: 0200000000000000 = 2
  254 more are 0
`);
  });

  it('tells all as JSON', () => {
    const { stdout, stderr } = unibpf(['run', counting, input, '--json', '--dump-maps', '--stats']);
    const [first, , bss, protocols] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ link: 'EN10MB', captured: frames[0]!.length });
    expect(bss).toEqual({
      ...{ map: '.bss', type: 'array', entries: [['00000000', '0000000003000000']] },
      variables: [{ name: 'seen', offset: 4, size: 4 }],
    });
    expect(protocols).toMatchObject({ map: 'protocols', type: 'array' });
    expect(protocols.entries).toHaveLength(256);
    expect(protocols.entries[6]).toEqual(['06000000', '0200000000000000']);
    const { summary } = JSON.parse(stderr);
    expect(summary).toMatchObject({ packets: 3, matched: 2, verdicts: { XDP_PASS: 2, XDP_DROP: 1 } });
    expect(summary.programs).toEqual([expect.objectContaining({ program: 'count', internal: 29 })]);
  });

  it.each<[type: string, section: string, verdicts: readonly number[], passes: string]>([
    ['a filter of sockets', 'socket', [0, 1, 0xffff], '011'],
    ['XDP', 'xdp', [0, 1, 2, 3, 4, 5], '001000'],
    ['traffic control', 'tc', [-1, 0, 1, 2, 3, 4, 7, 8, 9], '111010001'],
    ['a cgroup', 'cgroup_skb/egress', [0, 1, 2, 3], '0101'],
    ['a tunnel', 'lwt_in', [0, 2, 7, 128, 1], '10010'],
  ])('takes the answers of %s as Linux does', (_, section, verdicts, passes) => {
    const link = /cgroup|lwt/.test(section) ? 101 : 1;
    const one = file('one.pcap', pcapFile([{ data: frames[0]! }], { link }));
    const found = verdicts.map((verdict) => {
      return unibpf(['run', made('answers', section, `r0 = ${verdict}; exit`), one, '--count', '-q']).stdout[0];
    });
    expect(found.join('')).toBe(passes);
  });

  it('gives a filter of sockets what a packet socket gives it: frames, and their protocol', () => {
    const asks = made('asks', 'socket', 'r0 = 0; r1 = *(u32 *)(r1 +16); if r1 != 8 goto pc+1; r0 = 1; exit');
    const network = made('network', 'socket', 'r6 = r1; r0 = *(u8 *)skb[-1048567]; r0 &= 0x10; exit'); // SKF_NET_OFF + 9: the protocol
    for (const engine of engines) {
      expect(unibpf(['run', asks, input, '--count', '-q', '--engine', engine]).stdout).toBe('3 packets\n');
      expect(unibpf(['run', network, input, '--count', '-q', '--engine', engine]).stdout).toBe('1 packet\n');
    }
    const other = file('other.pcap', pcapFile([{ data: frames[0]! }], { link: 113 }));
    for (const path of [asks, network]) expect(unibpf(['run', path, other]).stderr).toContain('of link type EN10MB');
    const told = unibpf(['run', asks, input, '--engine', 'kernel']).stderr;
    expect(told).toContain(kernelMissing() ?? "Linux's tests of socket filters know no protocol");
  });

  it('tells answers that have no name by their number', () => {
    expect(unibpf(['run', made('odd', 'xdp', 'r0 = 77; exit'), input]).stderr).toContain('\nverdicts: 3 × 77\n');
    expect(unibpf(['run', made('minus', 'tc', 'r0 = -1; exit'), input]).stderr).toContain('3 × TC_ACT_UNSPEC');
  });

  it('counts many different answers together', () => {
    const packets = Array.from({ length: 40 }, (_, i) => ({ data: new Uint8Array(14 + i) }));
    const path = made('lengths', 'xdp', 'r0 = *(u32 *)(r1 +4); r1 = *(u32 *)(r1 +0); r0 -= r1; exit');
    const { stderr } = unibpf(['run', path, file('lengths.pcap', pcapFile(packets))]);
    expect(stderr).toMatch(/verdicts: 1 × 14, (?:1 × \d+, ){19}20 × others\n/);
  });
});

describe('unibpf run --input', () => {
  it('prints the answer of each run, and what was changed', () => {
    const [first, second] = frames.map(toHex);
    const spaced = second!.replace(/../g, '$& ');
    expect(unibpf(['run', counting, '--input', first!, '--input', spaced, '--input', '', '--dump-maps'])).toEqual(
      expect.objectContaining({
        ...{ status: 0, stderr: '' },
        stdout: `2 (XDP_PASS)
1 (XDP_DROP)
2 (XDP_PASS)
map .bss (global data)
  seen: 02000000 = 2
map protocols (array)
  6: 0100000000000000 = 1
  17: 0100000000000000 = 1
  254 more are 0
`,
      }),
    );
    const writes =
      'r2 = *(u32 *)(r1 +4); r1 = *(u32 *)(r1 +0); r0 = 3; r3 = r1; r3 += 2; if r3 > r2 goto pc+1; *(u8 *)(r1 +1) = 9; exit';
    const path = made('writes', 'xdp', writes);
    expect(unibpf(['run', path, '--input', '0102', '--input', '01']).stdout).toBe(
      '3 (XDP_TX), and the input is 0109\n3 (XDP_TX)\n',
    );
    expect(unibpf(['run', path, '--input', '01:02', '--json']).stdout).toBe(
      '{"result":"0x3","verdict":"XDP_TX","data":"0109"}\n',
    );
  });

  it('is the context of programs that are given no packets', () => {
    const path = made('traced', 'tracepoint/sched/sched_switch', 'r0 = *(u64 *)(r1 +8); exit');
    expect(unibpf(['run', path, '--input', `${'00'.repeat(8)}2a${'00'.repeat(7)}`]).stdout).toBe('42\n');
    expect(unibpf(['run', path, '--input', '00'])).toMatchObject({
      status: 2,
      stderr: 'error[range]: expected an input of at least 16 bytes, got 1\n',
    });
    expect(unibpf(['run', path, input]).stderr).toContain(
      'traced (tracepoint/sched/sched_switch) is of type tracepoint, which is given no packets of captures',
    );
  });

  it('ends with status 5 after a trap', () => {
    const counted = made('counted', '.text', 'r6 = 0; r6 += 1; if r6 != 0 goto pc-2; r0 = 1; exit');
    expect(unibpf(['run', counted, '-e', 'packet', '--input', '00'])).toMatchObject({
      ...{ status: 5, stdout: 'trap budget at instruction 2\n' },
    });
    expect(JSON.parse(unibpf(['run', counted, '-e', 'packet', '--input', '00', '--json']).stdout)).toEqual({
      ...{ result: '0x0', trap: { code: 'budget', pc: 2 } },
    });
  });
});

describe('unibpf run makes', () => {
  const next: MapDescription = {
    name: 'next',
    numbers: { type: 3, key_size: 4, max_entries: 4 },
    values: [undefined, 'drop'],
  };
  const jump = (name: string, index: number): FunctionDescription => ({
    ...{ name, section: 'xdp', code: `r2 = 0 ll; r3 = ${index}; call 12; r0 = 4; exit` },
    refers: [{ slot: 0, to: 'next' }],
  });
  const drop = { name: 'drop', section: 'xdp', code: 'r0 = 1; exit' };

  it('the programs that tail calls go on with', () => {
    const path = file(
      'tail.o',
      object({ license: 'GPL', functions: [drop, jump('to', 1), jump('past', 2)], maps: [next] }),
    );
    for (const engine of engines) {
      const run = (name: string) =>
        unibpf(['run', path, '--engine', engine, '--program', name, '--input', '00']).stdout;
      expect([run('to'), run('past')]).toEqual(['1 (XDP_DROP)\n', '4 (XDP_REDIRECT)\n']);
    }
  });

  it('only the maps that the program uses', () => {
    const seen = { name: 'seen', numbers: { type: 30, value_size: 4, max_entries: 8 } };
    const uses = {
      name: 'uses',
      section: 'xdp',
      code: '*(u32 *)(r10 -4) = 1; r1 = 0 ll; r2 = r10; r2 += -4; call 89; r0 = 2; exit',
      refers: [{ slot: 1, to: 'seen' }],
    };
    const path = file('bloom.o', object({ license: 'GPL', functions: [drop, uses], maps: [seen] }));
    expect(unibpf(['run', path, '--program', 'drop', '--input', '00']).stdout).toBe('1 (XDP_DROP)\n');
    expect(unibpf(['run', path, '--program', 'uses', '--input', '00'])).toMatchObject({
      ...{ status: 2, stdout: '' },
      stderr: `error[unsupported]: ${path}: map 'seen' is of type bloom_filter, and maps of that type are not built yet\n  xdp+0x18\n  ^^^^^^^^\n`,
    });
  });

  it.each([
    ['ringbuf', 'r1 = 0 ll; r2 = r10; r2 += -8; r3 = 8; r4 = 0; call 130', 27],
    ['perf_event_array', 'r2 = 0 ll; r3 = -1; r3 <<= 32; r3 >>= 32; r4 = r10; r4 += -8; r5 = 8; call 25', 4],
  ])('the records of a %s visible', (type, output, number) => {
    const sizes = number === 27 ? { max_entries: 4096 } : { key_size: 4, value_size: 4, max_entries: 1 };
    const events = { name: 'events', numbers: { type: number, ...sizes } };
    const tells = {
      name: 'tells',
      section: 'xdp',
      code: `*(u64 *)(r10 -8) = 42; ${output}; r0 = 2; exit`,
      refers: [{ slot: 1, to: 'events' }],
    };
    const path = file(`${type}.o`, object({ license: 'GPL', functions: [tells], maps: [events] }));
    const run = (...more: string[]) => unibpf(['run', path, '--input', '00', '--dump-maps', ...more]).stdout;
    expect(run()).toBe(`2 (XDP_PASS)\nmap events (${type})\n  2a00000000000000 = 42\n`);
    expect(JSON.parse(run('--json').split('\n')[1]!)).toEqual({ map: 'events', type, records: ['2a00000000000000'] });
  });

  it('what programs print visible', () => {
    const hi = Buffer.from('hi %d\0\0\0').readBigUInt64LE();
    const code = `r1 = ${hi} ll; *(u64 *)(r10 -8) = r1; r1 = r10; r1 += -8; r2 = 6; r3 = 7; call 6; r0 = 2; exit`;
    const path = made('says', 'xdp', code);
    expect(unibpf(['run', path, '--input', '00'])).toMatchObject({ stdout: '2 (XDP_PASS)\n', stderr: 'hi 7\n' });
    expect(unibpf(['run', path, '--input', '00', '--json']).stderr).toBe('{"printed":"hi 7"}\n');
    expect(unibpf(['run', path, input, '-q', '-c', '1']).stderr).toBe('hi 7\n');
  });
});

describe('unibpf run takes', () => {
  it('the kernel as engine, for programs without maps', () => {
    const functions = [{ name: 'plain', section: 'socket', code: 'r0 = *(u32 *)(r1 +0); exit' }];
    const path = file('plain.o', object({ functions, data: { '.bss': 4 } })); // which it doesn't use
    const { stdout, stderr } = unibpf(['run', path, input, '--count', '--engine', 'kernel']);
    const reason = kernelMissing();
    expect(reason === undefined ? stdout : stderr).toContain(reason ?? '3 packets\n');
    if (reason === undefined) {
      expect(unibpf(['run', counting, input, '--engine', 'kernel']).stderr).toContain(
        'maps are not created in the kernel',
      );
    }
  });

  it('what the options say before what the object says', () => {
    const path = made('somewhere', 'xdp_prog', 'r0 = 1; exit');
    expect(unibpf(['run', path, input]).stderr).toContain(
      "the section of somewhere (xdp_prog) names no type of programs; say with --environment what it may see and call; did you mean 'xdp'?",
    );
    expect(unibpf(['run', path, '-e', 'socket_filter', input, '--count']).stdout).toBe('3 packets\n');
    const gpl = 'r1 = r10; r1 += -8; *(u64 *)(r10 -8) = 0; r2 = 1; call 6; r0 = 0; exit';
    const functions = [{ name: 'prints', section: 'xdp', code: gpl }];
    const free = file('free.o', object({ functions }));
    expect(unibpf(['run', free, '--input', '00']).stderr).toContain('a licence compatible with the GPL');
    expect(unibpf(['run', free, '--input', '00', '--license', 'GPL']).stdout).toBe('0 (XDP_ABORTED)\n');
    const device = made('device', 'xdp', 'r0 = *(u32 *)(r1 +20); exit');
    expect(unibpf(['run', device, '--input', '00']).status).toBe(3);
    expect(unibpf(['run', device, '--input', '00', '--attach', 'xdp_devmap']).status).toBe(0);
  });

  it('the object from standard input', () => {
    expect(unibpf(['run', '-', input, '--count', '-q'], countingObject).stdout).toBe('2 packets\n');
  });
});

describe('unibpf run tells a mistake', () => {
  const two = file(
    'two.o',
    object({ functions: [1, 2].map((n) => ({ name: `p${n}`, section: 'xdp', code: 'r0 = 2; exit' })) }),
  );
  const classic = file('all.bpf', 'ret #1');
  const raw = file('raw.pcap', pcapFile([{ data: frames[0]! }], { link: 101 }));

  it.each<[readonly string[], string]>([
    [[counting], 'expected captures, or bytes with --input'],
    [[counting, input, '--input', '00'], 'expected captures or --input, not both'],
    [[counting, '--input', '0'], 'expected the bytes of an input as pairs of hexadecimal digits'],
    [[counting, '--input', '00', '--count'], '--count is for captures'],
    [[counting, '--input', '00', '-w', 'x'], '--write is for captures'],
    [[counting, '--input', '00', '-tt'], '-t is for captures'],
    [[counting, input, '--strict'], '--strict is for classic programs'],
    [[counting, input, '--workers', '2'], '--workers is for classic programs'],
    [[counting, input, '--engine', 'classic'], "the engine 'classic' runs classic programs only"],
    [[counting, input, '-w', '-', '--dump-maps'], '--dump-maps prints where --write writes'],
    [[counting, raw], 'the program is for packets of link type EN10MB, and the capture has RAW'],
    [[two, input], 'the object file has 2 programs: say with --program which is to be run: p1, p2'],
    [[two, input, '--program', 'xdp'], 'section xdp has 2 programs'],
    [[two, input, '--program', 'p3'], "there is no program 'p3' in the object file, only p1, p2; did you mean 'p1'?"],
    [[classic], 'expected <files>'],
    [[classic, input, '--program', 'p1'], '--program is for object files'],
    [[classic, input, '--dump-maps'], '--dump-maps is for object files'],
    [[classic, '--input', '00'], '--input is for object files'],
    [[classic, input, '-e', 'xdp'], '--environment is for object files'],
  ])('%j', (args, message) => {
    const { status, stdout, stderr } = unibpf(['run', ...args]);
    expect(stderr).toContain(message);
    expect([status, stdout]).toEqual([2, '']);
  });

  it('of a program that is refused, with its place', () => {
    const { status, stderr } = unibpf([
      'run',
      made('reads', 'xdp', 'r1 = *(u32 *)(r1 +0); r0 = *(u8 *)(r1 +0); exit'),
      input,
    ]);
    expect(stderr).toContain('error[verify]: ');
    expect(stderr).toContain('xdp+0x8');
    expect(status).toBe(3);
  });
});
