// Identifiers: what an address, a number or a name means under its qualifier.

import type { BpfError, Span } from '../../base/error.js';
import { type Ipv4, type Ipv6, parseDecnet, parseIpv4, parseIpv6 } from '../address.js';
import type { Identifier, Qualifier } from '../ast.js';
import type { Condition } from '../condition.js';
import type { Generator, Masked } from './generator.js';
import { decnetAddress, gateway, ipv4Hosts, ipv6Host, macHost, namedHost, namedMacHost, stationHost } from './host.js';
import { isTransport, ports, portsOf } from './port.js';
import { numberedProtocol, protocolChain, protocolNumber } from './protocol.js';

type Of<K extends Identifier['kind']> = Extract<Identifier, { readonly kind: K }>;

export function identified(g: Generator, qualifier: Qualifier, id: Identifier): Condition {
  const numbers = portsOf(g, id, qualifier);
  if (numbers !== undefined) return ports(g, [numbers], qualifier);
  const address = addressOf(g, id, qualifier);
  return address === undefined ? other(g, qualifier, id) : ipv4Hosts(g, [address], qualifier);
}

/** The IPv4 address or network that an identifier stands for, if it is one. */
export function addressOf(g: Generator, id: Identifier, qualifier: Qualifier): Masked<number> | undefined {
  switch (id.kind) {
    case 'number':
      return numberAddress(g, qualifier, id);
    case 'ipv4':
      return ipv4(g, qualifier, id);
    case 'ipv4-prefix':
      return ipv4Prefix(g, qualifier, id);
    case 'ipv4-mask':
      return ipv4Mask(g, qualifier, id);
    case 'name':
    case 'ipv6':
    case 'mac':
    case 'station':
      return undefined;
  }
}

function other(g: Generator, qualifier: Qualifier, id: Identifier): Condition {
  switch (id.kind) {
    case 'name':
      return named(g, qualifier, id);
    case 'number':
      return numbered(g, qualifier, id);
    case 'ipv4':
      return decnet(g, qualifier, id);
    case 'ipv4-prefix':
    case 'ipv4-mask':
      throw mismatch(g, qualifier, 'network', id);
    case 'ipv6':
      return ipv6Host(g, ipv6Of(g, qualifier, id), qualifier);
    case 'mac':
      checkLinkAddress(g, qualifier, id);
      return macHost(g, id.bytes, qualifier, 'ether host');
    case 'station':
      checkLinkAddress(g, qualifier, id);
      return stationHost(g, id.value, qualifier, 'ether host $XX');
  }
}

/** `tcp src 80`: without a type, a number is looked for as a host. */
function portMissing(g: Generator, protocol: NonNullable<Qualifier['protocol']>, id: Span): BpfError {
  const { source } = g.settings;
  const before = source.slice(protocol.start, id.start).trim();
  const suggestion = `${before} port ${source.slice(id.start, id.end)}`;
  return g.error(
    'type',
    `'${protocol.word}' does not go with 'host', which is meant where no type is named`,
    protocol,
    suggestion,
  );
}

/** The error for a type that such an identifier can't be of. */
function mismatch(g: Generator, qualifier: Qualifier, what: string, id: Span): BpfError {
  const type = qualifier.type?.word ?? 'host';
  return g.error('type', `'${type}' takes no ${what}`, id);
}

function named(g: Generator, qualifier: Qualifier, id: Of<'name'>): Condition {
  const { protocol } = qualifier;
  const { name } = id;
  if (protocol?.word === 'decnet') throw g.error('type', "'decnet' takes an address such as 10.120", id);
  switch (qualifier.type?.word) {
    case undefined:
    case 'host':
      if (protocol?.word === 'link') return namedMacHost(g, name, qualifier, 'ether host', id);
      return namedHost(g, name, qualifier, id);
    case 'net':
      return namedNetwork(g, qualifier, id);
    case 'port':
    case 'portrange':
      return ports(g, [], qualifier);
    case 'gateway':
      return gateway(g, name, qualifier, id);
    case 'proto':
      return numberedProtocol(g, protocolNumber(g, name, protocol, 'proto', id), protocol, id);
    case 'protochain':
      return protocolChain(g, protocolNumber(g, name, protocol, 'protochain', id), protocol, id);
  }
}

function namedNetwork(g: Generator, qualifier: Qualifier, { name, start, end }: Of<'name'>): Condition {
  const [text = ''] = g.names.networks(name);
  const network = parseIpv4(text);
  if (network === undefined || network.address === 0)
    throw g.error('name', `unknown network '${name}'`, { start, end }, g.nearestName('networks', name));
  return ipv4Hosts(g, [promoted(network)], qualifier);
}

/** An address of fewer than four octets is a network. */
const promoted = ({ address, bits }: Ipv4) => ({ address, mask: maskOf(bits) });

const maskOf = (bits: number): number => (bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);

/** A number as an address, where it is one. */
function numberAddress(g: Generator, { protocol, type }: Qualifier, id: Of<'number'>): Masked<number> | undefined {
  if (type !== undefined && type.word !== 'host' && type.word !== 'net') return undefined;
  if (protocol?.word === 'decnet') throw g.error('type', "'decnet' takes an address such as 10.120", id);
  if (protocol?.word === 'link') throw g.error('type', `'${id.value}' is no link address`, id);
  if (type === undefined && protocol !== undefined && isTransport(protocol.word)) throw portMissing(g, protocol, id);
  return type?.word === 'net' ? shortNetwork(id.value) : { address: id.value, mask: 0xffffffff };
}

function numbered(g: Generator, { protocol, type }: Qualifier, id: Of<'number'>): Condition {
  if (type?.word === 'proto') return numberedProtocol(g, id.value, protocol, id);
  if (type?.word === 'protochain') return protocolChain(g, id.value, protocol, id);
  throw g.error('type', `'${type?.word ?? 'host'}' takes the name of a host`, id);
}

/** `net 10` is 10.0.0.0/8: the leading octets that are 0 are taken for missing ones. */
function shortNetwork(value: number) {
  const missing = value === 0 ? 0 : Math.clz32(value) >>> 3;
  return { address: (value << (8 * missing)) >>> 0, mask: (0xffffffff << (8 * missing)) >>> 0 };
}

/** Refuses types that take no address at all. */
function checkAddressType(g: Generator, qualifier: Qualifier, what: string, id: Span): void {
  const type = qualifier.type?.word;
  if (type !== undefined && type !== 'host' && type !== 'net') throw mismatch(g, qualifier, what, id);
}

function ipv4(g: Generator, qualifier: Qualifier, id: Of<'ipv4'>): Masked<number> | undefined {
  const { protocol, type } = qualifier;
  checkAddressType(g, qualifier, 'IPv4 address', id);
  if (protocol?.word === 'decnet') return undefined;
  const address = readIpv4(g, id.text, id);
  if (protocol?.word === 'link') throw g.error('type', `'${id.text}' is no link address`, id);
  if (type?.word !== 'net' && address.bits < 32) {
    g.warn(
      `'${id.text}' has only ${address.bits / 8} octets: it stands for the network ${id.text}/${address.bits}`,
      id,
    );
  }
  return promoted(address);
}

function decnet(g: Generator, qualifier: Qualifier, id: Of<'ipv4'>): Condition {
  if (qualifier.type?.word === 'net') throw mismatch(g, qualifier, 'DECnet address', id);
  const address = parseDecnet(id.text);
  if (address === undefined) throw g.error('range', `'${id.text}' is no DECnet address from 0.0 to 63.1023`, id);
  return decnetAddress(g, address, qualifier);
}

function readIpv4(g: Generator, text: string, span: Span): Ipv4 {
  const address = parseIpv4(text);
  if (address === undefined) throw g.error('range', `'${text}' is no IPv4 address: an octet is from 0 to 255`, span);
  return address;
}

function ipv4Prefix(g: Generator, qualifier: Qualifier, id: Of<'ipv4-prefix'>): Masked<number> {
  const { address } = readNetwork(g, qualifier, id);
  const { length } = id;
  if (length.value > 32) throw g.error('range', `a prefix of IPv4 has at most 32 bits, found ${length.value}`, length);
  return network(g, address, maskOf(length.value), `/${length.value}`, id);
}

function ipv4Mask(g: Generator, qualifier: Qualifier, id: Of<'ipv4-mask'>): Masked<number> {
  const { address } = readNetwork(g, qualifier, id);
  const mask = readIpv4(g, id.mask.word, id.mask);
  return network(g, address, mask.address, ` mask ${id.mask.word}`, id);
}

function readNetwork(g: Generator, qualifier: Qualifier, id: Of<'ipv4-prefix' | 'ipv4-mask'>): Ipv4 {
  if (qualifier.protocol?.word === 'decnet') throw g.error('type', "'decnet' takes no network", id.address);
  if (qualifier.type?.word !== 'net') {
    const whole = g.settings.source.slice(id.start, id.end);
    throw g.error(
      'type',
      `'${qualifier.type?.word ?? 'host'}' takes no address with a mask`,
      id.address,
      `net ${whole}`,
    );
  }
  return readIpv4(g, id.text, id.address);
}

/** @param suffix how the mask was written */
function network(
  g: Generator,
  address: number,
  mask: number,
  suffix: string,
  id: Of<'ipv4-prefix' | 'ipv4-mask'>,
): Masked<number> {
  if ((address & ~mask) === 0) return { address, mask };
  const suggestion = `net ${dotted((address & mask) >>> 0)}${suffix}`;
  throw g.error('range', `'${id.text}${suffix}' has bits set that the mask leaves to hosts`, id, suggestion);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

/** The IPv6 address or network that an identifier stands for. */
export function ipv6Of(g: Generator, qualifier: Qualifier, id: Of<'ipv6'>): Masked<Ipv6> {
  checkAddressType(g, qualifier, 'IPv6 address', id);
  const address = parseIpv6(id.text);
  if (address === undefined) throw g.error('syntax', `'${id.text}' is no IPv6 address`, id.address);
  const length = id.length?.value ?? 128;
  if (length > 128) throw g.error('range', `a prefix of IPv6 has at most 128 bits, found ${length}`, id.length);
  const part = (at: 0 | 1 | 2 | 3) => maskOf(Math.min(32, Math.max(0, length - 32 * at)));
  const mask: Ipv6 = [part(0), part(1), part(2), part(3)];
  if (address.some((word, at) => (word & ~(mask[at] ?? 0)) !== 0)) {
    throw g.error('range', `'${id.text}/${length}' has bits set that the prefix leaves to hosts`, id);
  }
  if (qualifier.type?.word !== 'net' && length !== 128) {
    throw g.error('type', "'host' takes no address with a prefix length; 'net' does", id);
  }
  return { address, mask };
}

export function checkLinkAddress(g: Generator, qualifier: Qualifier, id: Span): void {
  const { protocol, type } = qualifier;
  if (type !== undefined && type.word !== 'host') throw mismatch(g, qualifier, 'link address', id);
  if (protocol?.word !== 'link')
    throw g.error(
      'type',
      "a link address needs 'ether' before it",
      id,
      `ether host ${g.settings.source.slice(id.start, id.end)}`,
    );
}
