// npm run bench -- verifier: how long the verifier takes for an instruction that it explores, beside Linux's own on the same
// programs in the same process. Programs are made here, filters are translated, and others can be given (--vectors).

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { maps as requestMaps } from '../dist/cli/jsonl/maps.js';
import { mapTypes } from '../dist/ebpf/map.js';
import { compile, environment, Program, translate, verify } from '../dist/index.js';
import { built, peers } from './peers.mjs';
import { geometric, markdown } from './report.mjs';

/** Of `enum bpf_prog_type` (linux/bpf.h). */
const types = { socket_filter: 1, kprobe: 2, sched_cls: 3, sched_act: 4, tracepoint: 5, xdp: 6, cgroup_skb: 8 };
/** What the kernel is given at the most. */
const longest = 10_000;
const heaviest = 25;
/** How many instructions are explored in a round at least, so that small programs are verified often. */
const roundInsns = 20_000;
/** How many before the first round: V8 has made its best code by then. */
const warmUpInsns = 200_000;
const linux = built('linux');

/** @returns rows `{ name, insns, processed, linuxProcessed, nanoseconds, linuxNanoseconds, ratio }` */
export function measureVerifier({ short, vectors }) {
  const programs = [...madePrograms(), ...filterPrograms(), ...(vectors === undefined ? [] : heaviestOf(vectors))];
  return programs.map((given) => row(given, short ? 3 : 9)).filter((measured) => measured !== undefined);
}

/** Medians of rounds that take turns, once all is warm; undefined where the kernel refuses. */
function row({ name, type, program, maps }, rounds) {
  const where = environment(type);
  const wire = program.encode();
  const samples = { own: [], linux: [] };
  const theirs = linux.verify(types[type], wire, maps);
  if (theirs === undefined) return undefined;
  const { processed } = verify(program, where);
  for (let explored = 0; explored < warmUpInsns; explored += processed) verify(program, where);
  const times = Math.ceil(roundInsns / processed);
  for (let round = 0; round <= rounds; round++) {
    const start = peers.threadTime();
    for (let time = 0; time < times; time++) verify(program, where);
    samples.own.push((peers.threadTime() - start) / times / processed);
    samples.linux.push(linux.verify(types[type], wire, maps).nanoseconds / theirs.processed);
  }
  const nanoseconds = median(samples.own.slice(1));
  const linuxNanoseconds = median(samples.linux.slice(1));
  const counts = { insns: program.length, processed, linuxProcessed: theirs.processed };
  return { name, ...counts, nanoseconds, linuxNanoseconds, ratio: nanoseconds / linuxNanoseconds };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

// ---- programs ----------------------------------------------------------------------------------------------------------

/** Branches on numbers from the packet, spilled, combined, and at last relied on as an offset into the stack. */
function madePrograms() {
  return [10, 100, 400].map((pieces) => {
    const body = Array.from({ length: pieces }, (_, i) => piece(i)).join('; ');
    const text = `r6 = r1; *(u64 *)(r10 -8) = 0; *(u64 *)(r10 -16) = 0; r7 = 0; ${body}; r0 = 0; exit`;
    return { name: `${pieces} pieces`, type: 'sched_cls', program: Program.parse(text), maps: new Uint32Array(0) };
  });
}

function piece(i) {
  const field = 4 * (i % 3);
  return [
    `r1 = *(u32 *)(r6 +${field}); r2 = r1; r2 &= ${(i * 37) % 255}; *(u64 *)(r10 -8) = r2; *(u64 *)(r10 -16) = r1`,
    `if r1 > ${i * 11} goto a${i}; r7 += r2; r7 ^= 3; a${i}: r3 = *(u64 *)(r10 -8); r4 = r1; r4 >>= ${i % 31}`,
    `if r4 == ${i % 7} goto b${i}; r3 |= r4; *(u64 *)(r10 -16) = r3; b${i}: r5 = *(u64 *)(r10 -16); r5 &= 56; r8 = r10`,
    `r8 += -80; if r2 > 5 goto c${i}; r8 += r5; c${i}: *(u64 *)(r8 +0) = r4; r7 &= 0xffff`,
  ].join('; ');
}

/** Filters as Linux translates them: packet loads, and a comparison for each test. */
function filterPrograms() {
  const hosts = (count) => Array.from({ length: count }, (_, i) => `host 10.${i >> 8}.${i & 255}.${(i * 7) & 255}`);
  const filters = { 'tcp port 80': 'tcp port 80', '200 hosts': hosts(200).join(' or ') };
  return Object.entries(filters).map(([name, filter]) => {
    const { program } = compile(filter, { names: {} });
    return { name, type: 'socket_filter', program: translate(program), maps: new Uint32Array(0) };
  });
}

/** The programs that take Linux longest, of those that it may be given here. */
function heaviestOf(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const rows = text.split('\n').filter(Boolean);
  return rows
    .map((line) => JSON.parse(line))
    .filter(({ request, expect }) => request.environment in types && expect.verdict === 'accept')
    .filter(({ request }) => request.program.length <= longest * 16 && !request.maps?.some(({ inner }) => inner))
    .sort((a, b) => (b.linux_processed ?? 0) - (a.linux_processed ?? 0))
    .slice(0, heaviest)
    .map(({ id, request }) => given(id, request));
}

function given(name, { environment: type, program: hex, maps = [] }) {
  const program = Program.decode(Buffer.from(hex, 'hex'), { maps: requestMaps(maps, 'maps') });
  const words = program.maps.flatMap(({ type: kind, keySize, valueSize, maxEntries, flags = 0 }) => {
    return [mapTypes[kind], keySize, valueSize, kind.includes('hash') ? Math.min(maxEntries, 1000) : maxEntries, flags];
  });
  return { name: name.split('/').slice(-2).join('/'), type, program, maps: Uint32Array.from(words) };
}

// ---- the table ---------------------------------------------------------------------------------------------------------

export function verifierTable(rows) {
  const head = ['program', 'insns', 'explored', 'by Linux', 'ns an insn', 'Linux', 'ratio'];
  const cells = rows.map((row) => [
    row.name,
    `${row.insns}`,
    `${row.processed}`,
    `${row.linuxProcessed}`,
    row.nanoseconds.toFixed(0),
    row.linuxNanoseconds.toFixed(0),
    row.ratio.toFixed(2),
  ]);
  const mean = geometric(rows.map(({ ratio }) => ratio)).toFixed(2);
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  return `### verifier: nanoseconds an explored instruction\n\n${markdown(head, cells)}\n\ngeometric mean of the ratios: ${mean}; the process took at most ${memory} MiB of memory`;
}
