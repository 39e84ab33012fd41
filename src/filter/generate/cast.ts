// `broadcast` and `multicast`, of the link and of IP.

import type { Word } from '../ast.js';
import { and, type Condition, or } from '../condition.js';
import type { Protocol } from '../words.js';
import { etherType } from './constants.js';
import type { Generator } from './generator.js';
import { badProtocol } from './host.js';
import { headerCheck, linkProtocol } from './link.js';
import { wlanHost, wlanMulticast } from './wlan.js';

const toAll = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const destination = 16;

export function broadcast(g: Generator, protocol: Word<Protocol> | undefined, keyword: Word): Condition {
  if (protocol === undefined || protocol.word === 'link') return linkBroadcast(g, keyword);
  if (protocol.word !== 'ip') throw badProtocol(g, protocol, 'broadcast');
  const { netmask } = g.settings;
  if (netmask === undefined)
    throw g.error('type', "'ip broadcast' needs the netmask of the network, which is not known", keyword);
  const host = ~netmask >>> 0;
  const none = g.masked('network', destination, 4, 0, host);
  const all = g.masked('network', destination, 4, host, host);
  return and(linkProtocol(g, etherType.ip), or(none, all));
}

function linkBroadcast(g: Generator, keyword: Word): Condition {
  const { family, address } = g.row;
  if (family === 'wlan') return wlanHost(g, toAll, 'dst');
  if (address === undefined) throw g.notHere('broadcast', keyword);
  // ARCnet's broadcast address is 0.
  if (address.bytes === 1) return g.equal('header', address.dst, 1, family === 'arcnet' ? 0 : 0xff);
  const check = headerCheck(g);
  const host = g.bytes('header', address.dst, toAll);
  return check === undefined ? host : and(check, host);
}

export function multicast(g: Generator, protocol: Word<Protocol> | undefined, keyword: Word): Condition {
  switch (protocol?.word) {
    case undefined:
    case 'link':
      return linkMulticast(g, keyword);
    case 'ip':
      return and(linkProtocol(g, etherType.ip), g.masked('network', destination, 1, 0xe0, 0xf0));
    case 'ip6':
      return and(linkProtocol(g, etherType.ipv6), g.equal('network', 24, 1, 0xff));
    default:
      throw badProtocol(g, protocol ?? keyword, 'multicast');
  }
}

function linkMulticast(g: Generator, keyword: Word): Condition {
  const { family, address } = g.row;
  if (family === 'wlan') return wlanMulticast(g);
  if (family === 'arcnet' && address !== undefined) return g.equal('header', address.dst, 1, 0);
  if (address?.bytes !== 6) throw g.notHere('multicast', keyword);
  const check = headerCheck(g);
  const group = g.anyOf('header', address.dst, 1);
  return check === undefined ? group : and(check, group);
}
