// `unibpf compile` and `unibpf doctor`, as they are used. Run on what is compiled (npm test compiles first).

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../dist/bin/unibpf.cjs', import.meta.url));

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function unibpf(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  return spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });
}

describe('unibpf compile', () => {
  const listing =
    '(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n(002) ret      #262144\n(003) ret      #0\n';
  const decimals = '4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n';
  const initializers =
    '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n{ 0x6, 0, 0, 0x00040000 },\n{ 0x6, 0, 0, 0x00000000 },\n';

  it.each([
    [['ip'], listing],
    [['-d', 'ip'], listing],
    [['-dd', 'ip'], initializers],
    [['-ddd', 'ip'], decimals],
    [['-d', '-dd', 'ip'], decimals],
    [['--json', 'ip'], '{"classic":[[40,0,0,12],[21,0,1,2048],[6,0,0,262144],[6,0,0,0]]}\n'],
    [['-y', 'RAW', '-s', '96', '-ddd'], '1\n6 0 0 96\n'],
    [['-y', '12', '-ddd', 'greater', '100'], '4\n128 0 0 0\n37 0 1 99\n6 0 0 262144\n6 0 0 0\n'],
    [
      ['--emit', 'internal', 'ip'],
      'r6 = r1\nr0 = *(u16 *)skb[12]\nif w0 != 0x800 goto pc+2\nw0 = 262144\nexit\nw0 = 0\nexit\n',
    ],
    [
      ['--emit', 'ast', '--json', 'ip'],
      '{"ast":{"kind":"protocol","protocol":{"word":"ip","start":0,"end":2},"start":0,"end":2}}\n',
    ],
  ])('%j', (args, printed) => {
    expect(unibpf(['compile', ...args])).toMatchObject({ status: 0, stdout: printed, stderr: '' });
  });

  it('lists beside each instruction the text that it came from', () => {
    const { status, stdout } = unibpf(['compile', '--annotate', 'udp or arp']);
    expect(status).toBe(0);
    expect(stdout).toContain('(000) ldh      [12]                           ; udp\n');
    expect(stdout).toMatch(/jeq {6}#0x806 .* ; arp\n/);
    expect(stdout).toMatch(/ret {6}#0\n$/);
  });

  it('proves the optimized program, or says that it could not', () => {
    const { status, stdout, stderr } = unibpf(['compile', '--validate', '--json', 'udp or arp']);
    expect([status, JSON.parse(stdout).validation.proved, stderr]).toEqual([0, true, '']);
    expect(unibpf(['compile', '--validate', 'udp or arp']).stderr).toMatch(
      /^proved: the 13 instructions say what the \d+ plain ones say, of every packet, on \d+ ways/,
    );
    expect(unibpf(['compile', '--validate', 'ip protochain 6']).stderr).toContain(
      'warning: nothing is proved of the optimized program: a program has a loop\n',
    );
  });

  it('lists machine code', () => {
    const { status, stdout } = unibpf(['compile', '--emit', 'native', 'ip']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\bret\b/);
  });

  const bad: readonly (readonly [args: readonly string[], env: NodeJS.ProcessEnv, message: string])[] = [
    [['tpc'], {}, "error[name]: unknown word 'tpc'; did you mean 'tcp'?\n  tpc\n  ^^^\n"],
    [['ip', 'and'], {}, 'error[syntax]:'],
    [['-y', 'EN11MB', 'ip'], {}, "error[link]: unknown link type 'EN11MB'; did you mean 'EN10MB'?\n"],
    [['-s', '0', 'ip'], {}, 'error[usage]:'],
    [['-dddd', 'ip'], {}, 'error[usage]: expected -d at most three times\n'],
    [['-dd', '--annotate', 'ip'], {}, 'error[usage]: --annotate is for the listing of the classic program\n'],
    [['-d', '--emit', 'ast', 'ip'], {}, 'error[usage]: -d lists the classic program'],
    [['--emit', 'assembly', 'ip'], {}, 'error[usage]:'],
    [['--emit', 'native', 'ip'], { UNIBPF_NATIVE: '0' }, 'error[unavailable]: there is no machine code here:'],
  ];
  it.each(bad)('%j fails with status 2', (args, env, message) => {
    const { status, stdout, stderr } = unibpf(['compile', ...args], env);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('warns of an expression that matches nothing', () => {
    expect(unibpf(['compile', '-ddd', 'ip and arp'])).toMatchObject({ status: 0, stdout: '1\n6 0 0 0\n' });
    expect(unibpf(['compile', 'ip and arp']).stderr).toMatch(/^warning: /);
  });
});

describe('unibpf doctor', () => {
  it('tells what is there', () => {
    const { status, stdout } = unibpf(['doctor']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^node +v/m);
    expect(stdout).toMatch(/^interpreter +yes$/m);
  });

  it('tells why there is no machine code', () => {
    const { stdout } = unibpf(['doctor', '--json'], { UNIBPF_NATIVE: '0' });
    const reason = 'switched off by UNIBPF_NATIVE=0';
    expect(JSON.parse(stdout)).toMatchObject({ native: `none: ${reason}`, jit: `no: ${reason}`, interpreter: 'yes' });
  });
});
