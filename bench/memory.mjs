// The part memory: a capture that lies in memory, its records walked over and filtered; libpcap's and clang's column is what the filter
// alone takes, of packets that were found before.

import { filter as filterOf, openCapture } from '../dist/index.js';
import { pcapOf } from './capture.mjs';
import { filters } from './filters.mjs';
import { peers } from './peers.mjs';
import { geometric, markdown } from './report.mjs';

/** After two million packets a scan has tried in which shape its filter is fastest. */
const warmUps = 2;
const columns = ['touch', 'read', 'batch', 'scan'];

export const part = {
  measure: ({ short }) => rowsOf(short ? { packets: 100_000, rounds: 3 } : { packets: 1_000_000, rounds: 5 }),
  table,
  chart: (rows) => ({
    title: 'a capture in memory: nanoseconds a packet',
    series: ['touch, index known', 'walk in JavaScript', 'batch, index known', 'scan'],
    groups: rows.map((row) => ({ name: row.name, values: columns.map((column) => row[column]) })),
  }),
};

async function rowsOf({ packets, rounds }) {
  const data = pcapOf(packets);
  const index = await indexOf(data);
  const rows = [];
  for (const { name, size, expression } of filters) {
    const filter = filterOf(expression, { engine: 'jit' });
    const { offsets, captured, lengths, verdicts } = index;
    const runs = {
      touch: () => peers.touch(data, offsets, captured, lengths, verdicts),
      read: () => count(openCapture(data)),
      batch: () => filter.runBatch(data, offsets, captured, verdicts, lengths),
      scan: () => count(openCapture(data).scan(filter)),
    };
    const [wanted, found] = [runs.batch(), await runs.scan()];
    if (wanted !== found) throw new Error(`${name}: the scan finds ${found} packets, the batch ${wanted}`);
    for (let i = 0; i < warmUps; i++) await runs.scan();
    rows.push({ name, size, ...(await measured(runs, { packets, rounds })) });
    filter.close();
  }
  return rows;
}

async function indexOf(data) {
  const columns = { offsets: [], captured: [], lengths: [] };
  for await (const batch of openCapture(data)) {
    for (const [name, column] of Object.entries(columns)) column.push(...batch[name]);
  }
  const [offsets, captured, lengths] = Object.values(columns).map((column) => Uint32Array.from(column));
  return { offsets, captured, lengths, verdicts: new Uint32Array(offsets.length) };
}

async function count(batches) {
  let packets = 0;
  for await (const batch of batches) packets += batch.count;
  return packets;
}

/** As `measure`, of what is asynchronous too. */
export async function measured(runs, { packets, rounds }) {
  const samples = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const start = peers.threadTime();
      await run();
      samples[name].push((peers.threadTime() - start) / packets);
    }
  }
  return Object.fromEntries(
    Object.entries(samples).map(([name, times]) => [name, times.toSorted((a, b) => a - b)[rounds >> 1]]),
  );
}

function table(rows) {
  const head = ['filter', 'touch', 'walk in JavaScript', 'batch', 'scan'];
  const lines = rows.map((row) => [row.name, ...columns.map((column) => row[column].toFixed(1))]);
  const mean = geometric(rows.map(({ scan }) => scan)).toFixed(1);
  return `### memory: ns a packet\n\n${markdown(head, lines)}\n\nGeometric mean of the scan: ${mean} ns a packet.`;
}
