// Arithmetic: `tcp[13] & 2 != 0`, `len - ip[2:2] > 20`, `byte 0 & 1`.
//
// An accessor asks first whether the packet is of its protocol at all; of a transport over IPv4 also whether it is the
// first fragment. All such questions of a relation come before any of its values is computed.

import { type AluName, cellCount } from '../../classic/rows.js';
import type { Accessor, Arithmetic, Binary, NumberNode, Operator, Relation } from '../ast.js';
import { and, type Comparator, type Condition, not, or } from '../condition.js';
import type { Value } from '../value.js';
import type { Protocol } from '../words.js';
import { etherType, ipProtocol } from './constants.js';
import type { Generator, Offset } from './generator.js';
import { linkProtocol } from './link.js';
import { notLaterFragment } from './port.js';
import { protocolAlone } from './protocol.js';
import { behind, walked } from './walk.js';

/** A value, and what must hold before it means anything. */
interface Guarded {
  readonly value: Value;
  readonly guards: readonly Condition[];
}

const operations: Readonly<Record<Operator, AluName>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'mod',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
  '<<': 'lsh',
  '>>': 'rsh',
};

/** Each relation as a comparison, or as the opposite of one. */
const relations: Readonly<Record<Relation, { readonly comparator: Comparator; readonly holds: boolean }>> = {
  '=': { comparator: 'equal', holds: true },
  '!=': { comparator: 'equal', holds: false },
  '>': { comparator: 'above', holds: true },
  '<=': { comparator: 'above', holds: false },
  '>=': { comparator: 'at-least', holds: true },
  '<': { comparator: 'at-least', holds: false },
};

export function relate(g: Generator, relation: Relation, left: Arithmetic, right: Arithmetic): Condition {
  if (cellsOf(left) > cellCount || cellsOf(right) >= cellCount) throw g.outOfCells(left);
  const a = arithmetic(g, left);
  const b = arithmetic(g, right);
  const { comparator, holds } = relations[relation];
  const comparison = compared(g, comparator, a.value, b.value);
  const [first, ...rest] = [...a.guards, ...b.guards, holds ? comparison : not(comparison)];
  return first === undefined ? comparison : and(first, ...rest);
}

/** How many intermediate results libpcap holds at once, computing them in the order of the text: it refuses more. */
function cellsOf(node: Arithmetic): number {
  switch (node.kind) {
    case 'number':
    case 'length':
      return 1;
    case 'negative':
      return cellsOf(node.operand);
    case 'accessor':
      return Math.max(2, cellsOf(node.index));
    case 'binary':
      return Math.max(cellsOf(node.left), 1 + cellsOf(node.right));
  }
}

/** A comparison, of one value with a constant where the right side is one. */
export function compared(g: Generator, comparator: Comparator, left: Value, right: Value): Condition {
  if (right.kind !== 'constant') return g.test({ kind: 'compare', relation: comparator, left, right });
  switch (comparator) {
    case 'equal':
      return g.match(left, 0xffffffff, right.k);
    case 'above':
      return g.above(left, right.k);
    case 'at-least':
      return g.atLeast(left, right.k);
  }
}

function arithmetic(g: Generator, node: Arithmetic): Guarded {
  switch (node.kind) {
    case 'number':
      return { value: g.values.constant(node.value), guards: [] };
    case 'length':
      return { value: g.values.length(), guards: [] };
    case 'negative': {
      const { value, guards } = arithmetic(g, node.operand);
      return { value: g.values.negated(value), guards };
    }
    case 'binary':
      return binary(g, node);
    case 'accessor':
      return accessor(g, node);
  }
}

function binary(g: Generator, node: Binary): Guarded {
  const left = arithmetic(g, node.left);
  const right = arithmetic(g, node.right);
  checkOperand(g, node);
  const value = g.values.alu(operations[node.operator], left.value, right.value);
  // As in libpcap the guards of the right side are lost: `ip[0] + udp[2]` asks for IP alone. The extended dialect keeps them.
  return { value, guards: g.extended ? [...left.guards, ...right.guards] : left.guards };
}

/**
 * Refuses a division by zero and a shift by more than 31, as far as libpcap sees them: it looks at the first number of
 * the right side, whatever is made of it, so that it refuses `len / ip[0]` as well.
 */
function checkOperand(g: Generator, { operator, right }: Binary): void {
  const first = firstNumber(right);
  if (first === undefined) return;
  if ((operator === '/' || operator === '%') && first.value === 0) throw g.error('range', 'division by zero', first);
  if ((operator === '<<' || operator === '>>') && first.value > 31) {
    throw g.error('range', `shift by ${first.value}, which is more than 31 bits`, first);
  }
}

function firstNumber(node: Arithmetic): NumberNode | undefined {
  switch (node.kind) {
    case 'number':
      return node;
    case 'length':
      return undefined;
    case 'negative':
      return firstNumber(node.operand);
    case 'binary':
      return firstNumber(node.left);
    case 'accessor':
      return firstNumber(node.index);
  }
}

type Accessible = 'link' | 'radio' | 'network' | 'transport' | 'icmp6';

/** Where the bytes of each protocol that can be indexed are. */
const accessible: Partial<Readonly<Record<Protocol, Accessible>>> = {
  link: 'link',
  radio: 'radio',
  ip: 'network',
  ip6: 'network',
  arp: 'network',
  rarp: 'network',
  atalk: 'network',
  decnet: 'network',
  sca: 'network',
  lat: 'network',
  moprc: 'network',
  mopdl: 'network',
  tcp: 'transport',
  udp: 'transport',
  sctp: 'transport',
  icmp: 'transport',
  igmp: 'transport',
  igrp: 'transport',
  pim: 'transport',
  vrrp: 'transport',
  carp: 'transport',
  icmp6: 'icmp6',
};

const ipv6HeaderLength = 40;

function accessor(g: Generator, node: Accessor): Guarded {
  const index = arithmetic(g, node.index);
  const size = sizeOf(g, node.size);
  const { protocol } = node;
  const within = accessible[protocol.word];
  if (within === undefined) throw g.error('type', `bytes of '${protocol.word}' can't be indexed`, protocol);
  const at = (place: Offset, more = 0): Value => {
    const base = g.read(place.base);
    const offset = base === undefined ? index.value : g.values.alu('add', index.value, base);
    return g.values.load(size, place.constant + more, offset);
  };
  switch (within) {
    case 'link':
      return { value: at(g.header), guards: index.guards };
    case 'radio':
      if (g.row.radio === undefined || g.row.radio === 'ppi') throw g.notHere('radio', protocol);
      return { value: g.values.load(size, 0, index.value), guards: index.guards };
    case 'network':
      return { value: at(g.payload, g.network), guards: [...index.guards, protocolAlone(g, protocol)] };
    case 'icmp6': {
      if (g.extended) return behindExtensions(g, ipProtocol.icmp6, index, size);
      const guards = [...index.guards, linkProtocol(g, etherType.ipv6, protocol)];
      const carried = g.equal('network', 6, 1, ipProtocol.icmp6);
      return { value: at(g.payload, g.network + ipv6HeaderLength), guards: [...guards, carried] };
    }
    case 'transport': {
      const number = g.extended ? overBoth.get(protocol.word) : undefined;
      if (number !== undefined) return overEither(g, number, index, size);
      const offset = g.values.alu('add', index.value, g.ipv4HeaderLength());
      const value = g.values.load(size, g.payload.constant + g.network, offset);
      const first = and(protocolAlone(g, protocol), notLaterFragment(g));
      return { value, guards: [linkProtocol(g, etherType.ip, protocol), ...index.guards, first] };
    }
  }
}

/** Bytes of a header behind IPv6 extension headers. */
function behindExtensions(g: Generator, protocol: number, index: Guarded, size: 1 | 2 | 4): Guarded {
  const six = walked(g);
  const value = behind(g, g.values.alu('add', index.value, six.at), 0, size);
  return { value, guards: [...index.guards, six.condition, g.match(six.protocol, 0xffffffff, protocol)] };
}

/** Protocols that IPv6 carries as well. */
const overBoth: ReadonlyMap<Protocol, number> = new Map(
  (['tcp', 'udp', 'sctp', 'pim'] as const).map((name) => [name, ipProtocol[name]]),
);

/** Bytes of a transport header over either IP: what guards them sets where that header begins. */
function overEither(g: Generator, protocol: number, index: Guarded, size: 1 | 2 | 4): Guarded {
  g.transport ??= g.fresh();
  const { transport } = g;
  const begins = (value: Value): Condition => {
    return { kind: 'steps', steps: [{ variable: transport.index, value }], span: g.span };
  };
  const six = walked(g);
  const over6 = and(six.condition, g.match(six.protocol, 0xffffffff, protocol), begins(six.at));
  const isProtocol = g.equal('network', 9, 1, protocol);
  const over4 = and(linkProtocol(g, etherType.ip), isProtocol, notLaterFragment(g), begins(g.ipv4HeaderLength()));
  const value = behind(g, g.values.alu('add', index.value, transport), 0, size);
  return { value, guards: [...index.guards, or(over4, over6)] };
}

function sizeOf(g: Generator, node: NumberNode | undefined): 1 | 2 | 4 {
  if (node === undefined) return 1;
  const { value } = node;
  if (value === 1 || value === 2 || value === 4) return value;
  throw g.error('range', `expected a size of 1, 2 or 4 bytes, found ${value}`, node);
}

/** `byte N op V`: a byte of the link header. */
export function byteTest(
  g: Generator,
  index: number,
  operator: '=' | '<' | '>' | '&' | '|',
  value: NumberNode,
): Condition {
  g.limit('byte', value.value, 0xff, value);
  const byte = g.load('header', index, 1);
  const k = value.value;
  switch (operator) {
    case '=':
      return g.match(byte, 0xffffffff, k);
    case '>':
      return g.above(byte, k);
    case '<':
      return not(g.atLeast(byte, k));
    case '&':
      return not(g.match(byte, k, 0));
    case '|':
      return not(g.match(g.values.alu('or', byte, g.values.constant(k)), 0xffffffff, 0));
  }
}
