// The part lists: filters of 10 to 10,000 hosts on packets that have just arrived (the regime warm). libpcap compiles up to a hundred
// within seconds; clang is given our own program as well, up to a thousand.

import { compile, filter as filterOf } from '../dist/index.js';
import { generator } from '../scripts/traffic.mjs';
import { compareVerdicts } from './batch.mjs';
import { measure, packetsOf, regimes } from './measure.mjs';
import { compiledByClang, peers } from './peers.mjs';
import { markdown } from './report.mjs';

const snaplen = 262144;
const counts = [10, 100, 1000, 10_000];
const libpcapHosts = 100;
const clangHosts = 1000;
const columns = ['touch', 'libpcap', 'clang', 'clangOfOurs', 'batch'];

export const part = {
  measure: ({ short }) => {
    const regime = { ...regimes.warm, rounds: short ? 3 : 9 };
    const packets = packetsOf(regime);
    return counts.slice(0, short ? 2 : counts.length).map((count) => row(count, packets, regime));
  },
  table: (rows) => {
    const head = ['hosts', 'touch', 'libpcap', 'clang -O2', 'clang -O2 of our program', 'unibpf batch'];
    return `### lists: ns a packet\n\n${markdown(
      head,
      rows.map((row) => [`${row.count}`, ...columns.map((column) => row[column]?.toFixed(1) ?? '')]),
    )}`;
  },
  chart: (rows) => ({
    title: 'lists of hosts: nanoseconds a packet',
    series: ['touch', 'libpcap', 'clang -O2', 'clang, ours', 'unibpf batch'],
    groups: rows.map((row) => ({ name: `${row.count} hosts`, values: columns.map((column) => row[column]) })),
  }),
};

function row(count, packets, regime) {
  const [data, offsets, captured, lengths] = packets;
  const verdicts = new Uint32Array(offsets.length);
  const expression = hosts(count);
  const filter = filterOf(expression, { snaplen, engine: 'jit' });
  const plain = filterOf(expression, { snaplen, engine: 'classic' });
  const theirs = count <= libpcapHosts ? peers.compile(expression, snaplen) : undefined;
  const clang = theirs && compiledByClang(`${count} hosts`, theirs);
  const ours = count <= clangHosts ? compiledByClang(`${count} hosts ours`, compiled(expression)) : undefined;
  const runs = {
    touch: () => peers.touch(...packets, verdicts),
    ...(theirs && {
      libpcap: () => peers.interpret(theirs, ...packets, verdicts),
      clang: () => clang(...packets, verdicts),
    }),
    ...(ours && { clangOfOurs: () => ours(...packets, verdicts) }),
    batch: () => filter.runBatch(data, offsets, captured, verdicts, lengths),
  };
  const reference = runs.libpcap ?? (() => plain.runBatch(data, offsets, captured, verdicts, lengths));
  compareVerdicts(`${count} hosts`, { ...runs, libpcap: reference }, verdicts);
  const times = measure(runs, regime);
  for (const made of [filter, plain]) made.close();
  return { count, ...times };
}

function compiled(expression) {
  const bytes = compile(expression, { snaplen }).program.encode();
  return Buffer.from(bytes);
}

/** Addresses as the traffic has them, each once. */
function hosts(count) {
  const random = generator(11);
  const found = new Set();
  while (found.size < count) found.add(`192.168.${random.below(256)}.${random.below(256)}`);
  return `host ${[...found].join(' or ')}`;
}
