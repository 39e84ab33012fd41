// npm run bench [-- PART …] [--short] [--vectors FILE]: unibpf against what else does its work, on the same bytes in the same
// process. A part is a file; every answer is compared before anything is timed. Tables go to standard output; to build/bench go
// figures and tables of all parts that were measured so far (results.json, results.md), and a chart (SVG) of each part that has one.
//
// A part is `{ measure({ short }), table(figures), chart?(figures) }`: figures that can be written as JSON, text in Markdown, and
// what chart.mjs draws. `short` asks for fewer rounds: to see that a part works, not to quote it. `vectors` are programs for the
// verifier beside those that are made here: rows of JSON lines with requests of the batch protocol, perhaps gzipped.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { given } from '../scripts/usage.mjs';
import { draw } from './chart.mjs';
import { machine } from './report.mjs';

/** In the order in which they are measured. Only those that are asked for are loaded. */
const parts = {
  hot: async () => (await import('./batch.mjs')).batch('hot'),
  warm: async () => (await import('./batch.mjs')).batch('warm'),
  big: async () => (await import('./batch.mjs')).batch('big'),
  lists: async () => (await import('./lists.mjs')).part,
  call: async () => (await import('./call.mjs')).part,
  memory: async () => (await import('./memory.mjs')).part,
  capture: async () => (await import('./capture.mjs')).part,
  set: async () => (await import('./set.mjs')).part,
  kernel: async () => (await import('./kernel.mjs')).part,
  ready: async () => (await import('./ready.mjs')).part,
  seccomp: async () => (await import('./seccomp.mjs')).part,
  compile: async () => {
    const { compileTable, compileTimes } = await import('./compile.mjs');
    return { measure: compileTimes, table: compileTable };
  },
  verifier: async () => {
    const { measureVerifier, verifierTable } = await import('./verifier.mjs');
    return { measure: measureVerifier, table: verifierTable };
  },
  event: async () => (await import('./event.mjs')).event,
};

const folder = fileURLToPath(new URL('../build/bench/', import.meta.url));

const { values: options, positionals } = given({
  options: { short: { type: 'boolean', default: false }, vectors: { type: 'string' } },
  allowPositionals: true,
});
await main(positionals, options);

async function main(chosen, { short, vectors }) {
  const unknown = chosen.find((name) => !(name in parts));
  if (unknown !== undefined) throw new Error(`expected one of ${Object.keys(parts).join(', ')}, got '${unknown}'`);
  mkdirSync(folder, { recursive: true });
  console.log(Object.values(machine()).join(' · '));
  for (const name of chosen.length > 0 ? chosen : Object.keys(parts)) {
    const part = await parts[name]();
    const figures = await part.measure({ short, vectors });
    const table = part.table(figures);
    console.log(`\n${table}`);
    keep(name, figures, table);
    if (part.chart !== undefined) writeFileSync(`${folder}${name}.svg`, draw(part.chart(figures)));
  }
}

/** Beside what was measured before, so that a long part need not be repeated for a short one. */
function keep(name, figures, table) {
  const path = `${folder}results.json`;
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const results = { ...before, [name]: { date: new Date().toISOString(), machine: machine(), figures, table } };
  writeFileSync(path, JSON.stringify(results, undefined, 2));
  const measured = Object.keys(parts).flatMap((part) => results[part] ?? []);
  writeFileSync(`${folder}results.md`, `${measured.map(section).join('\n\n')}\n`);
}

function section({ date, machine, table }) {
  return `${table}\n\n${date.slice(0, 10)}, ${Object.values(machine).join(' · ')}`;
}
