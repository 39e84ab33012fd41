// npm run bench [-- hot warm big compile]: unibpf against what else filters packets, on the same packets in the same process. Every
// verdict is compared before anything is timed. Tables go to standard output, all figures to build/bench/results.json.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { filter as filterOf } from '../dist/index.js';
import { compileTable, compileTimes } from './compile.mjs';
import { filters } from './filters.mjs';
import { measure, packetsOf, regimes } from './measure.mjs';
import { compiledByClang, peers } from './peers.mjs';
import { machine, tables } from './report.mjs';

const snaplen = 262144;
const results = fileURLToPath(new URL('../build/bench/results.json', import.meta.url));

main(process.argv.slice(2));

function main(chosen) {
  for (const name of chosen) {
    if (!(name in regimes) && name !== 'compile') throw new Error(`there is no regime '${name}'`);
  }
  const figures = { machine: machine(), regimes: {} };
  console.log(Object.values(figures.machine).join(' · '));
  const wanted = (name) => chosen.length === 0 || chosen.includes(name);
  if (wanted('compile')) {
    figures.compile = compileTimes();
    console.log(`\n${compileTable(figures.compile)}`);
  }
  const measured = Object.entries(regimes).filter(([name]) => wanted(name));
  const loaded = measured.length > 0 ? filters.map(loadEverywhere) : [];
  for (const [name, regime] of measured) {
    const packets = packetsOf(regime);
    const rows = loaded.map((filter) => ({ name: filter.name, size: filter.size, ...timed(filter, packets, regime) }));
    figures.regimes[name] = rows;
    console.log(`\n${tables(name, rows)}`);
  }
  writeFileSync(results, JSON.stringify(figures, undefined, 2));
}

function loadEverywhere({ name, size, expression }) {
  const program = peers.compile(expression, snaplen);
  const filter = filterOf(expression, { snaplen, engine: 'jit' });
  return { name, size, program, clang: compiledByClang(name, program), filter };
}

function timed({ name, program, clang, filter }, packets, regime) {
  const [data, offsets, captured, lengths] = packets;
  const verdicts = new Uint32Array(offsets.length);
  const candidates = {
    touch: () => peers.touch(...packets, verdicts),
    libpcap: () => peers.interpret(program, ...packets, verdicts),
    clang: () => clang(...packets, verdicts),
    batch: () => filter.runBatch(data, offsets, captured, verdicts, lengths),
    ...(regime.packets <= 2 ** 17 && { call: callEach(filter, packets, verdicts) }),
  };
  compareVerdicts(name, candidates, verdicts);
  return measure(candidates, regime);
}

/** A packet a call, on views that are there already. */
function callEach(filter, [data, offsets, captured, lengths], verdicts) {
  const views = Array.from(offsets, (offset, i) => data.subarray(offset, offset + captured[i]));
  return () => {
    for (let i = 0; i < views.length; i++) verdicts[i] = filter.run(views[i], lengths[i]);
  };
}

function compareVerdicts(name, { libpcap, touch: _, ...others }, verdicts) {
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
