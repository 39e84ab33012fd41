// The part ready: how long it takes from the text of an expression to a filter that runs, step by step, warmed up; and from a cache.

import { compile, environment, FilterCache, filter as filterOf, load, translate, verify } from '../dist/index.js';
import { filters } from './filters.mjs';
import { peers } from './peers.mjs';
import { geometric, markdown } from './report.mjs';

const steps = ['compile', 'translate', 'verify', 'load', 'whole', 'cached'];

export const part = {
  measure: ({ short }) => {
    warmUp();
    return cases().map((one) => row(one, short ? 3 : 9));
  },
  table: (rows) => {
    const lines = rows.map((row) => [
      row.name,
      `${row.insns}`,
      `${row.bytes}`,
      ...steps.map((step) => row[step].toFixed(1)),
    ]);
    const mean = geometric(rows.filter(({ size }) => size === 'small').map(({ whole }) => whole)).toFixed(0);
    const head = ['filter', 'insns', 'bytes in the cache', ...steps];
    return `### ready: microseconds\n\n${markdown(head, lines)}\n\nGeometric mean of the small filters, whole: ${mean} µs.`;
  },
  chart: (rows) => ({
    title: 'from text to machine code: microseconds',
    series: ['whole', 'from the cache'],
    groups: rows.map(({ name, whole, cached }) => ({ name, values: [whole, cached] })),
  }),
};

/** V8 makes machine code of what a filter needs in the course of some thousand filters, and not of one filter alone. */
function warmUp() {
  const small = filters.filter(({ size }) => size === 'small');
  for (let round = 0; round < 1000; round++) for (const { expression } of small) filterOf(expression).close();
}

/** The twelve filters, and a thousand hosts. */
function cases() {
  const hosts = Array.from({ length: 1000 }, (_, i) =>
    [10 + (i % 200), (i >> 8) & 255, (i * 7) & 255, i & 255].join('.'),
  );
  return [...filters, { name: '1000 hosts', size: 'list', expression: `host ${hosts.join(' or ')}` }];
}

function row({ name, size, expression }, rounds) {
  const world = environment('packet');
  const { program } = compile(expression);
  const translated = translate(program);
  const verified = verify(translated, world);
  using(filterOf(expression), (filter) => filter.matches(new Uint8Array(60)));
  const cache = new FilterCache();
  const works = {
    compile: () => compile(expression),
    translate: () => translate(program),
    verify: () => verify(translated, world),
    load: () => load(verified).close(),
    whole: () => filterOf(expression).close(),
    cached: () => cache.filter(expression).close(),
  };
  const times = Object.entries(works).map(([step, work]) => [step, microseconds(work, rounds)]);
  const bytes = cache.bytes;
  cache.close();
  return { name, size, insns: program.length, bytes, ...Object.fromEntries(times) };
}

function using(filter, use) {
  use(filter);
  filter.close();
}

/** The median of the rounds, each so long that the clock doesn't matter, after as much to warm up. */
function microseconds(work, rounds) {
  let times = 1;
  while (timed(work, times) < 5e6 && times < 1e5) times *= 2;
  for (let warm = 0; warm < 10; warm++) timed(work, times);
  const samples = Array.from({ length: rounds }, () => timed(work, times) / times / 1e3);
  return samples.toSorted((a, b) => a - b)[rounds >> 1];
}

function timed(work, times) {
  const start = peers.threadTime();
  for (let i = 0; i < times; i++) work();
  return peers.threadTime() - start;
}
