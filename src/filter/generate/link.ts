// Which protocol a link header announces: `ip`, `arp`, `ether proto 0x1234`, for each family of link types.
//
// A protocol is an EtherType where it is greater than 1500, and an 802.2 service access point up to that.

import type { Span } from '../../base/error.js';
import { always, and, type Condition, never, not, or } from '../condition.js';
import { etherType, longestFrame, nlpid, pppProtocol, sap } from './constants.js';
import type { Generator } from './generator.js';

type Announce = (g: Generator, protocol: number, span: Span) => Condition;

const families: Readonly<Record<Generator['row']['family'], Announce>> = {
  ethernet: (g, protocol, span) => {
    const inner = ethernet(g, protocol, span);
    const check = g.encapsulated ? undefined : headerCheck(g);
    return check === undefined ? inner : and(check, inner);
  },
  hdlc: (g, protocol, span) => {
    g.limit('HDLC protocol', protocol, 0xffff, span);
    return g.equal('type', 0, 2, protocol === sap.iso ? sap.iso * 0x101 : protocol);
  },
  wlan: (g, protocol, span) => and(dataFrame(g), llc(g, protocol, span)),
  llc,
  atm: (g, protocol, span) => and(atmPayload(g, llcPayload), llc(g, protocol, span)),
  cooked,
  version: (g, protocol) => {
    if (protocol === etherType.ip) return g.masked('header', 0, 1, 0x40, 0xf0);
    return protocol === etherType.ipv6 ? g.masked('header', 0, 1, 0x60, 0xf0) : never;
  },
  ipv4: (_, protocol) => (protocol === etherType.ip ? always : never),
  ipv6: (_, protocol) => (protocol === etherType.ipv6 ? always : never),
  ppp: (g, protocol, span) => g.equal('type', 0, 2, pppOf(g, protocol, span)),
  'ppp-bsdos': (g, protocol, span) => {
    if (protocol !== etherType.ip) return g.equal('type', 0, 2, pppOf(g, protocol, span));
    const { ip, vjCompressed, vjUncompressed } = pppProtocol;
    return or(g.equal('type', 0, 2, ip), g.equal('type', 0, 2, vjCompressed), g.equal('type', 0, 2, vjUncompressed));
  },
  loopback,
  pflog: (g, protocol) => {
    if (protocol === etherType.ip) return g.equal('header', 1, 1, addressFamily.ip);
    return protocol === etherType.ipv6 ? g.equal('header', 1, 1, addressFamily.ipv6) : never;
  },
  arcnet: (g, protocol) => {
    const code = systemCodes.get(protocol);
    return code === undefined ? never : g.equal('type', 0, 1, code);
  },
  localtalk: (_, protocol) => (protocol === etherType.atalk ? always : never),
  'frame-relay': frameRelay,
  // The magic number and no more: what a Juniper header carries depends on too much.
  juniper: (g) => g.masked('header', 0, 4, 0x4d474300, 0xffffff00),
  ipnet: (g, protocol) => {
    if (protocol === etherType.ip) return g.equal('type', 0, 1, 2);
    return protocol === etherType.ipv6 ? g.equal('type', 0, 1, 26) : never;
  },
  ethertype: (g, protocol, span) => {
    g.limit('EtherType', protocol, 0xffff, span);
    return g.equal('type', 0, 2, protocol);
  },
  none: (g, _, span) => {
    const { name, description } = g.link;
    throw g.error('link', `link type ${name} (${description}) does not say which protocol it carries`, span);
  },
};

/** Whether the packet is of the protocol. */
export function linkProtocol(g: Generator, protocol: number, span: Span = g.span): Condition {
  if (g.labels > 0) return underLabels(g, protocol, span);
  return families[g.row.family](g, protocol, span);
}

/** Behind an MPLS label: the label is the last one, and the IP header's version is right. */
function underLabels(g: Generator, protocol: number, span: Span): Condition {
  const version = protocol === etherType.ip ? 0x40 : 0x60;
  if (protocol !== etherType.ip && protocol !== etherType.ipv6) {
    throw g.error('type', 'behind an MPLS label only IPv4 and IPv6 can be told', span);
  }
  return and(g.masked('network', -2, 1, 1, 1), g.masked('network', 0, 1, version, 0xf0));
}

function ethernet(g: Generator, protocol: number, span: Span): Condition {
  const length = () => g.atMost('type', 0, 2, longestFrame);
  switch (protocol) {
    case sap.iso:
    case sap.ip:
    case sap.netbeui:
      return and(length(), g.equal('llc', 0, 2, protocol * 0x101));
    case sap.ipx:
      return or(
        g.equal('type', 0, 2, etherType.ipx),
        and(length(), or(snap(g, 0, etherType.ipx), g.equal('llc', 0, 1, sap.ipx), g.equal('llc', 0, 2, 0xffff))),
      );
    case etherType.atalk:
    case etherType.aarp:
      return or(g.equal('type', 0, 2, protocol), and(length(), appleSnap(g, protocol)));
  }
  if (protocol > longestFrame) {
    g.limit('EtherType', protocol, 0xffff, span);
    return g.equal('type', 0, 2, protocol);
  }
  g.limit('LLC DSAP', protocol, 0xff, span);
  return and(length(), g.equal('type', 2, 1, protocol));
}

/** 802.2 over what has no EtherType of its own; the SNAP header's is looked at alone. */
function llc(g: Generator, protocol: number, span: Span): Condition {
  switch (protocol) {
    case sap.ip:
    case sap.iso:
    case sap.netbeui:
      return g.equal('llc', 0, 2, protocol * 0x101);
    case etherType.atalk:
      return snap(g, 0x080007, etherType.atalk);
  }
  if (protocol > longestFrame) {
    g.limit('EtherType', protocol, 0xffff, span);
    return g.equal('llc', 6, 2, protocol);
  }
  g.limit('LLC DSAP', protocol, 0xff, span);
  return g.equal('llc', 0, 1, protocol);
}

/** What Linux's cooked header says where there is no EtherType: Novell's raw 802.3, and 802.2. */
const cooked8023 = 0x0001;
const cooked8022 = 0x0004;

function cooked(g: Generator, protocol: number, span: Span): Condition {
  const is8022 = () => g.equal('type', 0, 2, cooked8022);
  switch (protocol) {
    case sap.iso:
    case sap.ip:
    case sap.netbeui:
      return and(is8022(), g.equal('llc', 0, 2, protocol * 0x101));
    case sap.ipx:
      return or(
        g.equal('type', 0, 2, etherType.ipx),
        g.equal('type', 0, 2, cooked8023),
        and(is8022(), or(g.equal('llc', 0, 1, sap.ipx), snap(g, 0, etherType.ipx))),
      );
    case etherType.atalk:
    case etherType.aarp:
      return or(g.equal('type', 0, 2, protocol), and(is8022(), appleSnap(g, protocol)));
  }
  if (protocol > longestFrame) {
    g.limit('EtherType', protocol, 0xffff, span);
    return g.equal('type', 0, 2, protocol);
  }
  g.limit('LLC DSAP', protocol, 0xff, span);
  return and(is8022(), g.equal('header', g.payload.constant, 1, protocol));
}

const appleSnap = (g: Generator, protocol: number) => snap(g, protocol === etherType.atalk ? 0x080007 : 0, protocol);

/** A SNAP header with this organization and protocol. */
export function snap(g: Generator, organization: number, protocol: number): Condition {
  const bytes = [sap.snap, sap.snap, 3, organization >> 16, organization >> 8, organization, protocol >> 8, protocol];
  return g.bytes(
    'llc',
    0,
    bytes.map((byte) => byte & 0xff),
  );
}

/** The address families in headers that hold one; the one of IPv6 is that of Linux. */
const addressFamily = { ip: 2, ipv6: 10 } as const;

/** IPv6 on NetBSD, OpenBSD and Npcap; on FreeBSD; on Darwin. */
const foreignIpv6 = [24, 28, 30] as const;

/** NULL and ENC hold the family in the order of the machine that captured: little-endian is assumed. */
function loopback(g: Generator, protocol: number): Condition {
  const is = (family: number) => g.equal('header', 0, 4, g.link.name === 'LOOP' ? family : family << 24);
  if (protocol === etherType.ip) return is(addressFamily.ip);
  if (protocol !== etherType.ipv6) return never;
  if (!g.settings.savefile) return is(addressFamily.ipv6);
  const [first, ...rest] = foreignIpv6;
  return or(is(first), ...rest.map(is));
}

function pppOf(g: Generator, protocol: number, span: Span): number {
  const known = pppProtocols.get(protocol);
  if (known === undefined) g.limit('PPP protocol', protocol, 0xffff, span);
  return known ?? protocol;
}

const pppProtocols: ReadonlyMap<number, number> = new Map([
  [etherType.ip, pppProtocol.ip],
  [etherType.ipv6, pppProtocol.ipv6],
  [etherType.decnet, pppProtocol.decnet],
  [etherType.atalk, pppProtocol.atalk],
  [etherType.ns, pppProtocol.ns],
  [sap.iso, pppProtocol.osi],
  [sap.stp, pppProtocol.bridge],
  [sap.ipx, pppProtocol.ipx],
]);

/** ARCnet's system codes (RFC 1201). */
const systemCodes: ReadonlyMap<number, number> = new Map([
  [etherType.ip, 212],
  [etherType.arp, 213],
  [etherType.rarp, 214],
  [etherType.ipv6, 196],
  [etherType.atalk, 221],
]);

/** A header of two bytes, then an unnumbered information frame with the protocol's NLPID. */
function frameRelay(g: Generator, protocol: number): Condition {
  const is = (id: number) => g.equal('header', 2, 2, 0x0300 | id);
  if (protocol === etherType.ip) return is(nlpid.ip);
  if (protocol === etherType.ipv6) return is(nlpid.ipv6);
  return protocol === sap.iso ? or(is(nlpid.clnp), is(nlpid.esis), is(nlpid.isis)) : never;
}

/** Whether an 802.11 frame is a data frame. */
export const dataFrame = (g: Generator): Condition => g.masked('header', 0, 1, 0x08, 0x0c);

export const llcPayload = 2;
export const lanePayload = 1;

/** What an ATM pseudo-header says that it carries. */
export const atmPayload = (g: Generator, kind: number): Condition => g.masked('header', 0, 1, kind, 0x0f);

/** Whether the link header is there at all, where what carries it leaves that open. */
export function headerCheck(g: Generator): Condition | undefined {
  if (g.encapsulated) {
    const [header, payload] = [g.read(g.header.base), g.read(g.payload.base)];
    if (header === undefined || payload === undefined) return undefined;
    return not(g.test({ kind: 'compare', relation: 'equal', left: header, right: payload }));
  }
  // Ethernet in ATM LAN emulation, but no control frame.
  return g.previous.row.family === 'atm' ? not(g.equal('previous-header', 4, 2, 0xff00)) : undefined;
}
