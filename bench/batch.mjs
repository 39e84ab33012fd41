// The parts hot, warm and big: many packets in one call, and a packet a call on views that are there already.

import { filter as filterOf } from '../dist/index.js';
import { filters } from './filters.mjs';
import { measure, packetsOf, regimes } from './measure.mjs';
import { compiledByClang, peers } from './peers.mjs';
import { geometric, markdown } from './report.mjs';

const snaplen = 262144;
const candidates = ['touch', 'libpcap', 'clang', 'batch'];
const sizes = ['small', 'four ports', '50 hosts', '200 hosts and nets'];

/** The part of a regime. */
export function batch(name) {
  return {
    measure: ({ short }) => rowsOf(short ? { ...regimes[name], rounds: 3, passes: 1 } : regimes[name]),
    table: (rows) => `### ${name}: ns a packet\n\n${table(rows)}`,
    chart: (rows) => ({
      title: `${name}: nanoseconds a packet`,
      series: ['touch', 'libpcap', 'clang -O2', 'unibpf batch'],
      groups: rows.map((row) => ({ name: row.name, values: candidates.map((candidate) => row[candidate]) })),
    }),
  };
}

/** @returns rows `{ name, size, touch, libpcap, clang, batch }`, nanoseconds a packet */
function rowsOf(regime) {
  const packets = packetsOf(regime);
  return filters.map(({ name, size, expression }) => {
    const program = peers.compile(expression, snaplen);
    const clang = compiledByClang(name, program);
    const filter = filterOf(expression, { snaplen, engine: 'jit' });
    const times = timed({ name, program, clang, filter }, packets, regime);
    filter.close();
    return { name, size, ...times };
  });
}

function timed({ name, program, clang, filter }, packets, regime) {
  const [data, offsets, captured, lengths] = packets;
  const verdicts = new Uint32Array(offsets.length);
  const runs = {
    touch: () => peers.touch(...packets, verdicts),
    libpcap: () => peers.interpret(program, ...packets, verdicts),
    clang: () => clang(...packets, verdicts),
    batch: () => filter.runBatch(data, offsets, captured, verdicts, lengths),
  };
  compareVerdicts(name, runs, verdicts);
  return measure(runs, regime);
}

/** All candidates but the one that only touches. */
export function compareVerdicts(name, { libpcap, touch: _, ...others }, verdicts) {
  libpcap();
  const expected = verdicts.slice();
  for (const [candidate, run] of Object.entries(others)) {
    verdicts.fill(0xdead);
    run();
    const wrong = verdicts.findIndex((verdict, i) => verdict !== expected[i]);
    if (wrong < 0) continue;
    throw new Error(`${name}: ${candidate} says ${verdicts[wrong]} of packet ${wrong}, libpcap ${expected[wrong]}`);
  }
}

function table(rows) {
  const head = ['filter', 'touch', 'libpcap', 'clang -O2', 'unibpf batch', ': touch', ': clang', ': libpcap'];
  const lines = rows.map((row) => [
    row.name,
    ...candidates.map((candidate) => row[candidate].toFixed(1)),
    ...['touch', 'clang', 'libpcap'].map((other) => (row.batch / row[other]).toFixed(2)),
  ]);
  const means = sizes.map((size) => {
    const group = rows.filter((row) => row.size === size);
    const mean = (other) => geometric(group.map((row) => row.batch / row[other])).toFixed(2);
    return [size, mean('touch'), mean('clang'), mean('libpcap')];
  });
  return [
    markdown(head, lines),
    'Geometric means of the batch, as a ratio:',
    markdown(['filters', ': touch', ': clang -O2', ': libpcap'], means),
  ].join('\n\n');
}
