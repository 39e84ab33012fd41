// The part capture: a capture file from end to end, in processor time of whole processes, start and end included, beside
// tcpdump. What both find is compared before anything is timed.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writePcap } from '../scripts/pcap.mjs';
import { traffic } from '../scripts/traffic.mjs';
import { filters } from './filters.mjs';
import { peers } from './peers.mjs';
import { markdown } from './report.mjs';

const folder = fileURLToPath(new URL('../build/bench/', import.meta.url));
const cli = fileURLToPath(new URL('../dist/bin/unibpf.cjs', import.meta.url));
const chosen = ['ip', 'tcp port 80', 'udp port 53 and host', '50 hosts', '200 hosts and nets'];
/** What is counted in a capture twice as long, too: the start weighs less there. */
const longer = ['ip', 'tcp port 80'];

/** With NODE_EXTRA_CA_CERTS Node reads a bundle of certificates whenever it starts: up to 70 ms that say nothing of a filter. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env;

export const part = {
  measure: ({ short }) =>
    rowsOf(short ? { packets: 100_000, copies: 1, rounds: 1 } : { packets: 1_000_000, copies: 2, rounds: 3 }),
  table,
  chart: ({ rows }) => ({
    title: 'a capture from end to end: seconds of processor time',
    series: ['tcpdump', 'unibpf'],
    groups: rows.map((row) => ({ name: labelOf(row), values: [row.tcpdump, row.unibpf] })),
  }),
};

/** Generated traffic as the bytes of a capture. */
export function pcapOf(packets) {
  const path = fileOf(packets);
  if (!existsSync(path)) writePcap(path, traffic(packets, { seed: 1 }));
  return new Uint8Array(readFileSync(path));
}

function fileOf(packets) {
  return `${folder}${packets}.pcap`;
}

/** The capture several times over, in one file; reading it brings it into the page cache. */
function captureOf(packets, copies) {
  const bytes = pcapOf(packets);
  const path = `${folder}${packets}x${copies}.pcap`;
  if (existsSync(path) && statSync(path).size === 24 + copies * (bytes.length - 24)) return path;
  writeFileSync(path, bytes.subarray(0, 24));
  for (let i = 0; i < copies; i++) writeFileSync(path, bytes.subarray(24), { flag: 'a' });
  return path;
}

function rowsOf({ packets, copies, rounds }) {
  const rows = [
    ...rowsOver({ packets, copies, rounds }, chosen, ['count', 'write']),
    ...rowsOver({ packets, copies: 2 * copies, rounds }, longer, ['count']),
  ];
  const start = captureOf(1, 1);
  const least = compared('ip', 'count', start, 5 * rounds);
  return { rows, start: least };
}

function rowsOver({ packets, copies, rounds }, names, tasks) {
  const path = captureOf(packets, copies);
  const rows = names.flatMap((name) => {
    const { expression } = filters.find((filter) => filter.name === name);
    return tasks.map((task) => {
      return { name, task, packets: packets * copies, ...compared(expression, task, path, rounds) };
    });
  });
  rmSync(path);
  return rows;
}

function labelOf({ name, task, packets }) {
  return `${name}, ${task}, ${packets / 1e6} M`;
}

function compared(expression, task, path, rounds) {
  const runs = { tcpdump: tcpdump(expression, task, path), unibpf: unibpf(expression, task, path) };
  const [theirs, ours] = Object.values(runs).map((run) => run());
  if (!theirs.equals(ours)) throw new Error(`${expression}: unibpf and tcpdump find different packets (${task})`);
  const samples = { tcpdump: [], unibpf: [] };
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const before = peers.childrenTime();
      run();
      samples[name].push((peers.childrenTime() - before) / 1e9);
    }
  }
  const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
  return { tcpdump: median(samples.tcpdump), unibpf: median(samples.unibpf) };
}

/** What each finds, as bytes that can be compared: the number, or the file. */
function tcpdump(expression, task, path) {
  const written = `${folder}tcpdump.pcap`;
  const how = task === 'count' ? ['--count'] : ['-w', written];
  return () => {
    const told = execFileSync('tcpdump', ['-r', path, ...how, expression], { stdio: ['ignore', 'pipe', 'ignore'] });
    return task === 'count' ? Buffer.from(/\d+/.exec(told.toString())[0]) : readFileSync(written);
  };
}

function unibpf(expression, task, path) {
  const written = `${folder}unibpf.pcap`;
  const how = task === 'count' ? ['--count'] : ['-w', written];
  return () => {
    const { stdout } = spawnSync(process.execPath, [cli, 'filter', '-q', expression, path, ...how], {
      env: environment,
    });
    return task === 'count' ? Buffer.from(/\d+/.exec(stdout.toString())[0]) : readFileSync(written);
  };
}

function table({ rows, start }) {
  const head = ['filter', 'task', 'packets', 'tcpdump s', 'unibpf s', ': tcpdump', 'but for the start'];
  const lines = rows.map(({ name, task, packets, tcpdump, unibpf }) => [
    name,
    task,
    `${packets / 1e6} M`,
    tcpdump.toFixed(2),
    unibpf.toFixed(2),
    (unibpf / tcpdump).toFixed(2),
    ((unibpf - start.unibpf) / (tcpdump - start.tcpdump)).toFixed(2),
  ]);
  const said = `To start takes ${start.unibpf.toFixed(3)} s, tcpdump ${start.tcpdump.toFixed(3)} s: the last column is without it.`;
  return `### capture: processor time\n\n${markdown(head, lines)}\n\n${said}`;
}
