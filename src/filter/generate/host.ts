// `host`, `net` and link addresses.

import type { Span } from '../../base/error.js';
import { type Ipv6, parseIpv4, parseIpv6, parseMac } from '../address.js';
import type { Qualifier } from '../ast.js';
import { and, type Condition, never, not, or } from '../condition.js';
import type { Protocol } from '../words.js';
import { etherType } from './constants.js';
import { decnetHost } from './decnet.js';
import type { Generator, Masked } from './generator.js';
import { headerCheck, linkProtocol } from './link.js';
import { wlanHost } from './wlan.js';

const everyBit: Ipv6 = [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff];

/** The condition on both sides of a packet, made of the one for a side. */
export function sides(
  g: Generator,
  { direction }: Qualifier,
  side: (direction: 'src' | 'dst') => Condition,
): Condition {
  switch (direction?.word) {
    case 'src':
    case 'dst':
      return side(direction.word);
    case 'src and dst':
      return and(side('src'), side('dst'));
    case 'src or dst':
    case undefined:
      return or(side('src'), side('dst'));
    case 'ra':
    case 'ta':
    case 'addr1':
    case 'addr2':
    case 'addr3':
    case 'addr4':
      throw g.error('link', `'${direction.word}' is for 802.11 link addresses only`, direction);
  }
}

/** What goes wrong where a protocol has no such addresses. */
export function badProtocol(g: Generator, protocol: { readonly word: string } & Span, what: string) {
  return g.error('type', `'${protocol.word}' does not go with '${what}'`, protocol);
}

/** The protocols that have IPv4 addresses, and where in them. */
const holders = {
  ip: { type: etherType.ip, src: 12, dst: 16 },
  arp: { type: etherType.arp, src: 14, dst: 24 },
  rarp: { type: etherType.rarp, src: 14, dst: 24 },
} as const;
type Holder = keyof typeof holders;

/** The protocols with IPv4 addresses that the qualifier allows. */
function holdersOf(g: Generator, { protocol }: Qualifier, what: string): readonly Holder[] {
  if (protocol === undefined) return g.labels > 0 ? ['ip'] : ['ip', 'arp', 'rarp'];
  if (holds4(protocol.word)) return [protocol.word];
  throw badProtocol(g, protocol, protocol.word === 'ip6' ? `${what} with an IPv4 address` : what);
}

/** The condition for each of the protocols, of which one must hold. */
function eachHolder(
  g: Generator,
  qualifier: Qualifier,
  what: string,
  condition: (holder: Holder) => Condition,
): Condition {
  const [first = never, ...rest] = holdersOf(g, qualifier, what).map(condition);
  return or(first, ...rest);
}

/** IPv4 addresses or networks, of which one is looked for in each protocol that has them. */
export function ipv4Hosts(g: Generator, wanted: readonly Masked<number>[], qualifier: Qualifier): Condition {
  return eachHolder(g, qualifier, qualifier.type?.word === 'net' ? 'net' : 'host', (holder) => {
    const link = linkProtocol(g, holders[holder].type);
    return wanted.some(({ mask }) => mask === 0) ? link : and(link, ipv4Sides(g, holder, wanted, qualifier));
  });
}

function ipv4Sides(g: Generator, holder: Holder, wanted: readonly Masked<number>[], qualifier: Qualifier): Condition {
  return sides(g, qualifier, (side) => g.oneOf('network', holders[holder][side], wanted));
}

/** An IPv6 address or network. */
export function ipv6Host(g: Generator, { address, mask }: Masked<Ipv6>, qualifier: Qualifier): Condition {
  const { protocol } = qualifier;
  if (protocol !== undefined && protocol.word !== 'ip6') {
    throw badProtocol(
      g,
      protocol,
      qualifier.type?.word === 'net' ? 'net with an IPv6 address' : 'host with an IPv6 address',
    );
  }
  const link = linkProtocol(g, etherType.ipv6);
  const words = [0, 1, 2, 3].filter((at) => mask[at] !== 0 || address[at] !== 0);
  if (words.length === 0) return link;
  const offsets = { src: 8, dst: 24 };
  const side = (direction: 'src' | 'dst') => {
    const [first, ...rest] = words.map((at) => {
      return g.masked('network', offsets[direction] + 4 * at, 4, address[at] ?? 0, mask[at] ?? 0);
    });
    return first === undefined ? link : and(first, ...rest);
  };
  return and(link, sides(g, qualifier, side));
}

/** A host by its name: any of its addresses, the IPv4 ones first. */
export function namedHost(g: Generator, name: string, qualifier: Qualifier, span: Span): Condition {
  const found = g.names.hosts(name);
  if (found.length === 0) throw g.error('name', `unknown host '${name}'`, span, g.nearestName('hosts', name));
  const protocol = qualifier.protocol?.word;
  // Where the link header has no type, a name is not looked for in ARP.
  const ipOnly = g.typeless && protocol === undefined;
  const fours = protocol === 'ip6' ? [] : ipv4Addresses(g, name);
  const sixes = holds4(protocol) ? [] : found.flatMap((text) => defined(parseIpv6(text)));
  const in4 = ipOnly ? withProtocol(qualifier, 'ip', span) : qualifier;
  const [first, ...rest] = [
    ...fours.map((address) => ipv4Hosts(g, [{ address, mask: 0xffffffff }], in4)),
    ...sixes.map((address) => ipv6Host(g, { address, mask: everyBit }, qualifier)),
  ];
  if (first === undefined) throw g.error('name', `host '${name}' has no address of this kind`, span);
  return or(first, ...rest);
}

const holds4 = (word: string | undefined): word is Holder => word !== undefined && Object.hasOwn(holders, word);

const defined = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

function withProtocol(qualifier: Qualifier, word: Protocol, { start, end }: Span): Qualifier {
  return { ...qualifier, protocol: { word, start, end } };
}

/** A link address of six bytes. */
export function macHost(g: Generator, bytes: readonly number[], direction: Qualifier, what: string): Condition {
  if (g.row.family === 'wlan') return wlanHost(g, bytes, direction.direction?.word);
  const { address } = g.row;
  if (address?.bytes !== 6) throw g.notHere(what);
  const check = headerCheck(g);
  const hosts = sides(g, direction, (side) => g.bytes('header', address[side], bytes));
  return check === undefined ? hosts : and(check, hosts);
}

/** A link address by the name of its host. */
export function namedMacHost(g: Generator, name: string, direction: Qualifier, what: string, span: Span): Condition {
  if (g.row.family !== 'wlan' && g.row.address?.bytes !== 6) throw g.notHere(what);
  const [text] = g.names.ethers(name);
  const bytes = text === undefined ? undefined : parseMac(text);
  if (bytes === undefined) throw g.error('name', `unknown Ethernet-like host '${name}'`, span);
  return macHost(g, bytes, direction, what);
}

/** A link address of one byte. */
export function stationHost(g: Generator, station: number, direction: Qualifier, what: string): Condition {
  const { address } = g.row;
  if (address?.bytes !== 1) throw g.notHere(what);
  return sides(g, direction, (side) => g.equal('header', address[side], 1, station));
}

/** Packets that go through a host: with its link address, but none of its own IPv4 addresses. */
export function gateway(g: Generator, name: string, qualifier: Qualifier, span: Span): Condition {
  const both = { ...qualifier, direction: undefined };
  const through = (holder: Holder) => {
    const own = ipv4Addresses(g, name).map((address) => ipv4Sides(g, holder, [{ address, mask: 0xffffffff }], both));
    const [first, ...rest] = own;
    if (first === undefined) throw g.error('name', `host '${name}' has no IPv4 address`, span);
    return and(linkProtocol(g, holders[holder].type), not(or(first, ...rest)));
  };
  const passing = eachHolder(g, qualifier, 'gateway', through);
  return and(namedMacHost(g, name, both, 'gateway', span), passing);
}

function ipv4Addresses(g: Generator, name: string): readonly number[] {
  return g.names.hosts(name).flatMap((text) => defined(parseIpv4(text)).map(({ address }) => address));
}

/** An address in DECnet. */
export function decnetAddress(g: Generator, address: number, qualifier: Qualifier): Condition {
  const link = linkProtocol(g, etherType.decnet);
  return and(
    link,
    sides(g, qualifier, (side) => decnetHost(g, address, side)),
  );
}
