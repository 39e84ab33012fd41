// The error for a word that the language does not have: what it resembles, or whose syntax it is.

import type { BpfError, Span } from '../base/error.js';
import type { Cursor } from './cursor.js';
import { portHint, wordHint } from './hint.js';
import { clipped } from './lex.js';

/** Fields of Wireshark's display filters and what a capture filter says instead. */
const displayFields: Readonly<Record<string, string>> = {
  'ip.addr': 'host',
  'ip.src': 'src host',
  'ip.dst': 'dst host',
  'ip.host': 'host',
  'ip.proto': 'ip proto',
  'ipv6.addr': 'ip6 host',
  'ipv6.src': 'ip6 src host',
  'ipv6.dst': 'ip6 dst host',
  'eth.addr': 'ether host',
  'eth.src': 'ether src host',
  'eth.dst': 'ether dst host',
  'eth.type': 'ether proto',
  'tcp.port': 'tcp port',
  'tcp.srcport': 'tcp src port',
  'tcp.dstport': 'tcp dst port',
  'tcp.flags': 'tcp[tcpflags]',
  'udp.port': 'udp port',
  'udp.srcport': 'udp src port',
  'udp.dstport': 'udp dst port',
  'sctp.port': 'sctp port',
  'icmp.type': 'icmp[icmptype]',
  'vlan.id': 'vlan',
  'frame.len': 'len',
  'mpls.label': 'mpls',
  'tcp.flags.syn': 'tcp[tcpflags] & tcp-syn != 0',
  'tcp.flags.ack': 'tcp[tcpflags] & tcp-ack != 0',
  'tcp.flags.fin': 'tcp[tcpflags] & tcp-fin != 0',
  'tcp.flags.reset': 'tcp[tcpflags] & tcp-rst != 0',
  'tcp.flags.push': 'tcp[tcpflags] & tcp-push != 0',
  'ip.ttl': 'ip[8]',
  'ip.len': 'ip[2:2]',
  'ip.id': 'ip[4:2]',
  'ip.version': 'ip[0] >> 4',
  'ipv6.hlim': 'ip6[7]',
  'icmp.code': 'icmp[icmpcode]',
  'icmpv6.type': 'icmp6[icmp6type]',
  'udp.length': 'udp[4:2]',
  arp: 'arp',
  dns: 'port 53',
  http: 'tcp port 80',
  https: 'tcp port 443',
  tls: 'tcp port 443',
  ssl: 'tcp port 443',
  ssh: 'tcp port 22',
};

/** Display filters write relations as words, too. */
const relations: Readonly<Record<string, string>> = { eq: '=', ne: '!=', gt: '>', lt: '<', ge: '>=', le: '<=' };

/** Protocols that begin the names of display filters' fields. */
const displayProtocols =
  /^(?:arp|dhcp|dns|eth|frame|http2?|icmp|icmpv6|ip|ipv6|mpls|quic|sctp|ssh|ssl|tcp|tls|udp|vlan|wlan)\./;

export function unknownWord(cursor: Cursor, word: string, span: Span): BpfError {
  const capture = displayFields[word];
  if (capture !== undefined) return displayField(cursor, word, capture, span);
  const compared = cursor.symbol(1) !== undefined || Object.hasOwn(relations, textAt(cursor, 1));
  if (/^[a-z0-9]+\.[a-z0-9_.]+$/.test(word) && (compared || displayProtocols.test(word))) {
    return cursor.error(
      'name',
      `'${clipped(word)}' looks like a display filter's field, which capture filters don't have`,
      span,
    );
  }
  return cursor.error('name', `unknown word '${clipped(word)}'`, span, wordHint(word));
}

/** What a capture filter says instead of a field, with the value that it is compared with. */
function displayField(cursor: Cursor, word: string, capture: string, span: Span): BpfError {
  const written = textAt(cursor, 1);
  const relation = Object.hasOwn(relations, written) ? relations[written] : cursor.symbol(1);
  const value = relation === undefined ? '' : textAt(cursor, 2);
  return cursor.error('name', `'${word}' belongs to display filters`, span, said(capture, relation, value));
}

function said(capture: string, relation: string | undefined, value: string): string {
  if (relation === undefined || value === '' || capture.includes('!=')) return capture;
  if (capture.includes('[') || capture === 'len') return `${capture} ${relation} ${value}`;
  if (relation === '=') return `${capture} ${value}`;
  return relation === '!=' ? `not ${capture} ${value}` : (portHint(relation, Number(value)) ?? capture);
}

const textAt = (cursor: Cursor, ahead: number): string => cursor.textOf(cursor.peek(ahead));
