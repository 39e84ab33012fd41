// npm run bench -- compile: how long filters of many hosts take to compile, and how long the programs are, beside
// libpcap's. libpcap's time grows with the square of the hosts and worse, so it is asked only as far as it answers soon.

import { compile } from '../dist/index.js';
import { peers } from './peers.mjs';
import { markdown } from './report.mjs';

const snaplen = 262144;
const counts = [10, 100, 1000, 10_000];
/** The most hosts that libpcap compiles within seconds. */
const libpcapHosts = 100;
const rounds = 5;

/** Host number i of each kind, none of them near another. */
const kinds = {
  host: (i) => `host ${[10 + (i % 200), (i >> 8) & 255, (i * 7) & 255, i & 255].join('.')}`,
  'ip6 host': (i) => `ip6 host 2001:db8:${((i * 7919) % 65536).toString(16)}::${(i + 1).toString(16)}`,
  'ether host': (i) => `ether host 02:00:${(i + 0x10000000).toString(16).match(/../g).join(':')}`,
};

/** @returns a row a kind and count: `{ filter, insns, milliseconds, libpcapInsns?, libpcapMilliseconds? }` */
export function compileTimes() {
  return Object.entries(kinds).flatMap(([kind, host]) => {
    return counts.filter((count) => kind === 'host' || count <= 1000).map((count) => row(kind, host, count));
  });
}

function row(kind, host, count) {
  const expression = Array.from({ length: count }, (_, i) => host(i)).join(' or ');
  const own = timed(() => compile(expression, { snaplen, names: {} }).program.length);
  const theirs = count <= libpcapHosts ? timed(() => peers.compile(expression, snaplen).length / 8) : undefined;
  return {
    filter: `${count} × ${kind}`,
    insns: own.result,
    milliseconds: own.milliseconds,
    libpcapInsns: theirs?.result,
    libpcapMilliseconds: theirs?.milliseconds,
  };
}

/** The median processor time of the rounds, after one to warm up. */
function timed(work) {
  const result = work();
  const times = Array.from({ length: rounds }, () => {
    const start = peers.threadTime();
    work();
    return (peers.threadTime() - start) / 1e6;
  });
  return { result, milliseconds: times.toSorted((a, b) => a - b)[rounds >> 1] };
}

export function compileTable(rows) {
  const head = ['filter', 'unibpf ms', 'libpcap ms', 'unibpf insns', 'libpcap insns'];
  const lines = rows.map(({ filter, milliseconds, libpcapMilliseconds, insns, libpcapInsns }) => {
    return [
      filter,
      milliseconds.toFixed(1),
      libpcapMilliseconds?.toFixed(1) ?? '',
      `${insns}`,
      `${libpcapInsns ?? ''}`,
    ];
  });
  return `### compile: time and size\n\n${markdown(head, lines)}`;
}
