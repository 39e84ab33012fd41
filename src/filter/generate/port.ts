// `port` and `portrange`, of TCP, UDP and SCTP over IPv4 and IPv6.

import type { Span } from '../../base/error.js';
import type { Identifier, Qualifier } from '../ast.js';
import { and, type Condition, not, or } from '../condition.js';
import { parseNumber } from '../lex.js';
import type { Value } from '../value.js';
import { etherType, ipProtocol } from './constants.js';
import type { Generator } from './generator.js';
import { badProtocol, sides } from './host.js';
import { linkProtocol } from './link.js';
import { behind, walked } from './walk.js';

/** Transports that have ports, in the order in which a packet is asked. */
const transports = ['tcp', 'udp', 'sctp'] as const;
export type Transport = (typeof transports)[number];

export const isTransport = (word: string): word is Transport => transports.some((name) => name === word);

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

/** Ports of one transport or of all, of which one is looked for. */
export function ports(g: Generator, wanted: readonly Ports[], qualifier: Qualifier): Condition {
  return or(ports6(g, wanted, qualifier), ports4(g, wanted, qualifier));
}

export function ports6(g: Generator, wanted: readonly Ports[], qualifier: Qualifier): Condition {
  if (g.extended) {
    const { condition, protocol, at } = walked(g);
    const load = (offset: number) => behind(g, at, offset, 2);
    return and(condition, carries(g, wanted, protocol), numbers(g, wanted, qualifier, load));
  }
  const load = (offset: number) => g.load('ipv6-transport', offset, 2);
  const link = linkProtocol(g, etherType.ipv6);
  return and(link, carries(g, wanted, g.load('network', 6, 1)), numbers(g, wanted, qualifier, load));
}

export function ports4(g: Generator, wanted: readonly Ports[], qualifier: Qualifier): Condition {
  const link = linkProtocol(g, etherType.ip);
  const load = (offset: number) => g.load('ipv4-transport', offset, 2);
  const protocol = g.load('network', 9, 1);
  return and(link, carries(g, wanted, protocol), notLaterFragment(g), numbers(g, wanted, qualifier, load));
}

/** Only the first fragment of an IPv4 packet has a transport header. */
export function notLaterFragment(g: Generator): Condition {
  return g.match(g.load('network', 6, 2), firstFragment, 0);
}

/** The transport of the ports, all of which have the same one. */
function carries(g: Generator, [one]: readonly Ports[], protocol: Value): Condition {
  const is = (name: Transport) => g.match(protocol, 0xffffffff, ipProtocol[name]);
  return one?.transport === undefined ? or(is('tcp'), is('udp'), is('sctp')) : is(one.transport);
}

/** @param load two bytes of the transport header */
function numbers(
  g: Generator,
  wanted: readonly Ports[],
  qualifier: Qualifier,
  load: (offset: number) => Value,
): Condition {
  const offsets = { src: 0, dst: 2 };
  return sides(g, qualifier, (side) => {
    const value = load(offsets[side]);
    const [one] = wanted;
    if (one === undefined || wanted.length > 1)
      return g.within(
        value,
        wanted.map(({ first, last }) => ({ low: first, high: last })),
      );
    if (one.first === one.last) return g.match(value, 0xffffffff, one.first);
    return and(g.atLeast(value, one.first), not(g.above(value, one.last)));
  });
}

/** The ports that an identifier stands for: a number, or the name of a service. */
export function portsOf(g: Generator, id: Identifier, qualifier: Qualifier): Ports | undefined {
  const type = qualifier.type?.word;
  if (type !== 'port' && type !== 'portrange') return undefined;
  if (id.kind === 'number') return numberedPort(g, id.value, qualifier, id);
  if (id.kind !== 'name') return undefined;
  return type === 'port' ? namedPort(g, id.name, qualifier, id) : portRange(g, id.name, qualifier, id);
}

function numberedPort(g: Generator, value: number, qualifier: Qualifier, span: Span): Ports {
  const transport = transportOf(g, qualifier);
  g.limit('port', value, largestPort, span);
  return { first: value, last: value, transport };
}

function namedPort(g: Generator, name: string, qualifier: Qualifier, span: Span): Ports {
  const wanted = transportOf(g, qualifier);
  const { port, transport } = servicePort(g, name, span);
  return { first: port, last: port, transport: agreed(g, name, wanted, transport, span) };
}

/** Ports `first-last`, each a number or a name. */
function portRange(g: Generator, text: string, qualifier: Qualifier, span: Span): Ports {
  const wanted = transportOf(g, qualifier);
  const parts = text.split('-');
  const [low = '', high = ''] = parts;
  if (parts.length !== 2 || low === '' || high === '') {
    throw g.error('syntax', `expected a range of ports such as 20-25, found '${text}'`, span);
  }
  const lowSpan = { start: span.start, end: span.start + low.length };
  const highSpan = { start: span.end - high.length, end: span.end };
  const [a, b] = [portOf(g, low, lowSpan), portOf(g, high, highSpan)];
  const transport = agreed(g, text, wanted, a.transport === b.transport ? a.transport : undefined, span);
  g.limit('port', a.port, largestPort, lowSpan);
  g.limit('port', b.port, largestPort, highSpan);
  return { first: Math.min(a.port, b.port), last: Math.max(a.port, b.port), transport };
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
  const known = g.names.services(name).map((entry) => entry.split('/'));
  const portOver = (transport: string) => known.find(([, of]) => of === transport)?.[0];
  const [tcp, udp] = [portOver('tcp'), portOver('udp')];
  if (tcp !== undefined) return { port: Number(tcp), transport: tcp === udp ? undefined : 'tcp' };
  if (udp !== undefined) return { port: Number(udp), transport: 'udp' };
  const hint = /^\d+-\d+$/.test(name) ? `portrange ${name}` : g.nearestName('services', name);
  throw g.error('name', `unknown port '${name}'`, span, hint);
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
