import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { runClassic } from '../src/classic/run.js';
import type { Expression } from '../src/filter/ast.js';
import { compile } from '../src/filter/compile.js';
import { type ExplainedPrimitive, explain } from '../src/filter/explain.js';
import { parse } from '../src/filter/parse.js';
import { pcapFile } from './capture-files.js';
import { testFolder, unibpf } from './command-line.js';
import { ip4Frame, tcp, udp } from './packets.js';
import { filters, frames } from './random-filters.js';

const web = ip4Frame(6, tcp(4000, 80, 2));

/** The primitives with what became of them: `tcp: matched`. */
function outcomes(filter: string, data: Uint8Array, link = 'EN10MB'): string[] {
  const { primitives } = explain(filter, { data }, { link });
  return primitives.map(({ start, end, outcome }) => `${filter.slice(start, end)}: ${outcome}`);
}

describe('explain', () => {
  it.each([
    ['tcp port 80 and not udp or arp', ['tcp port 80: matched', 'udp: failed', 'arp: not asked']],
    ['udp and tcp or port (53 or 80)', ['udp: failed', 'tcp: not asked', '53: failed', '80: matched']],
    ['ip[100] = 1 or tcp', ['ip[100] = 1: ended', 'tcp: not asked']],
    ['not (len / ip[1] = 1)', ['len / ip[1] = 1: ended']],
    ['host 10.0.0.1 or 10.0.0.2 or 10.0.0.3', ['host 10.0.0.1: matched', '10.0.0.2: not asked', '10.0.0.3: not asked']],
    ['', []],
  ])("of '%s' says %j", (filter, told) => {
    expect(outcomes(filter, web)).toEqual(told);
  });

  it('says of a primitive without a test what it always is', () => {
    expect(outcomes('ip6 or ip', web.subarray(14), 'IPV4')).toEqual(['ip6: failed', 'ip: matched']);
  });

  it('shows the bytes, what they are compared with, and the load that left the packet', () => {
    const { verdict, primitives } = explain('ip[8] > 63 and ip[100:2] = 1', { data: web });
    const type = { offset: 12, size: 2, found: 0x800 };
    const isIp = { loads: [type], comparison: { value: 0x800, relation: 'eq', with: 0x800, holds: true } };
    const ttl = { value: 64, relation: 'gt', with: 63, holds: true };
    expect(verdict).toBe(0);
    expect(primitives).toMatchObject([
      { outcome: 'matched', checks: [isIp, { loads: [{ offset: 22, size: 1, found: 64 }], comparison: ttl }] },
      { outcome: 'ended', checks: [isIp, { loads: [{ offset: 114, size: 2, found: undefined }] }] },
    ]);
  });

  it('tells what is looked at before the first primitive', () => {
    const { before } = explain('wlan type data', { data: new Uint8Array(64) }, { link: 'IEEE802_11_RADIO' });
    expect(before.flatMap(({ loads }) => loads.map(({ offset }) => offset))).toEqual([3, 2]);
  });

  it('refuses what compile refuses', () => {
    expect(() => explain('tpc', { data: web })).toThrow(BpfError);
  });

  it("gives the plain program's verdict, and outcomes that make it", () => {
    const options = { names: {}, netmask: '255.255.255.0' };
    const law = (filter: string, data: Uint8Array, cut: number) => {
      const packet = { data: data.subarray(0, cut), length: data.length };
      const program = accepted(() => compile(filter, { ...options, optimize: false }).program);
      if (program === undefined) return;
      const { verdict, primitives } = explain(filter, packet, options);
      expect(verdict).toBe(runClassic(program, packet));
      const expression = parse(filter);
      if (expression !== undefined) expect(holds(expression, [...primitives])).toBe(verdict > 0);
    };
    fc.assert(fc.property(filters, frames, fc.nat(120), law), { seed: 1, numRuns: 400 });
  });
});

function accepted<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof BpfError) return undefined;
    throw error;
  }
}

/** The answer of an expression, by what became of its primitives, which are taken off the list; one that ended refuses all. */
function holds(expression: Expression, told: ExplainedPrimitive[]): boolean {
  if (told.some(({ outcome }) => outcome === 'ended')) return false;
  switch (expression.kind) {
    case 'not':
      return !holds(expression.operand, told);
    case 'chain':
      return expression.rest.reduce(
        (left, { operator, operand }) => {
          const right = holds(operand, told);
          return operator === 'and' ? left && right : left || right;
        },
        holds(expression.first, told),
      );
    default:
      return told.shift()?.outcome === 'matched';
  }
}

describe('unibpf explain', () => {
  const file = testFolder();
  const capture = file('in.pcap', pcapFile([{ data: web }, { data: ip4Frame(17, udp(4000, 53)) }]));

  it('prints each primitive with the bytes looked at', () => {
    const { status, stdout } = unibpf(['explain', 'udp and ip[99] = 0', '--packet', `${capture}:2`]);
    expect(stdout).toBe(
      `matched    udp
             bytes 12-13: 08 00         0x800 = 0x800: yes
             byte 23: 11                0x11 = 0x11: yes
ended      ip[99] = 0
             bytes 12-13: 08 00         0x800 = 0x800: yes
             byte 113: beyond the 46 bytes of the packet, which refuses it
the packet does not match
`,
    );
    expect(status).toBe(1);
  });

  it('prints JSON', () => {
    const { status, stdout } = unibpf(['explain', 'tcp', '--packet', `${capture}:1`, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ packet: 1, link: 'EN10MB', primitives: [{ outcome: 'matched' }] });
    expect(status).toBe(0);
  });

  it.each([
    [['tcp'], "error[usage]: required option '--packet <file:number>' not specified"],
    [['tcp', '--packet', capture], 'error[usage]: option'],
    [['tcp', '--packet', `${capture}:0`], 'error[usage]: option'],
    [['tcp', '--packet', `${capture}:3`], `error[range]: expected a packet from 1 to 2 of '${capture}', found 3`],
    [['tpc', '--packet', '/nonexistent:1'], "error[name]: unknown word 'tpc'"],
  ])('refuses %j', (args, message) => {
    const { status, stderr } = unibpf(['explain', ...args]);
    expect(stderr).toContain(message);
    expect(status).toBe(2);
  });
});
