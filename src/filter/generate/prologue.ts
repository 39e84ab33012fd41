// What must be found out before the first test: how long the radio header and the link header are, where they vary.
// Only what the filter looks at behind them is found out.

import { always, and, type Condition, not, or } from '../condition.js';
import type { Value, Variable } from '../value.js';
import type { Generator } from './generator.js';

const prismBytes = 144;
const ieee80211 = 105;

/** The condition that stands before the filter's own, once that has been generated; it sets variables. */
export function prologue(g: Generator): Condition {
  const { header, payload } = g.outer;
  const needsPayload = payload !== undefined && g.used.has(payload);
  const needsHeader = header !== undefined && (g.used.has(header) || needsPayload);
  return and(
    g.row.radio === 'ppi' ? g.equal('packet', 4, 4, ieee80211 << 24) : always,
    needsHeader ? radioLength(g, header) : always,
    needsPayload ? payloadOffset(g, payload) : always,
  );
}

function set(g: Generator, variable: Variable, value: Value): Condition {
  return { kind: 'steps', steps: [{ variable: variable.index, value }], span: g.span };
}

function radioLength(g: Generator, header: Variable): Condition {
  const { values } = g;
  const avs = set(g, header, values.load(4, 4));
  const { radio } = g.outer.row;
  if (radio === 'avs' || radio === undefined) return avs;
  if (radio === 'prism') {
    // Drivers that announce Prism headers may send AVS headers, which begin with a magic number.
    return or(and(g.masked('packet', 0, 4, 0x80211000, 0xfffff000), avs), set(g, header, values.constant(prismBytes)));
  }
  // A little-endian number.
  const high = values.alu('lsh', values.load(1, 3), values.constant(8));
  return set(g, header, values.alu('or', values.load(1, 2), high));
}

function payloadOffset(g: Generator, payload: Variable): Condition {
  const { row, header } = g.outer;
  const { values } = g;
  if (row.family === 'pflog') return set(g, payload, roundedUp(g, values.load(1, 0)));
  const frame = values.load(1, 0, header);
  const isData = g.match(frame, 0x0c, 0x08);
  const noQos = g.match(frame, 0x80, 0);
  const longer = set(g, payload, values.alu('add', payload, values.constant(2)));
  return and(
    set(g, payload, values.alu('add', header ?? values.constant(0), values.constant(24))),
    or(not(isData), and(or(noQos, longer), g.row.radio === 'radiotap' ? padding(g, payload) : always)),
  );
}

function roundedUp({ values }: Generator, value: Value): Value {
  return values.alu('and', values.alu('add', value, values.constant(3)), values.constant(0xfffffffc));
}

/** Atheros adapters pad the 802.11 header to four bytes, and say so in the flags of a radiotap header. */
function padding(g: Generator, payload: Variable): Condition {
  const present = g.load('packet', 4, 4); // little-endian: bit 0 is 0x01000000
  const has = (bit: number) => not(g.match(present, bit, 0));
  const padded = (offset: number) => g.anyOf('packet', offset, 0x20);
  const timed = 0x01000000;
  const flags = 0x02000000;
  const extended = 0x00000080;
  const flagged = or(and(has(timed), padded(16)), and(not(has(timed)), padded(8)));
  const round = set(g, payload, roundedUp(g, payload));
  return or(not(and(has(flags), not(has(extended)), flagged)), round);
}
