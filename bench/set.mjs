// The part set: the twelve filters over the same packets in one pass, beside twelve passes, a filter each. Of a capture in memory a pass
// is a scan, and the one pass a walk over its records with a set of filters behind it.

import { filter as filterOf, filterSet, openCapture } from '../dist/index.js';
import { pcapOf } from './capture.mjs';
import { filters } from './filters.mjs';
import { measure, packetsOf, regimes } from './measure.mjs';
import { measured } from './memory.mjs';
import { compiledByClang, peers } from './peers.mjs';
import { markdown } from './report.mjs';

const snaplen = 262144;
const engine = 'jit';
const columns = ['libpcap', 'clang', 'passes', 'set'];
const expressions = filters.map(({ expression }) => expression);
/** After two million packets a filter has tried in which shape it is fastest, and after half a million a set has joined its filters. */
const warmUps = { hot: 500, warm: 16, big: 2 };

export const part = {
  async measure({ short }) {
    const rows = Object.entries(regimes).map(([name, regime]) => {
      return rowOf(name, short ? { ...regime, rounds: 1, passes: 1 } : { ...regime, passes: name === 'hot' ? 8 : 1 });
    });
    return [...rows, await captureRow(short ? { packets: 100_000, rounds: 1 } : { packets: 1_000_000, rounds: 5 })];
  },
  table,
  chart: (rows) => ({
    title: 'twelve filters: nanoseconds a packet',
    series: ['libpcap', 'clang -O2', 'twelve passes', 'one pass'],
    groups: rows.map((row) => ({ name: row.name, values: columns.map((column) => row[column]) })),
  }),
};

/** @returns `{ name, libpcap, clang, passes, set }`, nanoseconds a packet for all filters together */
function rowOf(name, regime) {
  const packets = packetsOf(regime);
  const [data, offsets, captured, lengths] = packets;
  const verdicts = filters.map(() => new Uint32Array(offsets.length));
  const programs = expressions.map((expression) => peers.compile(expression, snaplen));
  const functions = filters.map((filter, i) => compiledByClang(filter.name, programs[i]));
  const alone = expressions.map((expression) => filterOf(expression, { snaplen, engine }));
  const set = filterSet(expressions, { snaplen, engine });
  const runs = {
    libpcap: () => programs.forEach((program, i) => void peers.interpret(program, ...packets, verdicts[i])),
    clang: () => functions.forEach((run, i) => void run(...packets, verdicts[i])),
    passes: () => alone.forEach((filter, i) => void filter.runBatch(data, offsets, captured, verdicts[i], lengths)),
    set: () => set.runBatch(data, offsets, captured, verdicts, lengths),
  };
  compareVerdicts(name, runs, verdicts);
  for (let i = 0; i < warmUps[name]; i++) {
    runs.passes();
    runs.set();
  }
  const times = measure(runs, regime);
  for (const made of [set, ...alone]) made.close();
  return { name, ...times };
}

function compareVerdicts(name, { libpcap, ...others }, verdicts) {
  libpcap();
  const expected = verdicts.map((row) => row.slice());
  for (const [candidate, run] of Object.entries(others)) {
    for (const row of verdicts) row.fill(0xdead);
    run();
    const wrong = filters.findIndex((_, i) => Buffer.compare(bytesOf(verdicts[i]), bytesOf(expected[i])) !== 0);
    if (wrong >= 0) throw new Error(`${name}: ${candidate} does not say of '${filters[wrong].name}' what libpcap says`);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }) {
  return Buffer.from(buffer, byteOffset, byteLength);
}

async function captureRow({ packets, rounds }) {
  const bytes = pcapOf(packets);
  const all = filterOf('', { engine });
  const alone = expressions.map((expression) => filterOf(expression, { engine }));
  const set = filterSet(expressions, { engine });
  const runs = {
    passes: async () => {
      const counts = [];
      for (const filter of alone) counts.push(await matchesOf(openCapture(bytes).scan(filter)));
      return counts;
    },
    set: () => classified(openCapture(bytes).scan(all), set),
  };
  const [expected, found] = [await runs.passes(), await runs.set()];
  if (`${found}` !== `${expected}`) throw new Error(`the set finds ${found} packets, the scans ${expected}`);
  for (let i = 0; i < warmUps.big; i++) for (const run of Object.values(runs)) await run();
  const times = await measured(runs, { packets, rounds });
  for (const made of [set, all, ...alone]) made.close();
  return { name: 'a capture in memory', ...times };
}

async function matchesOf(batches) {
  let packets = 0;
  for await (const batch of batches) packets += batch.count;
  return packets;
}

async function classified(batches, set) {
  const counts = set.filters.map(() => 0);
  for await (const batch of batches) {
    for (const [i, count] of set.classify(batch).counts.entries()) counts[i] += count;
  }
  return counts;
}

function table(rows) {
  const head = ['packets', 'libpcap', 'clang -O2', 'twelve passes', 'one pass', ': passes', ': clang', ': libpcap'];
  const lines = rows.map((row) => [
    row.name,
    ...columns.map((column) => row[column]?.toFixed(1) ?? ''),
    ...['passes', 'clang', 'libpcap'].map((other) => (other in row ? (row.set / row[other]).toFixed(2) : '')),
  ]);
  return `### set: ns a packet, twelve filters together\n\n${markdown(head, lines)}`;
}
