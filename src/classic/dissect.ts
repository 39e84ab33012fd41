// Where the payload of a packet begins: the extension `poff`. A port of the walk that Linux makes over the headers
// (net/core/flow_dissector.c, `skb_get_poff`): from the link header inwards, through tunnels, until a header that it doesn't look into.

import { etherType, linkHeaderBytes, loadBigEndian } from './packet.js';

/** EtherTypes. */
const ether = {
  ipv4: 0x0800,
  arp: 0x0806,
  transparentBridge: 0x6558,
  rarp: 0x8035,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoe: 0x8864,
  ppp: 0x880b,
  batman: 0x4305,
  tipc: 0x88ca,
  vlanService: 0x88a8,
  ptp: 0x88f7,
  prp: 0x88fb,
  cfm: 0x8902,
  fcoe: 0x8906,
  hsr: 0x892f,
} as const;

/** Protocol numbers of IPv4 and IPv6. */
const ip = {
  hopByHop: 0,
  icmp: 1,
  igmp: 2,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  icmpv6: 58,
  destination: 60,
  sctp: 132,
  udplite: 136,
  mpls: 137,
} as const;

/** Bytes of the headers that have but one length. */
const transportBytes: ReadonlyMap<number, number> = new Map([
  [ip.udp, 8],
  [ip.udplite, 8],
  [ip.icmp, 8],
  [ip.icmpv6, 8],
  [ip.igmp, 8],
  [ip.dccp, 12],
  [ip.sctp, 12],
]);

/** Linux looks into no more headers than this. */
const headerLimit = 15;

/** How far the walk has come. `next` says what stands at `offset`. */
interface Walk {
  readonly data: Uint8Array;
  offset: number;
  etherType: number;
  protocol: number;
  laterFragment: boolean;
}

/** What a header says of how to go on: another EtherType, another IP protocol, the end, or a header that is broken. */
type Step = 'ether' | 'protocol' | 'end' | 'bad';

/** Offset of the payload, or 0 where a header is broken or unknown. */
export function payloadOffset(data: Uint8Array): number {
  const walk: Walk = { data, offset: linkHeaderBytes, etherType: etherType(data), protocol: 0, laterFragment: false };
  if (!walkHeaders(walk)) return 0;
  const transport = Math.min(walk.offset & 0xffff, data.length);
  return walk.laterFragment ? transport : transport + transportLength(data, transport, walk.protocol);
}

function transportLength(data: Uint8Array, offset: number, protocol: number): number {
  if (protocol !== ip.tcp) return transportBytes.get(protocol) ?? 0;
  const words = loadBigEndian(data, offset + 12, 1);
  return words === undefined ? 0 : Math.max(20, (words & 0xf0) >> 2);
}

/** Moves the walk to the innermost header that Linux looks for; false where it gives up. */
function walkHeaders(walk: Walk): boolean {
  let step: Step = 'ether';
  for (let headers = 0; headers <= headerLimit; ) {
    const next: Step = step === 'ether' ? etherStep(walk) : protocolStep(walk);
    if (next === 'end' || next === 'bad') return next === 'end';
    if (step === 'protocol' || next === 'ether') headers++; // Linux counts no step from an IP header to its protocol
    step = next;
  }
  return true;
}

function etherStep(walk: Walk): Step {
  switch (walk.etherType) {
    case ether.ipv4:
      return ipv4(walk);
    case ether.ipv6:
      return ipv6(walk);
    case ether.vlan:
    case ether.vlanService:
      return nextEther(walk, 2, 4);
    case ether.prp:
    case ether.hsr:
      return nextEther(walk, 4, 6);
    case ether.batman:
      return batman(walk);
    case ether.pppoe:
      return pppoe(walk);
    case ether.mpls:
    case ether.mplsMulticast:
      walk.offset += 4;
      return 'end';
    case ether.ptp:
      return skip(walk, 34);
    case ether.fcoe:
      return skip(walk, 38);
    case ether.tipc:
      return has(walk, 16) ? 'end' : 'bad';
    case ether.arp:
    case ether.rarp:
    case ether.cfm:
      return 'end';
    default: // of the 65536 EtherTypes Linux knows those above
      return 'bad';
  }
}

function protocolStep(walk: Walk): Step {
  switch (walk.protocol) {
    case ip.gre:
      return gre(walk);
    case ip.hopByHop:
    case ip.routing:
    case ip.destination:
      return walk.etherType === ether.ipv6 ? ipv6Options(walk) : 'end';
    case ip.fragment:
      return walk.etherType === ether.ipv6 ? ipv6Fragment(walk) : 'end';
    case ip.ipv4:
      walk.etherType = ether.ipv4;
      return 'ether';
    case ip.ipv6:
      walk.etherType = ether.ipv6;
      return 'ether';
    case ip.mpls:
      walk.etherType = ether.mpls;
      return 'ether';
    default: // a transport, or what Linux doesn't look into
      return 'end';
  }
}

function ipv4(walk: Walk): Step {
  const words = byte(walk, 0) & 0xf;
  if (!has(walk, 20) || words < 5) return 'bad';
  const fragment = half(walk, 6);
  walk.protocol = byte(walk, 9);
  walk.offset += words * 4;
  walk.laterFragment = (fragment & 0x1fff) !== 0;
  return (fragment & 0x3fff) === 0 ? 'protocol' : 'end';
}

function ipv6(walk: Walk): Step {
  if (!has(walk, 40)) return 'bad';
  walk.protocol = byte(walk, 6);
  walk.offset += 40;
  return 'protocol';
}

function ipv6Options(walk: Walk): Step {
  if (!has(walk, 2)) return 'bad';
  walk.protocol = byte(walk, 0);
  walk.offset += (byte(walk, 1) + 1) * 8;
  return 'protocol';
}

function ipv6Fragment(walk: Walk): Step {
  if (!has(walk, 8)) return 'bad';
  walk.laterFragment = (half(walk, 2) & 0xfff8) !== 0;
  walk.protocol = byte(walk, 0);
  walk.offset += 8;
  return 'end';
}

/** PPP protocol numbers, as the EtherTypes that Linux goes on with. */
const pppTypes: ReadonlyMap<number, number> = new Map([
  [0x0021, ether.ipv4],
  [0x0057, ether.ipv6],
  [0x0281, ether.mpls],
  [0x0283, ether.mplsMulticast],
]);

// PPPoE session: version and type 0x11, code 0, session, length, then a PPP protocol; a compressed one is refused
function pppoe(walk: Walk): Step {
  if (!has(walk, 8) || half(walk, 0) !== 0x1100) return 'bad';
  const protocol = half(walk, 6);
  walk.offset += 8;
  const next = pppTypes.get(protocol);
  if (next === undefined) return (protocol & 0x0101) === 0x0001 ? 'end' : 'bad';
  walk.etherType = next;
  return 'ether';
}

// batman-adv: type 0x40 (unicast), version 15, 8 bytes, then an Ethernet header
function batman(walk: Walk): Step {
  if (!has(walk, 24) || half(walk, 0) !== 0x400f) return 'bad';
  return nextEther(walk, 22, 24);
}

const greFlag = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000, acknowledge: 0x0080 } as const;

// GRE: flags and version, protocol, then the fields that the flags name (RFC 2784, 2890; version 1: PPTP, RFC 2637)
function gre(walk: Walk): Step {
  if (!has(walk, 4)) return 'bad';
  const flags = half(walk, 0);
  const version = flags & 0x7;
  if ((flags & greFlag.routing) !== 0 || version > 1) return 'end';
  walk.etherType = half(walk, 2);
  const key = (flags & greFlag.key) !== 0;
  if (version === 1 && !(walk.etherType === ether.ppp && key)) return 'end';
  let length = 4 + ((flags & greFlag.checksum) !== 0 ? 4 : 0) + (key ? 4 : 0);
  if (key && !has(walk, length)) return 'bad';
  if ((flags & greFlag.sequence) !== 0) length += 4;
  if (version === 1) return pptp(walk, length + ((flags & greFlag.acknowledge) !== 0 ? 4 : 0));
  if (walk.etherType === ether.transparentBridge) return nextEther(walk, length + 12, length + linkHeaderBytes);
  walk.offset += length;
  return 'ether';
}

/** Goes over a PPTP header of `length` bytes and the PPP header (address, control, protocol) behind it. */
function pptp(walk: Walk, length: number): Step {
  if (!has(walk, length + 4)) return 'bad';
  const next = pppTypes.get(half(walk, length + 2));
  if (next === ether.ipv4 || next === ether.ipv6) walk.etherType = next;
  walk.offset += length + 4;
  return 'ether';
}

/** Goes over `length` bytes, in which the next EtherType stands at `at`. */
function nextEther(walk: Walk, at: number, length: number): Step {
  if (!has(walk, length)) return 'bad';
  walk.etherType = half(walk, at);
  walk.offset += length;
  return 'ether';
}

function skip(walk: Walk, length: number): Step {
  if (!has(walk, length)) return 'bad';
  walk.offset += length;
  return 'end';
}

function has(walk: Walk, length: number): boolean {
  return walk.offset + length <= walk.data.length;
}

/** Bytes that aren't there read as 0; every caller has asked `has`, or does next. */
function byte(walk: Walk, at: number): number {
  return walk.data[walk.offset + at] ?? 0;
}

function half(walk: Walk, at: number): number {
  return (byte(walk, at) << 8) | byte(walk, at + 1);
}
