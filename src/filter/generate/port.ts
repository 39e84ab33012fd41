// `port` and `portrange`, of TCP, UDP and SCTP over IPv4 and IPv6.

import type { Span } from '../../base/error.js';
import type { Qualifier } from '../ast.js';
import { and, type Condition, or } from '../condition.js';
import { parseNumber } from '../lex.js';
import { etherType, ipProtocol } from './constants.js';
import type { Generator } from './generator.js';
import { badProtocol, sides } from './host.js';
import { linkProtocol } from './link.js';

/** Transports that have ports, in the order in which a packet is asked. */
const transports = ['tcp', 'udp', 'sctp'] as const;
export type Transport = (typeof transports)[number];

/** Ports from `first` to `last`, of one transport or of all. */
export interface Ports {
  readonly first: number;
  readonly last: number;
  readonly transport: Transport | undefined;
}

const firstFragment = 0x1fff;
const largestPort = 0xffff;

/** The transport that the qualifier names. */
export function transportOf(g: Generator, { protocol, type }: Qualifier): Transport | undefined {
  if (protocol === undefined) return undefined;
  const transport = transports.find((name) => name === protocol.word);
  if (transport === undefined) throw badProtocol(g, protocol, type?.word ?? 'port');
  return transport;
}

export function ports(g: Generator, wanted: Ports, qualifier: Qualifier): Condition {
  return or(ports6(g, wanted, qualifier), ports4(g, wanted, qualifier));
}

export function ports6(g: Generator, wanted: Ports, qualifier: Qualifier): Condition {
  const link = linkProtocol(g, etherType.ipv6);
  return and(link, transport(g, wanted, 6), numbers(g, wanted, qualifier, 'ipv6-transport'));
}

export function ports4(g: Generator, wanted: Ports, qualifier: Qualifier): Condition {
  const link = linkProtocol(g, etherType.ip);
  return and(link, transport(g, wanted, 9), notLaterFragment(g), numbers(g, wanted, qualifier, 'ipv4-transport'));
}

/** Only the first fragment of an IPv4 packet has a transport header. */
export function notLaterFragment(g: Generator): Condition {
  return g.match(g.load('network', 6, 2), firstFragment, 0);
}

function transport(g: Generator, wanted: Ports, offset: number): Condition {
  if (wanted.transport !== undefined) return g.equal('network', offset, 1, ipProtocol[wanted.transport]);
  const [first, ...rest] = transports.map((name) => g.equal('network', offset, 1, ipProtocol[name]));
  return first === undefined ? and(linkProtocol(g, etherType.ip)) : or(first, ...rest);
}

function numbers(
  g: Generator,
  { first, last }: Ports,
  qualifier: Qualifier,
  place: 'ipv4-transport' | 'ipv6-transport',
) {
  const offsets = { src: 0, dst: 2 };
  return sides(g, qualifier, (side) => {
    const value = g.load(place, offsets[side], 2);
    if (first === last) return g.match(value, 0xffffffff, first);
    return and(g.atLeast(value, Math.min(first, last)), g.atMost(place, offsets[side], 2, Math.max(first, last)));
  });
}

/** A port by number. */
export function numberedPort(g: Generator, value: number, qualifier: Qualifier, span: Span): Condition {
  const transport = transportOf(g, qualifier);
  g.limit('port', value, largestPort, span);
  return ports(g, { first: value, last: value, transport }, qualifier);
}

/** A port by the name of its service. */
export function namedPort(g: Generator, name: string, qualifier: Qualifier, span: Span): Condition {
  const wanted = transportOf(g, qualifier);
  const { port, transport } = servicePort(g, name, span);
  return ports(g, { first: port, last: port, transport: agreed(g, name, wanted, transport, span) }, qualifier);
}

/** Ports `first-last`, each a number or a name. */
export function portRange(g: Generator, text: string, qualifier: Qualifier, span: Span): Condition {
  const wanted = transportOf(g, qualifier);
  const parts = text.split('-');
  const [low = '', high = ''] = parts;
  if (parts.length !== 2 || low === '' || high === '') {
    throw g.error('syntax', `expected a range of ports such as 20-25, found '${text}'`, span);
  }
  const first = portOf(g, low, { start: span.start, end: span.start + low.length });
  const last = portOf(g, high, { start: span.end - high.length, end: span.end });
  const common = first.transport === last.transport ? first.transport : undefined;
  const transport = agreed(g, text, wanted, last.transport === first.transport ? common : undefined, span);
  g.limit('port', first.port, largestPort, { start: span.start, end: span.start + low.length });
  g.limit('port', last.port, largestPort, { start: span.end - high.length, end: span.end });
  return ports(g, { first: first.port, last: last.port, transport }, qualifier);
}

interface Service {
  readonly port: number;
  /** undefined: more than one has the service at that port. */
  readonly transport: Transport | undefined;
}

function portOf(g: Generator, text: string, span: Span): Service {
  const port = parseNumber(text);
  if (port === undefined) return servicePort(g, text, span);
  g.limit('number', port, 0xffffffff, span);
  return { port, transport: undefined };
}

/** The TCP port of a service, the UDP port where it has none over TCP. */
function servicePort(g: Generator, name: string, span: Span): Service {
  const known = g.settings.names.services(name).map((entry) => entry.split('/'));
  const portOver = (transport: string) => known.find(([, of]) => of === transport)?.[0];
  const [tcp, udp] = [portOver('tcp'), portOver('udp')];
  if (tcp !== undefined) return { port: Number(tcp), transport: tcp === udp ? undefined : 'tcp' };
  if (udp !== undefined) return { port: Number(udp), transport: 'udp' };
  throw g.error('name', `unknown port '${name}'`, span);
}

/** The transport that both the qualifier and the service's name allow. */
function agreed(
  g: Generator,
  name: string,
  wanted: Transport | undefined,
  known: Transport | undefined,
  span: Span,
): Transport | undefined {
  if (wanted === undefined || known === undefined || wanted === known) return wanted ?? known;
  throw g.error('type', `port '${name}' is ${known}, not ${wanted}`, span);
}
