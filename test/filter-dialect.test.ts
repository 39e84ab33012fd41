import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { check } from '../src/classic/check.js';
import { runClassic } from '../src/classic/run.js';
import { compile } from '../src/filter/compile.js';
import { ip4Frame, tcp, udp } from './packets.js';
import { filters, frames } from './random-filters.js';

const names = {};
const extended = { dialect: 'extended', names } as const;

/** An Ethernet frame of an IPv6 packet. */
function ip6Frame(nextHeader: number, payload: readonly number[]): Uint8Array {
  const addresses = Array.from({ length: 32 }, (_, i) => i);
  const header = [0x60, 0, 0, 0, 0, payload.length, nextHeader, 64, ...addresses];
  return Uint8Array.from([...new Array(12).fill(2), 0x86, 0xdd, ...header, ...payload]);
}

function tagged(tag: number, frame: Uint8Array): Uint8Array {
  return Buffer.concat([frame.subarray(0, 12), Uint8Array.from([0x81, 0, tag >> 8, tag & 255]), frame.subarray(12)]);
}

/** Both programs agree, and Linux would take them. */
function matches(filter: string, data: Uint8Array, dialect: 'libpcap' | 'extended' = 'extended'): boolean {
  const programs = [true, false].map((optimize) => compile(filter, { dialect, names, optimize }).program);
  for (const program of programs) check(program, 'packet');
  const [one, other] = programs.map((program) => runClassic(program, { data }) > 0);
  expect(one).toBe(other);
  return one === true;
}

const web = [...tcp(4000, 80, 2)];
const dns = [...udp(4000, 53)];
const options = (next: number, units = 0) => [next, units, ...new Array(6 + 8 * units).fill(0)];
const fragment = (next: number, offset: number) => [next, 0, offset >> 8, offset & 255, 0, 0, 0, 1];
const authentication = (next: number) => [next, 4, ...new Array(22).fill(7)];

describe('behind IPv6 extension headers', () => {
  it.each([
    ['none', ip6Frame(6, web)],
    ['options of hops', ip6Frame(0, [...options(6), ...web])],
    ['longer options', ip6Frame(60, [...options(6, 3), ...web])],
    ['routing, options', ip6Frame(43, [...options(60, 1), ...options(6), ...web])],
    ['a first fragment', ip6Frame(44, [...fragment(6, 1), ...web])],
    ['authentication', ip6Frame(51, [...authentication(6), ...web])],
    ['six of them', ip6Frame(0, [...[60, 43, 135, 139, 140].flatMap((next) => options(next)), ...options(6), ...web])],
  ])('a port is found: %s', (_, frame) => {
    expect(matches('tcp port 80', frame)).toBe(true);
    expect(matches('dst port 80 or 443 or 8080 and tcp', frame)).toBe(true);
    expect(matches('tcp[tcpflags] & tcp-syn != 0 and tcp[2:2] = 80', frame)).toBe(true);
    expect(matches('udp or port 81 or src port 80', frame)).toBe(false);
  });

  it.each([
    ['a later fragment', ip6Frame(44, [...fragment(6, 8), ...web])],
    ['seven headers', ip6Frame(0, [...new Array(6).fill(0).flatMap(options), ...options(6), ...web])],
    ['another protocol', ip6Frame(0, [...options(17), ...web])],
    ['headers that are cut', ip6Frame(0, [...options(6), ...web]).subarray(0, 60)],
  ])('no port is found: %s', (_, frame) => {
    expect(matches('tcp port 80', frame)).toBe(false);
    expect(matches('tcp[2:2] = 80', frame)).toBe(false);
  });

  it('ICMPv6 is found', () => {
    const frame = ip6Frame(0, [...options(58), 135, 0, 0, 0]);
    expect(matches('icmp6[icmp6type] = icmp6-neighborsolicit', frame)).toBe(true);
    expect(matches('icmp6[0] = 135', frame, 'libpcap')).toBe(false);
  });
});

describe('bytes of a transport header', () => {
  it.each([
    ['tcp[13] & 2 != 0', ip4Frame(6, tcp(4000, 80, 2))],
    ['udp[2:2] = 53', ip4Frame(17, udp(4000, 53))],
    ['udp[2:2] = 53', ip6Frame(17, dns)],
    ['udp[0:2] + udp[2:2] = 4053', ip6Frame(17, dns)],
    ['udp[udp[5] - 6:2] = 53', ip6Frame(17, [...udp(4000, 53, new Uint8Array(0))])],
    ['vlan and udp[2:2] = 53', tagged(5, ip6Frame(17, dns))],
  ])('%s', (filter, frame) => {
    expect(matches(filter, frame)).toBe(true);
  });

  it('are those of IPv4 in the language of libpcap', () => {
    expect(matches('udp[2:2] = 53', ip6Frame(17, dns), 'libpcap')).toBe(false);
  });

  it('are asked for on both sides of an operator', () => {
    const frame = ip4Frame(6, tcp(0, 0));
    expect(matches('ip[8] - udp[8] = 64', frame, 'libpcap')).toBe(true);
    expect(matches('ip[8] - udp[8] = 64', frame)).toBe(false);
  });
});

describe('vlan', () => {
  const inside = tagged(150, ip4Frame(6, tcp(4000, 80)));

  it.each([
    ['vlan 100-200', true],
    ['vlan 200-100', true],
    ['vlan 150-150', true],
    ['vlan 0-149', false],
    ['vlan 151-4095', false],
    ['vlan 100-200 and tcp', true],
    ['vlan 150 { tcp port 80 }', true],
    ['vlan { udp }', false],
    ['vlan 100-200 { tcp } and tcp', false],
    ['vlan { tcp } and vlan 150 and tcp', true],
    ['not vlan { udp } and vlan', true],
  ])('%s: %s', (filter, matched) => {
    expect(matches(filter, inside)).toBe(matched);
  });

  it('in braces leaves what follows as it was', () => {
    expect(matches('vlan 5 { tcp } or tcp', ip4Frame(6, tcp(4000, 80)))).toBe(true);
    expect(compile('vlan 5 { tcp } or tcp', extended).warnings).toEqual([]);
  });

  it.each([
    ['vlan 100-5000', 'range', [9, 13]],
    ['vlan 5 { tcp', 'syntax', [7, 8]],
    ['vlan 5 { }', 'syntax', [9, 10]],
    ['vlan 5 { tcp )', 'syntax', [13, 14]],
    ['tcp { udp }', 'syntax', [4, 5]],
    ['vlan 5-', 'syntax', [6, 7]],
  ])('%s is refused', (filter, code, [start, end]) => {
    expect(() => compile(filter, extended)).toThrow(expect.objectContaining({ code }));
    const place = placeOf(() => compile(filter, extended));
    expect([place?.start, place?.end]).toEqual([start, end]);
  });

  it.each(['vlan 100-200', 'vlan 5 { tcp }'])('%s is no filter of libpcap', (filter) => {
    expect(() => compile(filter, { names })).toThrow(expect.objectContaining({ code: 'syntax' }));
  });
});

function placeOf(make: () => unknown): BpfError['place'] {
  try {
    make();
  } catch (error) {
    if (error instanceof BpfError) return error.place;
  }
  return undefined;
}

it('an unknown dialect is refused', () => {
  const dialect = 'extendet' as 'extended';
  expect(() => compile('tcp', { dialect })).toThrow("unknown dialect 'extendet'; did you mean 'extended'?");
});

it('an optimized program of the extended dialect says what the plain one says, of packets cut at every length', () => {
  const law = (filter: string, some: readonly Uint8Array[]) => {
    const programs = [true, false].map((optimize) => {
      try {
        return compile(filter, { ...extended, netmask: '255.255.255.0', optimize }).program;
      } catch (error) {
        if (error instanceof BpfError) return undefined;
        throw error;
      }
    });
    const [one, other] = programs;
    if (one === undefined || other === undefined) return;
    check(one, 'packet');
    for (const packet of some) {
      for (let cut = 0; cut <= packet.length; cut++) {
        const input = { data: packet.subarray(0, cut), length: packet.length };
        if (runClassic(one, input) !== runClassic(other, input)) expect.fail(`differs at ${cut} bytes`);
      }
    }
  };
  const some = fc.array(frames, { minLength: 3, maxLength: 3 });
  fc.assert(fc.property(filters, some, law), { seed: 6, numRuns: 100 });
});
