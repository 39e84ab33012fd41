// What the tables of all parts have in common.

import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

/** What was measured on. */
export function machine() {
  const { model } = cpus()[0];
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return { processor: `${model.trim()}, ${cpus().length} threads`, memory, node: process.version, ...versions() };
}

function versions() {
  const [clang] = execFileSync('clang', ['--version'], { encoding: 'utf8' }).split('\n');
  return { clang, libpcap: execFileSync('pcap-config', ['--version'], { encoding: 'utf8' }).trim() };
}

export function geometric(numbers) {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length);
}

/** Rows of cells as a table. */
export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
