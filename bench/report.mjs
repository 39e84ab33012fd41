// The figures as text: a Markdown table a regime, and the geometric means that the targets speak of.

import { cpus, totalmem } from 'node:os';
import { versions } from './peers.mjs';

const columns = ['touch', 'libpcap', 'clang', 'batch', 'call'];
const sizes = ['small', 'four ports', '50 hosts', '200 hosts and nets'];

export function machine() {
  const { model } = cpus()[0];
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { processor: `${model.trim()}, ${cpus().length} threads`, memory, node: process.version, ...versions() };
}

/** @param rows `{ name, size, touch, libpcap, clang, batch, call? }`, nanoseconds a packet */
export function tables(regime, rows) {
  const head = [
    'filter',
    'touch',
    'libpcap',
    'clang -O2',
    'unibpf batch',
    'unibpf call',
    'batch : clang',
    'batch : libpcap',
  ];
  const lines = rows.map((row) => [row.name, ...columns.map((column) => nanoseconds(row[column])), ...ratios(row)]);
  const means = sizes.map((size) => {
    const group = rows.filter((row) => row.size === size);
    const mean = (over) => geometric(group.map((row) => row.batch / row[over])).toFixed(2);
    return [size, mean('clang'), mean('touch'), mean('libpcap')];
  });
  return [
    `### ${regime}: ns a packet`,
    markdown(head, lines),
    `Geometric means of the batch, as a ratio:`,
    markdown(['filters', ': clang -O2', ': touch', ': libpcap'], means),
  ].join('\n\n');
}

function ratios({ batch, clang, libpcap }) {
  return [(batch / clang).toFixed(2), (batch / libpcap).toFixed(2)];
}

function nanoseconds(value) {
  return value === undefined ? '' : value.toFixed(1);
}

function geometric(numbers) {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** Rows of cells as a table. */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
