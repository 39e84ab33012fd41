import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../src/base/hex.js';
import { payloadOffset } from '../src/classic/dissect.js';
import { findAttribute, findNestedAttribute } from '../src/classic/netlink.js';
import { etherType } from '../src/classic/packet.js';

const addresses = '020000000001020000000002';
/** The header of IPv4 with a protocol and, if it is one, what it says of fragments. */
const ipv4 = (protocol: string, fragment = '0000') => `4500004000${'00'}${fragment}40${protocol}0000${'01'.repeat(8)}`;
const ipv6 = (next: string) => `6000000000${'00'}${next}40${'02'.repeat(32)}`;
const tcp = (words: string) => `${'00'.repeat(12)}${words}0${'00'.repeat(7)}`;

describe('the payload begins', () => {
  // each offset is what the extension poff of Linux 6.18 gives for the same bytes
  it.each<[string, number, string]>([
    ['behind TCP and its options', 14 + 20 + 40, `0800${ipv4('06')}${tcp('a')}`],
    ['behind a TCP header that says less than 20 bytes', 14 + 20 + 20, `0800${ipv4('06')}${tcp('1')}`],
    ['behind UDP', 14 + 20 + 8, `0800${ipv4('11')}${'00'.repeat(8)}`],
    ['behind the IPv4 header of a later fragment', 14 + 20, `0800${ipv4('11', '2005')}`],
    ['behind UDP in a first fragment', 14 + 20 + 8, `0800${ipv4('11', '2000')}`],
    ['at the header of a protocol that Linux does not look into', 14 + 20, `0800${ipv4('32')}`],
    ['behind the options of IPv6', 14 + 40 + 16 + 8, `86dd${ipv6('00')}1101${'00'.repeat(14)}`],
    ['behind a first fragment of IPv6', 14 + 40 + 8 + 8, `86dd${ipv6('2c')}1100000100000000`],
    ['behind IPv4 in IPv4', 14 + 20 + 20 + 8, `0800${ipv4('04')}${ipv4('01')}`],
    ['behind a VLAN tag', 14 + 4 + 20 + 8, `810000640800${ipv4('11')}`],
    ['behind PPPoE', 14 + 8 + 20 + 8, `8864110000010000${'0021'}${ipv4('11')}`],
    ['behind GRE with a key', 14 + 20 + 8 + 20 + 8, `0800${ipv4('2f')}2000080000000001${ipv4('11')}`],
    ['behind Ethernet in GRE', 14 + 20 + 4 + 14, `0800${ipv4('2f')}00006558${addresses}0806`],
    ['behind one MPLS label', 14 + 4, '884700001140'],
    ['at an ARP message', 14, '0806'],
    ['nowhere in a broken IPv4 header', 0, `0800${ipv4('06').replace('45', '44')}`],
    ['nowhere in half an IPv4 header', 0, '080045000040'],
    ['nowhere in an unknown protocol', 0, '123400000000'],
    ['nowhere in a frame of 802.3', 0, '010000000000'],
  ])('%s', (_, offset, bytes) => {
    const padding = offset > 0 ? '00'.repeat(40) : '';
    expect(payloadOffset(fromHex(addresses + bytes + padding))).toBe(offset);
  });

  it('nowhere in no bytes', () => {
    expect(payloadOffset(new Uint8Array())).toBe(0);
  });

  it('near the packet, whatever its bytes', () => {
    const types = fc.constantFrom('0800', '86dd', '8100', '8864', '892f', '4305');
    fc.assert(
      fc.property(types, fc.uint8Array({ maxLength: 200 }), (type, rest) => {
        const data = Uint8Array.of(...fromHex(addresses + type), ...rest);
        expect(payloadOffset(data)).toBeLessThanOrEqual(data.length + 60);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('the protocol of a frame', () => {
  it.each([
    ['a type', 0x86dd, `${addresses}86dd`],
    ['a length: 802.2', 0x0004, `${addresses}05ff4242`],
    ['a length: raw 802.3', 0x0001, `${addresses}0040ffff`],
    ['no whole header', 0, `${addresses}08`],
  ])('is %s', (_, protocol, bytes) => {
    expect(etherType(fromHex(bytes))).toBe(protocol);
  });
});

describe('netlink attributes', () => {
  // at 0: type 1, three bytes and a pad; at 8: type 2, nested, with type 3 at 12; at 20: type 3, cut off
  const data = fromHex('07000100aabbcc000c000280080003000102030408000300');

  it.each([
    ['the first', 0, 1, 0],
    ['one behind a pad', 0, 2, 8],
    ['one from a later offset', 8, 2, 8],
    ['none that is cut off', 0, 3, 0],
    ['none beyond the end', 21, 1, 0],
    ['none far beyond the end', 0xffffffff, 1, 0],
  ])('are found: %s', (_, offset, type, expected) => {
    expect(findAttribute(data, offset, type)).toBe(expected);
  });

  it.each([
    ['within another', 8, 3, 12],
    ['not behind it', 0, 2, 0],
    ['not within one that is cut off', 20, 3, 0],
  ])('are found %s', (_, offset, type, expected) => {
    expect(findNestedAttribute(data, offset, type)).toBe(expected);
  });
});
