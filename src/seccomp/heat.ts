// Which calls a process makes most, so that a filter asks for these first. Linux itself remembers which calls a filter always allows, on
// some machines; all others run through the filter each time.

import { expectText } from '../base/argument.js';
import { BpfError } from '../base/error.js';
import { parseJson } from '../base/json.js';
import type { ClassicProgram } from '../classic/program.js';
import { type Arch, knownSyscalls, syscallsOf } from './arch.js';
import { words } from './condition.js';
import { everything, type Region, restricted } from './region.js';
import { pathOf, walk } from './walk.js';

/** How often calls are made, by their names. */
export type CallCounts = ReadonlyMap<string, number>;

/**
 * Counts from text: a JSON object `{ "read": 120 }`, lines `read 120` or `120 read`, or the table that `strace -c` prints.
 * @throws BpfError 'syntax' where there is none, or a count is no number, with the place
 */
export function readCounts(source: string): CallCounts {
  expectText(source, 'counts of calls');
  const counts = /^\s*\{/.test(source) ? countsOfJson(source) : countsOfLines(source);
  if (counts.size > 0) return counts;
  const place = { source, start: source.length, end: source.length };
  throw new BpfError('syntax', "expected counts of system calls as 'read 120', found none", { place });
}

function countsOfJson(source: string): Map<string, number> {
  const value = parseJson(source);
  const members = value.kind === 'object' ? [...value.members] : [];
  return new Map(
    members.map(([name, { value: count }]) => {
      if (count.kind === 'number' && count.value >= 0) return [name, count.value] as const;
      throw new BpfError('syntax', `${name}: expected a count`, { place: { source, ...count.span } });
    }),
  );
}

/** In the table of strace the calls are in the fourth column; in lines of two words they are the word that is a number. */
function countsOfLines(source: string): Map<string, number> {
  const known = knownSyscalls();
  const counts = new Map<string, number>();
  for (const line of source.split('\n')) {
    const row = line.trim().split(/\s+/);
    const name = row.find((word) => known.has(word));
    const count = Number(row.length > 2 ? row[3] : row.find((word) => word !== name));
    if (name !== undefined && Number.isFinite(count)) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

/** So many calls may be asked for before all others. */
const mostHot = 32;

/**
 * The numbers to ask for one by one before all others, the most frequent first: as many as make the expected way the shortest.
 * @param program the filter without them
 */
export function hotNumbers(program: ClassicProgram, counts: CallCounts, arch: Arch): readonly number[] {
  const calls = numbered(counts, arch)
    .map(({ nr, count }) => ({ nr, count, steps: stepsOf(program, nr, arch) }))
    .toSorted((a, b) => b.count - a.count);
  let best = { size: 0, cost: cost(calls, 0) };
  for (let size = 1; size <= Math.min(mostHot, calls.length); size++) {
    const now = cost(calls, size);
    if (now < best.cost) best = { size, cost: now };
  }
  return calls.slice(0, best.size).map(({ nr }) => nr);
}

/** The way to what is asked for first: the architecture and the number are loaded and tested, and the answer given. */
const shortest = 5;

/** The expected way, where the first `size` calls are asked for first: each test makes all ways behind it longer by one. */
function cost(calls: readonly { readonly count: number; readonly steps: number }[], size: number): number {
  return calls.reduce((sum, { count, steps }, at) => sum + count * (at < size ? shortest + at : steps + size), 0);
}

/** How many instructions a filter takes for a call, over the calls that are counted: the mean. */
export function expectedSteps(program: ClassicProgram, counts: CallCounts, arch: Arch): number {
  const calls = numbered(counts, arch);
  const total = calls.reduce((sum, { count }) => sum + count, 0);
  return calls.reduce((sum, { nr, count }) => sum + count * stepsOf(program, nr, arch), 0) / (total || 1);
}

function numbered(counts: CallCounts, arch: Arch): readonly { readonly nr: number; readonly count: number }[] {
  const numbers = syscallsOf(arch);
  return [...counts].flatMap(([name, count]) => {
    const nr = numbers.get(name);
    return nr === undefined ? [] : [{ nr, count }];
  });
}

/** The instructions for a call; where they depend on its arguments, the mean of all ways. */
function stepsOf(program: ClassicProgram, nr: number, arch: Arch): number {
  const lengths: number[] = [];
  walk(program, callRegion(nr, arch), ({ path }) => lengths.push(pathOf(path).length));
  return lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
}

function callRegion(nr: number, arch: Arch): Region {
  const is = (word: number, k: number) => ({ word, test: { mask: 0xffff_ffff, op: 'eq', k }, truth: true }) as const;
  return restricted(everything, [is(words.arch, arch.audit), is(words.nr, nr)]) ?? everything;
}
