// `inbound`, `outbound` and `ifindex`, of the link types whose headers say so.

import type { NumberNode, Word } from '../ast.js';
import { type Condition, not } from '../condition.js';
import type { Generator } from './generator.js';

/** A field that tells the direction, and its values. */
interface Field {
  readonly offset: number;
  readonly size: 1 | 2;
  readonly mask: number;
  /** undefined: whatever is not outbound */
  readonly inbound: number | undefined;
  readonly outbound: number;
}

const byte = (offset: number, mask: number, inbound: number | undefined, outbound: number): Field => {
  return { offset, size: 1, mask, inbound, outbound };
};

const fields: Readonly<Record<string, Field>> = {
  SLIP: byte(0, 0xff, 0, 1),
  IPNET: { offset: 2, size: 2, mask: 0xffff, inbound: 2, outbound: 1 },
  LINUX_SLL: { offset: 0, size: 2, mask: 0xffff, inbound: undefined, outbound: 4 },
  LINUX_SLL2: byte(10, 0xff, undefined, 4),
  PFLOG: byte(60, 0xff, 1, 2),
  PPP_PPPD: byte(0, 0xff, 0, 1),
  DSA_TAG_BRCM: byte(12, 0xe0, 0, 0x20),
  DSA_TAG_DSA: byte(12, 0x40, 0, 0x40),
};
const juniper = byte(3, 0x01, 1, 0);

export function packetDirection(g: Generator, direction: Word<'inbound' | 'outbound'>): Condition {
  const field = g.row.family === 'juniper' ? juniper : fields[g.link.name];
  if (field === undefined) throw g.notHere(direction.word, direction);
  const is = (value: number) => g.masked('header', field.offset, field.size, value, field.mask);
  if (direction.word === 'outbound') return is(field.outbound);
  return field.inbound === undefined ? not(is(field.outbound)) : is(field.inbound);
}

export function interfaceIndex(g: Generator, keyword: Word, value: NumberNode): Condition {
  if (g.link.name !== 'LINUX_SLL2') throw g.notHere('ifindex', keyword);
  return g.equal('header', 4, 4, value.value);
}
