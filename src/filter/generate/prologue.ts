// What must be found out before the first test: how long the radio header and the link header are, where they vary.
// Only what the filter looks at behind them is found out.

import { type Assignment, always, and, type Condition, not, or } from '../condition.js';
import type { Value } from '../value.js';
import type { Generator } from './generator.js';

const prismBytes = 144;
const ieee80211 = 105;

/** The condition that stands before the filter's own, once that has been generated; it sets variables. */
export function prologue(g: Generator): Condition {
  const { row, header, payload } = g.outer;
  const needsPayload = g.used.has(payload);
  const needsHeader = row.radio !== undefined && (g.used.has(header) || needsPayload);
  return and(
    g.row.radio === 'ppi' ? g.equal('packet', 4, 4, ieee80211 << 24) : always,
    needsHeader ? radioLength(g) : always,
    needsPayload ? payloadOffset(g) : always,
  );
}

function set(g: Generator, ...steps: readonly Assignment[]): Condition {
  return { kind: 'steps', steps, span: g.span };
}

function radioLength(g: Generator): Condition {
  const { header } = g.outer;
  const { radio } = g.outer.row;
  const { values } = g;
  if (radio === undefined) return always;
  const avs = set(g, { variable: header.index, value: values.load(4, 4) });
  switch (radio) {
    case 'avs':
      return avs;
    case 'prism': {
      // Drivers that announce Prism headers may send AVS headers, which begin with a magic number.
      const prism = set(g, { variable: header.index, value: values.constant(prismBytes) });
      return or(and(g.masked('packet', 0, 4, 0x80211000, 0xfffff000), avs), prism);
    }
    case 'radiotap':
    case 'ppi': {
      // A little-endian number.
      const high = values.alu('lsh', values.load(1, 3), values.constant(8));
      return set(g, { variable: header.index, value: values.alu('or', values.load(1, 2), high) });
    }
  }
}

function payloadOffset(g: Generator): Condition {
  const { row, header, payload } = g.outer;
  const { values } = g;
  if (row.family === 'pflog') {
    const length = values.load(1, 0);
    return set(g, { variable: payload.index, value: roundedUp(g, length) });
  }
  const base: Value = row.radio === undefined ? values.constant(0) : header;
  const frame = row.radio === undefined ? values.load(1, 0) : values.load(1, 0, header);
  const isData = g.match(frame, 0x0c, 0x08);
  const noQos = g.match(frame, 0x80, 0);
  const longer = set(g, { variable: payload.index, value: values.alu('add', payload, values.constant(2)) });
  return and(
    set(g, { variable: payload.index, value: values.alu('add', base, values.constant(24)) }),
    or(not(isData), and(or(noQos, longer), g.row.radio === 'radiotap' ? padding(g) : always)),
  );
}

function roundedUp({ values }: Generator, value: Value): Value {
  return values.alu('and', values.alu('add', value, values.constant(3)), values.constant(0xfffffffc));
}

/** Atheros adapters pad the 802.11 header to four bytes, and say so in the flags of a radiotap header. */
function padding(g: Generator): Condition {
  const { payload } = g.outer;
  const present = g.load('packet', 4, 4); // little-endian: bit 0 is 0x01000000
  const has = (bit: number) => not(g.match(present, bit, 0));
  const padded = (offset: number) => g.anyOf('packet', offset, 0x20);
  const timed = 0x01000000;
  const flags = 0x02000000;
  const extended = 0x00000080;
  const flagged = or(and(has(timed), padded(16)), and(not(has(timed)), padded(8)));
  const round = set(g, { variable: payload.index, value: roundedUp(g, payload) });
  return or(not(and(has(flags), not(has(extended)), flagged)), round);
}
