// The extended dialect's way to the transport header of an IPv6 packet: over its extension headers (RFC 8200), as many as
// the standard expects at the most.
//
//   next = Next Header; at = 40
//   as often as there may be headers:
//     fragment:        a first one: next = its next; at += 8; a later one: there is no transport header
//     authentication:  next = its next; at += (its length + 2) * 4
//     other extension: next = its next; at += (its length + 1) * 8

import { always, and, type Condition, not, or } from '../condition.js';
import type { Load, Value, Variable } from '../value.js';
import { etherType, ipProtocol } from './constants.js';
import type { Generator } from './generator.js';
import { linkProtocol } from './link.js';

/** Hop-by-hop and destination options, routing, mobility, HIP, shim6: RFC 7045 lists them. */
const extensionHeaders = [0, 60, 43, 135, 139, 140];
const ipv6HeaderLength = 40;
const mostHeaders = 6;

/** The headers behind an IPv6 header, once they have been walked over. */
export interface Walked {
  /** Holds for IPv6 packets with a transport header; it sets what the others read. */
  readonly condition: Condition;
  readonly protocol: Value;
  /** Where the transport header begins, from the network header on, plus what varies before that. */
  readonly at: Variable;
}

/** Walks to the transport header. */
export function walked(g: Generator): Walked {
  const { next, at } = variables(g);
  const base = g.read(g.payload.base);
  const { values } = g;
  const start = values.constant(ipv6HeaderLength);
  const begin = steps(g, [
    [next, g.load('network', 6, 1)],
    [at, base === undefined ? start : values.alu('add', base, start)],
  ]);
  const rounds = Array.from({ length: mostHeaders }, () => round(g, next, at));
  return { condition: and(linkProtocol(g, etherType.ipv6), begin, ...rounds), protocol: next, at };
}

/** Bytes of the header that begins at a variable. */
export function behind(g: Generator, at: Value, offset: number, size: 1 | 2 | 4): Load {
  return g.values.load(size, g.payload.constant + g.network + offset, at);
}

function variables(g: Generator): { readonly next: Variable; readonly at: Variable } {
  g.walk ??= { next: g.fresh(), at: g.fresh() };
  return g.walk;
}

function steps(g: Generator, all: readonly (readonly [Variable, Value])[]): Condition {
  return { kind: 'steps', steps: all.map(([{ index }, value]) => ({ variable: index, value })), span: g.span };
}

/** Over one header, if it is an extension; fails in a later fragment. */
function round(g: Generator, next: Variable, at: Variable): Condition {
  const is = (protocol: number) => g.match(next, 0xffffffff, protocol);
  const over = (length: Value) => {
    return steps(g, [
      [next, behind(g, at, 0, 1)],
      [at, g.values.alu('add', at, length)],
    ]);
  };
  const [first = always, ...others] = extensionHeaders.map(is);
  const isFirst = g.match(behind(g, at, 2, 2), 0xfff8, 0);
  return or(
    and(is(ipProtocol.fragment), isFirst, over(g.values.constant(8))),
    and(
      not(is(ipProtocol.fragment)),
      or(
        and(is(ipProtocol.ah), over(counted(g, at, 2, 4))),
        and(or(first, ...others), over(counted(g, at, 1, 8))),
        always,
      ),
    ),
  );
}

/** A length that the header's second byte counts in units, less some that are always there. */
function counted(g: Generator, at: Variable, more: number, unit: number): Value {
  const { values } = g;
  const length = values.alu('add', behind(g, at, 1, 1), values.constant(more));
  return values.alu('mul', length, values.constant(unit));
}
