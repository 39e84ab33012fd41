// Protocols: by themselves (`tcp`), by number (`ip proto 6`), and anywhere in a chain of headers (`protochain`).

import type { Span } from '../../base/error.js';
import { nearest } from '../../base/nearest.js';
import type { Word } from '../ast.js';
import { and, type Condition, or } from '../condition.js';
import { keywords, type Protocol } from '../words.js';
import { etherType, ipProtocol, linkProtocols, nlpid, sap } from './constants.js';
import type { Generator } from './generator.js';
import { badProtocol } from './host.js';
import { linkProtocol } from './link.js';
import { walked } from './walk.js';

/** PDU types of IS-IS. */
const pdu = {
  hello1: 15,
  hello2: 16,
  helloPoint: 17,
  lsp1: 18,
  lsp2: 20,
  csnp1: 24,
  csnp2: 25,
  psnp1: 26,
  psnp2: 27,
} as const;
const largestPdu = 31;

/** What a protocol's name stands for: a link protocol, one over IP, or one over ISO. */
type Meaning =
  | { readonly link: number }
  | { readonly over: 'ip' | 'ip6' | undefined; readonly number: number }
  | { readonly iso: number }
  | { readonly isis: readonly number[] };

const meanings: Readonly<Record<Exclude<Protocol, 'link' | 'radio'>, Meaning>> = {
  ip: { link: etherType.ip },
  ip6: { link: etherType.ipv6 },
  arp: { link: etherType.arp },
  rarp: { link: etherType.rarp },
  atalk: { link: etherType.atalk },
  aarp: { link: etherType.aarp },
  decnet: { link: etherType.decnet },
  lat: { link: etherType.lat },
  sca: { link: etherType.sca },
  moprc: { link: etherType.moprc },
  mopdl: { link: etherType.mopdl },
  iso: { link: sap.iso },
  stp: { link: sap.stp },
  ipx: { link: sap.ipx },
  netbeui: { link: sap.netbeui },
  tcp: { over: undefined, number: ipProtocol.tcp },
  udp: { over: undefined, number: ipProtocol.udp },
  sctp: { over: undefined, number: ipProtocol.sctp },
  pim: { over: undefined, number: ipProtocol.pim },
  ah: { over: undefined, number: ipProtocol.ah },
  esp: { over: undefined, number: ipProtocol.esp },
  icmp: { over: 'ip', number: ipProtocol.icmp },
  igmp: { over: 'ip', number: ipProtocol.igmp },
  igrp: { over: 'ip', number: ipProtocol.igrp },
  vrrp: { over: 'ip', number: ipProtocol.vrrp },
  carp: { over: 'ip', number: ipProtocol.carp },
  icmp6: { over: 'ip6', number: ipProtocol.icmp6 },
  esis: { iso: nlpid.esis },
  isis: { iso: nlpid.isis },
  clnp: { iso: nlpid.clnp },
  l1: { isis: [pdu.psnp1, pdu.csnp1, pdu.lsp1, pdu.hello1, pdu.helloPoint] },
  l2: { isis: [pdu.psnp2, pdu.csnp2, pdu.lsp2, pdu.hello2, pdu.helloPoint] },
  iih: { isis: [pdu.helloPoint, pdu.hello1, pdu.hello2] },
  lsp: { isis: [pdu.lsp1, pdu.lsp2] },
  snp: { isis: [pdu.psnp2, pdu.psnp1, pdu.csnp1, pdu.csnp2] },
  csnp: { isis: [pdu.csnp1, pdu.csnp2] },
  psnp: { isis: [pdu.psnp1, pdu.psnp2] },
};

/** A protocol's name that stands alone. */
export function protocolAlone(g: Generator, protocol: Word<Protocol>): Condition {
  const { word } = protocol;
  if (word === 'link' || word === 'radio') {
    const name = g.settings.source.slice(protocol.start, protocol.end);
    throw g.error('syntax', `'${name}' needs something behind it, such as host or [`, protocol);
  }
  const meaning = meanings[word];
  if ('link' in meaning) return linkProtocol(g, meaning.link, protocol);
  if ('over' in meaning) return ipProtocolTest(g, meaning.number, meaning.over, protocol);
  if ('iso' in meaning) return isoProtocol(g, meaning.iso, protocol);
  const [first = 0, ...rest] = meaning.isis;
  return or(isisPdu(g, first, protocol), ...rest.map((type) => isisPdu(g, type, protocol)));
}

/** `proto N` with its qualifier. */
export function numberedProtocol(
  g: Generator,
  value: number,
  protocol: Word<Protocol> | undefined,
  span: Span,
): Condition {
  switch (protocol?.word) {
    case undefined:
    case 'ip':
    case 'ip6':
      return ipProtocolTest(
        g,
        value,
        protocol?.word === 'ip' || protocol?.word === 'ip6' ? protocol.word : undefined,
        span,
      );
    case 'link':
      return linkProtocol(g, value, span);
    case 'iso':
      return isoProtocol(g, value, span);
    case 'isis':
      return isisPdu(g, value, span);
    default:
      throw badProtocol(g, protocol ?? { ...span, word: '' }, 'proto');
  }
}

/** The number of a protocol's name, as the qualifier means it. */
export function protocolNumber(
  g: Generator,
  name: string,
  protocol: Word<Protocol> | undefined,
  type: string,
  span: Span,
): number {
  const [number] = protocolsNamed(g, name, protocol?.word);
  if (number !== undefined) return number;
  const what = protocol === undefined ? type : `${protocol.word} ${type}`;
  throw g.error('name', `unknown ${what} '${name}'`, span, protocolHint(g, name, protocol?.word));
}

/** A protocol's name that is a keyword has to be escaped. */
function protocolHint(g: Generator, name: string, protocol: Protocol | undefined): string | undefined {
  const near = nearestProtocol(g, name, protocol);
  return near !== undefined && keywords.has(near) ? `\\${near}` : near;
}

function nearestProtocol(g: Generator, name: string, protocol: Protocol | undefined): string | undefined {
  if (protocol === 'link') return nearest(name, linkProtocols.keys());
  return protocol === 'iso' ? nearest(name, isoNames.keys()) : g.nearestName('protocols', name);
}

const isoNames: ReadonlyMap<string, number> = new Map(
  Object.entries({ esis: nlpid.esis, isis: nlpid.isis, clnp: nlpid.clnp }),
);

function protocolsNamed(g: Generator, name: string, protocol: Protocol | undefined): readonly number[] {
  const known = (number: number | undefined) => (number === undefined ? [] : [number]);
  switch (protocol) {
    case undefined:
    case 'ip':
    case 'ip6':
      return g.names.protocols(name);
    case 'link':
      return known(linkProtocols.get(name));
    case 'iso':
      return known(isoNames.get(name));
    default:
      return [];
  }
}

/** A protocol in the IPv4 header, or in the IPv6 header or behind one fragment header. */
function ipProtocolTest(g: Generator, value: number, over: 'ip' | 'ip6' | undefined, span: Span): Condition {
  if (over === undefined) return or(ipProtocolTest(g, value, 'ip', span), ipProtocolTest(g, value, 'ip6', span));
  g.limit('protocol number', value, 0xff, span);
  if (over === 'ip') return and(linkProtocol(g, etherType.ip), g.equal('network', 9, 1, value));
  const fragmented = and(g.equal('network', 6, 1, ipProtocol.fragment), g.equal('network', 40, 1, value));
  const direct = and(linkProtocol(g, etherType.ipv6), or(g.equal('network', 6, 1, value), fragmented));
  if (!g.extended) return direct;
  const { condition, protocol } = walked(g);
  return or(direct, and(condition, g.match(protocol, 0xffffffff, value)));
}

function isoProtocol(g: Generator, value: number, span: Span): Condition {
  g.limit('ISO protocol', value, 0xff, span);
  // Frame Relay has the protocol in its own header; Cisco HDLC puts a byte before it.
  if (g.row.family === 'frame-relay') return g.equal('header', 2, 2, 0x0300 | value);
  const hdlc = g.row.family === 'hdlc';
  return and(linkProtocol(g, hdlc ? sap.iso * 0x101 : sap.iso, span), g.equal('network-plain', hdlc ? 1 : 0, 1, value));
}

function isisPdu(g: Generator, type: number, span: Span): Condition {
  g.limit('IS-IS PDU type', type, largestPdu, span);
  const offset = g.row.family === 'hdlc' ? 5 : 4;
  return and(isoProtocol(g, nlpid.isis, span), g.masked('network-plain', offset, 1, type, largestPdu));
}

/** `protochain N`: a loop, which only engines that bound it can run. */
export function protocolChain(
  g: Generator,
  value: number,
  protocol: Word<Protocol> | undefined,
  span: Span,
): Condition {
  if (protocol !== undefined && protocol.word !== 'ip' && protocol.word !== 'ip6')
    throw badProtocol(g, protocol, 'protochain');
  g.limit('protocol number', value, 0xff, span);
  if (g.payload.base !== undefined) {
    throw g.error('link', "'protochain' is not possible behind headers of variable length");
  }
  g.warn("'protochain' makes a loop, which Linux refuses to attach");
  const header = (g.payload.constant + g.network) >>> 0;
  const over = (version: 4 | 6) => {
    const link = linkProtocol(g, version === 4 ? etherType.ip : etherType.ipv6);
    return and(link, g.test({ kind: 'chain', version, protocol: value, header }));
  };
  if (protocol === undefined) return or(over(4), over(6));
  return over(protocol.word === 'ip' ? 4 : 6);
}
