// The part event: filters over the records of one event, against the kernel's two ways and JavaScript's. Random records are so
// many that no branch of theirs is learned; learned ones are few, and come again and again.

import { compileEvent, eventFilter, parseEventFormat } from '../dist/index.js';
import { filters, format as formatText, records } from './event-filters.mjs';
import { closure, filtrex, kernel, kernelFilter } from './event-peers.mjs';
import { geometric, markdown } from './report.mjs';

const regimes = {
  random: { records: 131_072, rounds: 9 },
  learned: { records: 4_096, rounds: 9 },
};

/** How long a sample takes at least, in nanoseconds: what ran before has filled the caches, and the processor may be slow at first. */
const sampleTime = 10e6;

const candidates = ['tree', 'linear', 'closure', 'filtrex', 'batch'];
const format = parseEventFormat(formatText);

/** @returns rows `{ regime, name, tree, linear, closure, filtrex, batch }`, nanoseconds a record */
async function measureAll({ short }) {
  const compileFiltrex = await filtrex();
  const rows = [];
  for (const [regime, shape] of Object.entries(regimes)) {
    const events = records(shape.records);
    for (const one of filters) {
      const runs = runsOf(one, events, compileFiltrex(one.filtrex));
      rows.push({
        regime,
        name: one.name,
        filter: one.filter,
        ...timed(one.name, runs, { ...shape, ...(short && { rounds: 3 }) }),
      });
      runs.close();
    }
  }
  return rows;
}

/** Functions that write the verdicts on all records, and those verdicts. */
function runsOf({ filter: text }, { data, offsets, lengths, objects }, compiledFiltrex) {
  const verdicts = new Uint32Array(offsets.length);
  const { expression } = compileEvent(text, format);
  const peer = kernelFilter(expression);
  const closed = closure(expression);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const filter = eventFilter(text, format, { engine: 'jit' });
  return {
    verdicts,
    close: () => filter.close(),
    tree: () => kernel.tree(peer, data, offsets, verdicts),
    linear: () => kernel.program(peer, data, offsets, verdicts),
    closure: () => {
      for (let i = 0; i < offsets.length; i++) verdicts[i] = closed(view, offsets[i]) ? 1 : 0;
    },
    filtrex: () => {
      for (let i = 0; i < objects.length; i++) verdicts[i] = compiledFiltrex(objects[i]) ? 1 : 0;
    },
    batch: () => filter.runBatch(data, offsets, lengths, verdicts),
  };
}

/** Compares every verdict with the tree's, and then takes the median of the rounds. */
function timed(name, runs, { records: count, rounds }) {
  compare(name, runs);
  const passes = Object.fromEntries(candidates.map((candidate) => [candidate, passesOf(runs[candidate])]));
  const samples = Object.fromEntries(candidates.map((candidate) => [candidate, []]));
  for (let round = 0; round < rounds; round++) {
    for (const candidate of candidates) {
      runs[candidate](); // the caches hold what the candidate before left: objects, or the records
      const start = kernel.threadTime();
      for (let pass = 0; pass < passes[candidate]; pass++) runs[candidate]();
      samples[candidate].push((kernel.threadTime() - start) / passes[candidate] / count);
    }
  }
  return Object.fromEntries(candidates.map((each) => [each, samples[each].toSorted((a, b) => a - b)[rounds >> 1]]));
}

/** How often something has to run until it has taken as long as a sample. */
function passesOf(run) {
  const start = kernel.threadTime();
  let passes = 0;
  for (; passes === 0 || kernel.threadTime() - start < sampleTime; passes++) run();
  return passes;
}

function compare(name, runs) {
  runs.tree();
  const expected = runs.verdicts.slice();
  for (const candidate of candidates) {
    runs.verdicts.fill(0xdead);
    runs[candidate]();
    const wrong = runs.verdicts.findIndex((verdict, i) => verdict !== expected[i]);
    if (wrong >= 0) {
      throw new Error(
        `${name}: ${candidate} says ${runs.verdicts[wrong]} of record ${wrong}, the tree ${expected[wrong]}`,
      );
    }
  }
}

// ---- the report ------------------------------------------------------------------------------------------------------

function table(rows) {
  return Object.keys(regimes)
    .map((regime) =>
      regimeTable(
        regime,
        rows.filter((row) => row.regime === regime),
      ),
    )
    .join('\n\n');
}

function regimeTable(regime, rows) {
  const head = ['filter', 'tree', 'linear', 'closure', 'filtrex', 'unibpf batch', 'tree :', 'linear :', 'closure :'];
  const times = (row, other) => row[other] / row.batch;
  const lines = rows.map((row) => [
    row.name,
    ...candidates.map((candidate) => row[candidate].toFixed(1)),
    ...['tree', 'linear', 'closure'].map((other) => times(row, other).toFixed(1)),
  ]);
  const ratios = rows.map((row) => times(row, 'tree'));
  const least = Math.min(...ratios).toFixed(1);
  return [
    `### events, ${regime} records: ns a record`,
    markdown(head, lines),
    `Walking the tree takes ${geometric(ratios).toFixed(1)} times as long, geometric mean; ${least} times at the least.`,
  ].join('\n\n');
}

export const event = {
  measure: measureAll,
  table,
  chart: (rows) => ({
    title: 'events, random records: nanoseconds a record',
    series: ['tree', 'linear', 'closure', 'filtrex', 'unibpf batch'],
    groups: rows
      .filter(({ regime }) => regime === 'random')
      .map((row) => ({ name: row.name, values: candidates.map((candidate) => row[candidate]) })),
  }),
};
