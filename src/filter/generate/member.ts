// What an identifier of a list looks for, and the condition for one or for many of a kind.

import type { Words } from '../../decide/words.js';
import type { Ipv6 } from '../address.js';
import type { Primitive } from '../ast.js';
import { and, type Condition } from '../condition.js';
import { etherType } from './constants.js';
import type { Generator, Masked } from './generator.js';
import { ipv4Hosts, ipv6Host, macHost } from './host.js';
import { addressOf, checkLinkAddress, ipv6Of } from './identifier.js';
import { headerCheck, linkProtocol } from './link.js';
import { type Ports, ports, portsOf } from './port.js';

export type Identified = Extract<Primitive, { readonly kind: 'identifier' }>;

export type Member = { readonly node: Identified; readonly side: 'src' | 'dst' | 'either' } & (
  | { readonly kind: 'ports'; readonly ports: Ports }
  | { readonly kind: 'ipv4'; readonly address: Masked<number> }
  | { readonly kind: 'ipv6'; readonly address: Masked<Ipv6> }
  | { readonly kind: 'mac'; readonly bytes: readonly number[] }
);
type Of<K extends Member['kind']> = Extract<Member, { readonly kind: K }>;

/** The member that an identifier is; undefined for kinds of which no lists are made. */
export function memberOf(g: Generator, node: Identified): Member | undefined {
  const { qualifier, identifier: id } = node;
  const side = sideOf(node);
  if (side === undefined) return undefined;
  const found = portsOf(g, id, qualifier);
  if (found !== undefined) return { kind: 'ports', node, side, ports: found };
  const type = qualifier.type?.word ?? 'host';
  if ((type !== 'host' && type !== 'net') || qualifier.protocol?.word === 'decnet') return undefined;
  if (id.kind === 'ipv6') {
    return { kind: 'ipv6', node, side, address: ipv6Of(g, qualifier, id) };
  }
  if (id.kind === 'mac') {
    checkLinkAddress(g, qualifier, id);
    return g.row.family === 'wlan' ? undefined : { kind: 'mac', node, side, bytes: id.bytes };
  }
  const address = addressOf(g, id, qualifier);
  return address === undefined ? undefined : { kind: 'ipv4', node, side, address };
}

function sideOf({ qualifier }: Identified): Member['side'] | undefined {
  const direction = qualifier.direction?.word;
  if (direction === 'src' || direction === 'dst') return direction;
  return direction === undefined || direction === 'src or dst' ? 'either' : undefined;
}

/** Equal for members that look at the same bytes. */
export function keyOf(member: Member): string {
  const what = member.kind === 'ports' ? member.ports.transport : member.node.qualifier.protocol?.word;
  return `${member.kind} ${what} ${member.side}`;
}

/** Whether members of two kinds may change places, once one of each has been asked: none can fail, or no packet has both. */
export function mayChange(a: Member, b: Member): boolean {
  if (a.kind === 'ipv6') return b.kind === 'ipv4';
  return b.kind !== 'ipv6' || a.kind === 'ipv4';
}

/** The condition for one. */
export function alone(g: Generator, member: Member): Condition {
  const { qualifier } = member.node;
  switch (member.kind) {
    case 'ports':
      return ports(g, [member.ports], qualifier);
    case 'ipv4':
      return ipv4Hosts(g, [member.address], qualifier);
    case 'ipv6':
      return ipv6Host(g, member.address, qualifier);
    case 'mac':
      return macHost(g, member.bytes, qualifier, 'ether host');
  }
}

/**
 * The condition for any of several.
 * @param head one of their kind that was asked before, with no success
 */
export function together(g: Generator, head: Member, members: readonly Member[]): Condition {
  const { qualifier } = head.node;
  switch (head.kind) {
    case 'ports':
      return ports(
        g,
        of('ports', members).map((one) => one.ports),
        qualifier,
      );
    case 'ipv4':
      return ipv4Hosts(
        g,
        of('ipv4', members).map((one) => one.address),
        qualifier,
      );
    case 'ipv6':
      return ipv6Hosts(g, head, of('ipv6', members));
    case 'mac':
      return macHosts(g, head, of('mac', members));
  }
}

const of = <K extends Member['kind']>(kind: K, members: readonly Member[]): Of<K>[] => {
  return members.filter((one): one is Of<K> => one.kind === kind);
};

/** Offsets of the addresses in an IPv6 header. */
const ipv6Offsets = { src: 8, dst: 24 } as const;

function ipv6Hosts(g: Generator, head: Of<'ipv6'>, members: readonly Of<'ipv6'>[]): Condition {
  const side = (offset: number) => [0, 4, 8, 12].map((at) => g.load('network', offset + at, 4));
  const test = g.test({
    kind: 'listed',
    sides: sidesOf(head).map((one) => side(ipv6Offsets[one])),
    list: g.values.addresses({
      addresses: members.map(({ address }) => ipv6Words(address)),
      before: ipv6Words(head.address),
    }),
  });
  return and(linkProtocol(g, etherType.ipv6), test);
}

function ipv6Words({ address, mask }: Masked<Ipv6>): Words {
  const words = mask.map((bits, at) => ({ mask: bits, equals: address[at] ?? 0 }));
  return words.filter((word) => word.mask !== 0);
}

/** The last four bytes are looked at before the first two, as for one address. */
function macHosts(g: Generator, head: Of<'mac'>, members: readonly Of<'mac'>[]): Condition {
  const { address } = g.row;
  const side = (offset: number) => [g.load('header', offset + 2, 4), g.load('header', offset, 2)];
  const test = g.test({
    kind: 'listed',
    sides: sidesOf(head).map((one) => side(address?.[one] ?? 0)),
    list: g.values.addresses({
      addresses: members.map(({ bytes }) => macWords(bytes)),
      before: undefined,
    }),
  });
  const check = headerCheck(g);
  return check === undefined ? test : and(check, test);
}

function macWords(bytes: readonly number[]): Words {
  const number = (part: readonly number[]) => part.reduce((sum, byte) => sum * 256 + byte, 0);
  return [
    { mask: 0xffffffff, equals: number(bytes.slice(2)) },
    { mask: 0xffff, equals: number(bytes.slice(0, 2)) },
  ];
}

const sidesOf = ({ side }: Member): readonly ('src' | 'dst')[] => (side === 'either' ? ['src', 'dst'] : [side]);
