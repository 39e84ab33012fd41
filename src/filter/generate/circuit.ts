// ATM circuits, as Sun's pseudo-header shows them.
//
//   byte 0              1     2-3   4
//   … what it carries   VPI   VCI   the cell's payload

import type { Comparison, Word } from '../ast.js';
import { and, type Condition, or } from '../condition.js';
import type { Generator } from './generator.js';
import { atmPayload, lanePayload } from './link.js';
import { fieldTests } from './signal.js';

const payloadStart = 4;
const messageType = 5;

/** Circuits that are known by their VCI, on VPI 0. */
const circuits: Readonly<Record<string, readonly number[]>> = {
  metac: [1],
  bcc: [2],
  oamf4sc: [3],
  oamf4ec: [4],
  sc: [5],
  ilmic: [16],
  oam: [3, 4],
  oamf4: [3, 4],
};

/** Q.2931 messages that set up and tear down: setup, call proceeding, connect, release, release complete. */
const messages = [0x05, 0x02, 0x07, 0x4d, 0x5a];
const connectAck = 0x0f;

const vpi = (g: Generator, value: number) => g.equal('header', 1, 1, value);
const vci = (g: Generator, value: number) => g.equal('header', 2, 2, value);

function assertAtm(g: Generator, keyword: Word): void {
  if (g.row.family !== 'atm') throw g.notHere(keyword.word, keyword);
}

export function circuit(g: Generator, keyword: Word): Condition {
  assertAtm(g, keyword);
  if (keyword.word === 'lane') return lane(g);
  if (keyword.word === 'connectmsg') return and(known(g, 'sc'), message(g, [...messages, connectAck]));
  if (keyword.word === 'metaconnect') return and(known(g, 'metac'), message(g, messages));
  return known(g, keyword.word);
}

function known(g: Generator, name: string): Condition {
  const [first = 0, ...rest] = circuits[name] ?? [];
  return and(vpi(g, 0), or(vci(g, first), ...rest.map((value) => vci(g, value))));
}

function message(g: Generator, types: readonly number[]): Condition {
  const [first = 0, ...rest] = types;
  const is = (type: number) => g.equal('header', payloadStart + messageType, 1, type);
  return or(is(first), ...rest.map(is));
}

/** What follows is about the Ethernet frame that LAN emulation carries. */
function lane(g: Generator): Condition {
  const condition = atmPayload(g, lanePayload);
  const header = payloadStart + 2;
  g.enter('EN10MB', { base: undefined, constant: header });
  g.type = { base: undefined, constant: header + 12 };
  g.payload = { base: undefined, constant: header + 14 };
  g.network = 0;
  g.plain = 3;
  return condition;
}

export function circuitField(g: Generator, keyword: Word<'vpi' | 'vci'>, values: readonly Comparison[]): Condition {
  assertAtm(g, keyword);
  const wide = keyword.word === 'vci';
  const field = {
    value: g.load('header', wide ? 2 : 1, wide ? 2 : 1),
    largest: wide ? 0xffff : 0xff,
    encode: (n: number) => n,
  };
  return fieldTests(g, keyword, field, values);
}
