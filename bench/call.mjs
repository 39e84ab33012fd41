// The part call: a packet a call, on packets that have just arrived (the regime warm) and on views that are there already; and batches
// of one packet each.

import { filter as filterOf } from '../dist/index.js';
import { filters } from './filters.mjs';
import { measure, packetsOf, regimes } from './measure.mjs';
import { geometric, markdown } from './report.mjs';

/** `auto` is what matches() does by itself. */
const engines = { javascript: 'javascript', native: 'jit', auto: 'auto' };
const names = Object.keys(engines);

export const part = {
  measure: ({ short }) => rowsOf(short ? { ...regimes.warm, rounds: 3 } : regimes.warm),
  table,
  chart: (rows) => ({
    title: 'a packet a call: nanoseconds',
    series: ['generated JavaScript', 'machine code', 'matches()'],
    groups: rows.map((row) => ({ name: row.name, values: names.map((name) => row[name]) })),
  }),
};

function rowsOf(regime) {
  const packets = packetsOf(regime);
  const [data, offsets, captured, lengths] = packets;
  const views = Array.from(offsets, (offset, i) => data.subarray(offset, offset + captured[i]));
  return filters.map(({ name, size, expression }) => {
    const loaded = names.map((engine) => filterOf(expression, { engine: engines[engine] }));
    const expected = new Uint32Array(views.length);
    loaded[1].runBatch(data, offsets, captured, expected, lengths);
    const found = new Uint8Array(views.length);
    const runs = Object.fromEntries(loaded.map((filter, i) => [names[i], eachOf(filter, views, lengths, found)]));
    for (const [engine, run] of Object.entries(runs)) {
      run();
      const wrong = found.findIndex((matched, i) => matched !== (expected[i] === 0 ? 0 : 1));
      if (wrong >= 0)
        throw new Error(`${name}: ${engine} says ${found[wrong]} of packet ${wrong}, the batch ${expected[wrong]}`);
    }
    const times = measure({ ...runs, one: batchesOfOne(loaded[1], packets) }, regime);
    for (const filter of loaded) filter.close();
    return { name, size, ...times };
  });
}

/** A loop of its own for each filter, as a program has that uses one: V8 compiles it for that filter. */
function eachOf(filter, views, lengths, found) {
  const loop = new Function(
    'filter',
    'views',
    'lengths',
    'found',
    'for (let i = 0; i < views.length; i++) found[i] = filter.matches(views[i], lengths[i]) ? 1 : 0;',
  );
  return () => loop(filter, views, lengths, found);
}

/** A batch for each packet: what a call costs, however few packets it is for. */
function batchesOfOne(filter, [data, offsets, captured, lengths]) {
  const [offset, size, length, verdict] = Array.from({ length: 4 }, () => new Uint32Array(1));
  return () => {
    for (let i = 0; i < offsets.length; i++) {
      offset[0] = offsets[i];
      size[0] = captured[i];
      length[0] = lengths[i];
      filter.runBatch(data, offset, size, verdict, length);
    }
  };
}

function table(rows) {
  const head = ['filter', 'generated JavaScript', 'machine code', 'matches()', ': JavaScript', 'a batch of one'];
  const lines = rows.map((row) => [
    row.name,
    ...names.map((name) => row[name].toFixed(1)),
    (row.auto / row.javascript).toFixed(2),
    row.one.toFixed(0),
  ]);
  const mean = geometric(rows.map((row) => row.auto / row.javascript)).toFixed(2);
  const worst = Math.max(...rows.map((row) => row.auto)).toFixed(0);
  const said = `matches() against generated JavaScript, geometric mean: ${mean}; the slowest: ${worst} ns.`;
  return `### call: ns a packet\n\n${markdown(head, lines)}\n\n${said}`;
}
