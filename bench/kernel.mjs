// The part kernel: the running Linux's own compiler, on programs translated here (BPF_PROG_TEST_RUN with a count). Linux is given one
// packet again and again, so unibpf is too; what it takes for a program that only returns is taken off.

import { compile, filter as filterOf, Program, translate } from '../dist/index.js';
import { filters } from './filters.mjs';
import { packetsOf, regimes } from './measure.mjs';
import { built, peers } from './peers.mjs';
import { geometric, markdown } from './report.mjs';

const linux = built('kernel');
const repeats = 20_000;
const packetCount = 24;

export const part = {
  measure: ({ short }) => {
    const [data, offsets, captured] = packetsOf(regimes.hot);
    const packets = Array.from({ length: short ? 4 : packetCount }, (_, i) =>
      data.slice(offsets[i], offsets[i] + captured[i]),
    );
    const empty = loaded(Program.parse('r0 = 0; exit'));
    const idle = packets.map((packet) => linux.time(empty, packet, repeats)[1]);
    return filters.map(({ name, expression }) => ({ name, ...compared(expression, packets, idle) }));
  },
  table: (rows) => {
    const lines = rows.map(({ name, kernel, unibpf }) => [
      name,
      kernel.toFixed(1),
      unibpf.toFixed(1),
      (unibpf / kernel).toFixed(2),
    ]);
    const mean = geometric(rows.map(({ unibpf, kernel }) => unibpf / kernel)).toFixed(2);
    const head = ['filter', 'Linux', 'unibpf batch', ': Linux'];
    return `### kernel: ns a packet, the same one again and again\n\n${markdown(head, lines)}\n\nGeometric mean of the ratio: ${mean}.`;
  },
  chart: (rows) => ({
    title: 'the running kernel: nanoseconds a packet',
    series: ['Linux', 'unibpf batch'],
    groups: rows.map(({ name, kernel, unibpf }) => ({ name, values: [kernel, unibpf] })),
  }),
};

function loaded(program) {
  return linux.load(program.encode());
}

/** Means over the packets. */
function compared(expression, packets, idle) {
  const kernel = loaded(translate(compile(expression).program));
  const filter = filterOf(expression, { engine: 'jit' });
  const times = { kernel: 0, unibpf: 0 };
  for (const [i, packet] of packets.entries()) {
    const [verdict, time] = linux.time(kernel, packet, repeats);
    if (verdict !== filter.run(packet))
      throw new Error(`${expression}: Linux says ${verdict}, unibpf ${filter.run(packet)}`);
    times.kernel += Math.max(0.5, time - idle[i]) / packets.length;
    times.unibpf += batchTime(filter, packet) / packets.length;
  }
  filter.close();
  linux.close(kernel);
  return times;
}

function batchTime(filter, packet) {
  const offsets = new Uint32Array(repeats);
  const captured = new Uint32Array(repeats).fill(packet.length);
  const verdicts = new Uint32Array(repeats);
  filter.runBatch(packet, offsets, captured, verdicts);
  const start = peers.threadTime();
  filter.runBatch(packet, offsets, captured, verdicts);
  return (peers.threadTime() - start) / repeats;
}
