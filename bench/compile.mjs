// npm run bench -- compile: how long filters take to compile, small ones and those of many hosts, and how long the programs
// are, beside libpcap's. libpcap's time grows with the square of the hosts and worse, so it is asked only as far as it answers soon.

import { compile } from '../dist/index.js';
import { peers } from './peers.mjs';
import { markdown } from './report.mjs';

const snaplen = 262144;
const counts = [10, 100, 1000, 10_000];
/** The most hosts that libpcap compiles within seconds. */
const libpcapHosts = 100;
const rounds = 5;
/** So often a small filter is compiled in a round. */
const repeats = 1000;
const small = ['tcp port 80', 'udp port 53 and host 10.0.0.7'];

/** Host number i of each kind, none of them near another. */
const kinds = {
  host: (i) => `host ${[10 + (i % 200), (i >> 8) & 255, (i * 7) & 255, i & 255].join('.')}`,
  'ip6 host': (i) => `ip6 host 2001:db8:${((i * 7919) % 65536).toString(16)}::${(i + 1).toString(16)}`,
  'ip6 host, one network': (i) => `ip6 host 2001:db8:1:2::${(i + 1).toString(16)}`,
  'ether host': (i) => `ether host 02:00:${(i + 0x10000000).toString(16).match(/../g).join(':')}`,
  'host, net or port': (i) => {
    const address = `10.${(i >> 8) & 255}.${i & 255}`;
    return [`host ${address}.1`, `net 172.${16 + ((i >> 8) & 15)}.${i & 255}.0/24`, `port ${i}`][i % 3];
  },
  'host and port': (i) => `(host 10.${(i >> 8) & 255}.${i & 255}.1 and port ${i})`,
};
/** More terms make more tests than a filter may. */
const mostTerms = { 'host and port': 1000 };

/** @returns a row a filter: `{ filter, insns, milliseconds, libpcapInsns?, libpcapMilliseconds? }` */
export function compileTimes() {
  const lists = Object.entries(kinds).flatMap(([kind, host]) => {
    return counts
      .filter((count) => count <= (mostTerms[kind] ?? count))
      .map((count) => {
        const expression = Array.from({ length: count }, (_, i) => host(i)).join(' or ');
        return row(`${count} × ${kind}`, expression, { repeats: 1, peer: count <= libpcapHosts });
      });
  });
  return [...small.map((expression) => row(expression, expression, { repeats, peer: true })), ...lists];
}

function row(filter, expression, { repeats, peer }) {
  const own = timed(() => compile(expression, { snaplen, names: {} }).program.length, repeats);
  const theirs = peer ? timed(() => peers.compile(expression, snaplen).length / 8, repeats) : undefined;
  return {
    filter,
    insns: own.result,
    milliseconds: own.milliseconds,
    libpcapInsns: theirs?.result,
    libpcapMilliseconds: theirs?.milliseconds,
  };
}

/** The median processor time of a repetition, over the rounds, after one to warm up. */
function timed(work, repeats) {
  const round = () => {
    let result;
    const start = peers.threadTime();
    for (let repeat = 0; repeat < repeats; repeat++) result = work();
    return { result, milliseconds: (peers.threadTime() - start) / 1e6 / repeats };
  };
  const { result } = round();
  const times = Array.from({ length: rounds }, () => round().milliseconds);
  return { result, milliseconds: times.toSorted((a, b) => a - b)[rounds >> 1] };
}

const shown = (milliseconds) => milliseconds.toFixed(milliseconds < 1 ? 3 : 1);

export function compileTable(rows) {
  const head = ['filter', 'unibpf ms', 'libpcap ms', 'unibpf insns', 'libpcap insns'];
  const lines = rows.map(({ filter, milliseconds, libpcapMilliseconds, insns, libpcapInsns }) => {
    return [
      filter,
      shown(milliseconds),
      libpcapMilliseconds === undefined ? '' : shown(libpcapMilliseconds),
      `${insns}`,
      `${libpcapInsns ?? ''}`,
    ];
  });
  return `### compile: time and size\n\n${markdown(head, lines)}`;
}
