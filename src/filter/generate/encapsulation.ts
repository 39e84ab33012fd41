// Headers that carry others: `vlan`, `mpls`, `pppoes`. Each moves what follows into what it carries.

import type { Encapsulation, NumberNode, Word } from '../ast.js';
import { and, type Condition, not, or } from '../condition.js';
import { etherType, pppProtocol } from './constants.js';
import type { Generator } from './generator.js';
import { linkProtocol } from './link.js';
import { geneve, vxlan } from './tunnel.js';

const tagBytes = 4;
const labelBytes = 4;
const pppoeHeaderBytes = 6;

/** @param last the last of a range of tags that begins with `number` */
export function encapsulation(
  g: Generator,
  keyword: Word<Encapsulation>,
  number: NumberNode | undefined,
  last: NumberNode | undefined,
): Condition {
  switch (keyword.word) {
    case 'vlan':
      return vlan(g, keyword, number, last);
    case 'mpls':
      return mpls(g, keyword, number);
    case 'pppoes':
      return pppoes(g, number);
    case 'geneve':
      return geneve(g, number);
    case 'vxlan':
      return vxlan(g, number);
  }
}

function vlan(g: Generator, keyword: Word, number: NumberNode | undefined, last: NumberNode | undefined): Condition {
  if (g.labels > 0) throw g.error('type', "'vlan' can't be told behind an MPLS label", keyword);
  const { family, radio } = g.row;
  if (family !== 'ethernet' && (family !== 'wlan' || radio === 'ppi')) throw g.notHere('vlan', keyword);
  const { vlan: tagged, vlanStacked, vlanOld } = etherType;
  const tag = or(linkProtocol(g, tagged), linkProtocol(g, vlanStacked), linkProtocol(g, vlanOld));
  const condition = number === undefined ? tag : and(tag, identified(g, number, last));
  g.payload = { ...g.payload, constant: g.payload.constant + tagBytes };
  g.type = { ...g.type, constant: g.type.constant + tagBytes };
  return condition;
}

function identified(g: Generator, number: NumberNode, last: NumberNode | undefined): Condition {
  g.limit('VLAN tag', number.value, 0xfff, number);
  if (last !== undefined) return between(g, number, last);
  return g.masked('network', 0, 2, number.value, 0xfff);
}

function between(g: Generator, one: NumberNode, other: NumberNode): Condition {
  g.limit('VLAN tag', other.value, 0xfff, other);
  const tag = g.values.alu('and', g.load('network', 0, 2), g.values.constant(0xfff));
  const [least, most] = [Math.min(one.value, other.value), Math.max(one.value, other.value)];
  return and(g.atLeast(tag, least), not(g.above(tag, most)));
}

function mpls(g: Generator, keyword: Word, number: NumberNode | undefined): Condition {
  const label = g.labels > 0 ? g.masked('network', -2, 1, 0, 1) : firstLabel(g, keyword);
  const condition = number === undefined ? label : and(label, labelled(g, number));
  g.network += labelBytes;
  g.plain += labelBytes;
  g.labels++;
  return condition;
}

function firstLabel(g: Generator, keyword: Word): Condition {
  const { family } = g.row;
  if (family === 'hdlc' || family === 'ethernet') return linkProtocol(g, etherType.mpls);
  if (g.link.name === 'PPP') return linkProtocol(g, pppProtocol.mpls);
  throw g.notHere('mpls', keyword);
}

function labelled(g: Generator, number: NumberNode): Condition {
  g.limit('MPLS label', number.value, 0xfffff, number);
  return g.masked('network', 0, 4, number.value << 12, 0xfffff000);
}

function pppoes(g: Generator, number: NumberNode | undefined): Condition {
  const session = linkProtocol(g, etherType.pppoes);
  const condition = number === undefined ? session : and(session, numbered(g, number));
  const { base, constant } = g.payload;
  g.enter('PPP', { base, constant: constant + g.network + pppoeHeaderBytes });
  g.type = g.header;
  g.payload = { base, constant: g.header.constant + 2 };
  g.network = 0;
  g.plain = 0;
  return condition;
}

function numbered(g: Generator, number: NumberNode): Condition {
  g.limit('PPPoE session', number.value, 0xffff, number);
  return g.equal('network', 2, 2, number.value);
}
