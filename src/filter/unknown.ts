// The error for a word that the language does not have: what it resembles, or whose syntax it is.

import type { BpfError, Span } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import type { Cursor } from './cursor.js';
import { clipped } from './lex.js';
import { keywords } from './words.js';

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
  arp: 'arp',
  dns: 'port 53',
  http: 'tcp port 80',
  https: 'tcp port 443',
  tls: 'tcp port 443',
  ssh: 'tcp port 22',
};

export function unknownWord(cursor: Cursor, word: string, span: Span): BpfError {
  const capture = displayFields[word];
  if (capture !== undefined) return displayField(cursor, word, capture, span);
  if (/^[a-z0-9]+\.[a-z0-9_.]+$/.test(word) && cursor.symbol(1) !== undefined) {
    return cursor.error(
      'name',
      `'${clipped(word)}' looks like a display filter's field, which capture filters don't have`,
      span,
    );
  }
  return cursor.error('name', `unknown word '${clipped(word)}'`, span, nearest(word, keywords.keys()));
}

function displayField(cursor: Cursor, word: string, capture: string, span: Span): BpfError {
  const value = cursor.symbol(1) === '=' ? cursor.peek(2) : undefined;
  const text = value === undefined ? '' : ` ${cursor.source.slice(value.start, value.end)}`;
  const said = capture.includes('[') ? capture : `${capture}${text}`;
  return cursor.error('name', `'${word}' belongs to display filters`, span, said);
}
