// npm run bench -- seccomp: what a decision about a system call costs, on each engine, and how long filters are, in both layouts.
//
// The profile is one as container engines have it: what services need (systemd's groups), with conditions on clone, socket and
// personality, for three architectures. SECCOMP_PROFILE names another one. The calls are those of bench/calls.json, which strace
// counted (-f -c) over a web server in Node.js, tar, gzip, grep, find and Python: in their proportions, in a random order.

import { readFileSync } from 'node:fs';
import {
  compilePolicy,
  environment,
  load,
  loadClassic,
  readCounts,
  readPolicy,
  translate,
  verify,
} from '../dist/index.js';
import { arches, syscallsOf } from '../dist/seccomp/arch.js';
import { seccompData } from '../dist/seccomp/condition.js';
import { expectedSteps } from '../dist/seccomp/heat.js';
import { groupCalls } from '../dist/seccomp/systemd.js';
import { measure as timed } from './measure.mjs';
import { markdown } from './report.mjs';

const regime = { packets: 16_384, passes: 1, rounds: 15 };
const counts = readCounts(readFileSync(new URL('calls.json', import.meta.url), 'utf8'));
const arch = arches.x86_64;

/** @returns a row a layout: its length, the instructions a call, and the nanoseconds a call on each engine */
function measure({ short }) {
  const policy = readPolicy(profile(), { arch: 'x86_64' });
  const calls = callsOf(counts, regime.packets);
  return ['linear', 'tree'].flatMap((layout) => {
    return [undefined, counts].map((known) => {
      const program = compilePolicy(policy, { layout, ...(known && { counts: known }) });
      const name = known === undefined ? layout : `${layout}, with counts`;
      const steps = expectedSteps(program, counts, arch);
      return { name, length: program.length, steps, nanoseconds: times(program, calls, short ? 3 : regime.rounds) };
    });
  });
}

function profile() {
  if (process.env.SECCOMP_PROFILE) return readFileSync(process.env.SECCOMP_PROFILE, 'utf8');
  const conditional = ['clone', 'clone3', 'socket', 'personality'];
  const names = [...groupCalls('@system-service'), ...groupCalls('@default'), 'ptrace', 'socketcall'];
  const allow = (calls, ...args) => ({ names: calls, action: 'SCMP_ACT_ALLOW', args });
  const is = (index, value, op = 'EQ') => ({ index, value, op: `SCMP_CMP_${op}` });
  return JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
    syscalls: [
      allow([...new Set(names)].filter((name) => !conditional.includes(name))),
      allow(['clone'], is(0, 0x7e02_0000, 'MASKED_EQ')),
      allow(['socket'], is(0, 40, 'NE')),
      allow(['personality'], is(0, 0), is(0, 8), is(0, 0xffff_ffff)),
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    ],
  });
}

/** So many calls in the proportions of the counts, by a seeded generator, one behind the other in one buffer. */
function callsOf(all, wanted) {
  const numbers = syscallsOf(arch);
  const known = [...all].filter(([name]) => numbers.has(name));
  const total = known.reduce((sum, [, count]) => sum + count, 0);
  let state = 1;
  const data = new Uint8Array(64 * wanted);
  for (let i = 0; i < wanted; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const name = nameAt(known, (state / 2 ** 32) * total);
    data.set(seccompData({ arch, nr: numbers.get(name), args: [1n, BigInt(i)] }), 64 * i);
  }
  return data;
}

/** The call that a place among all of them falls on, the counts laid one behind the other. */
function nameAt(known, place) {
  let end = 0;
  for (const [name, count] of known) {
    end += count;
    if (place < end) return name;
  }
  return known[0][0];
}

function times(program, data, rounds) {
  const verified = verify(translate(program, 'seccomp'), environment('seccomp'));
  const filters = {
    classic: loadClassic(program, { environment: 'seccomp' }),
    interpreter: load(verified, { engine: 'interpreter' }),
    jit: load(verified, { engine: 'jit' }),
  };
  const size = data.length / 64;
  const offsets = Uint32Array.from({ length: size }, (_, i) => 64 * i);
  const lengths = new Uint32Array(size).fill(64);
  const views = Array.from(offsets, (offset) => data.subarray(offset, offset + 64));
  const verdicts = new Uint32Array(size);
  const one = (filter) => () => {
    for (let i = 0; i < size; i++) verdicts[i] = filter.run(views[i]);
  };
  const batch = () => filters.jit.runBatch(data, offsets, lengths, verdicts);
  const candidates = {
    classic: one(filters.classic),
    interpreter: one(filters.interpreter),
    call: one(filters.jit),
    batch,
  };
  compareVerdicts(candidates, verdicts);
  const result = timed(candidates, { ...regime, rounds });
  for (const filter of Object.values(filters)) filter.close();
  return result;
}

function compareVerdicts({ classic, ...others }, verdicts) {
  classic();
  const expected = verdicts.slice();
  for (const [name, run] of Object.entries(others)) {
    verdicts.fill(0xdead);
    run();
    const wrong = verdicts.findIndex((verdict, i) => verdict !== expected[i]);
    if (wrong >= 0)
      throw new Error(`${name} says ${verdicts[wrong]} of call ${wrong}, the classic machine ${expected[wrong]}`);
  }
}

const engines = ['classic', 'interpreter', 'call', 'batch'];

function table(rows) {
  const head = [
    'layout',
    'instructions',
    'a call',
    'classic ns',
    'interpreter ns',
    'jit, a call: ns',
    'jit, batch: ns',
  ];
  const lines = rows.map(({ name, length, steps, nanoseconds }) => {
    return [name, `${length}`, steps.toFixed(1), ...engines.map((engine) => nanoseconds[engine].toFixed(1))];
  });
  return `### seccomp: a decision of a container's profile\n\n${markdown(head, lines)}`;
}

function chart(rows) {
  const groups = rows.map(({ name, nanoseconds }) => ({ name, values: engines.map((engine) => nanoseconds[engine]) }));
  return { title: 'seccomp: nanoseconds a decision', series: engines, groups };
}

export const part = { measure, table, chart };
