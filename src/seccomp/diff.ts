// What changes from one policy to another: exactly the calls that are answered otherwise. Both filters are followed at once, so that
// each piece is a set of calls that have one answer in the one and one in the other.

import { letsPass, severity } from './action.js';
import { type Arch, arches, syscallName, syscallsOf, x32Bit } from './arch.js';
import { generateFilter } from './compile.js';
import { words } from './condition.js';
import { type ArgumentRange, argumentsOf, isSameRange, joined } from './describe.js';
import type { Policy } from './policy.js';
import { everything, type Fact, type Region, restricted, wordOf } from './region.js';
import { walk } from './walk.js';
import { contains, type WordSet } from './wordset.js';

/** Calls that one policy answers in one way and another policy in another. */
export interface Change {
  /** undefined: of all architectures that neither of the policies lets in. */
  readonly arch: Arch | undefined;
  /** Names of calls. */
  readonly calls: readonly string[];
  /** Whether numbers that no known call has are among them too. */
  readonly others: boolean;
  /** What is wanted of the arguments, all together; nothing: any. */
  readonly args: readonly ArgumentRange[];
  readonly before: number;
  readonly after: number;
}

/** Every call that changes its answer: what was allowed and is so no more first, then what is allowed newly. */
export function diffPolicies(before: Policy, after: Policy): readonly Change[] {
  const [a, b] = [generateFilter(before), generateFilter(after)];
  const changes: Change[] = [];
  for (const { arch, facts } of views(before, after)) {
    const start = restricted(everything, facts);
    if (start === undefined) continue;
    walk(a, start, (left) => {
      walk(b, left.region, (right) => {
        if (left.action !== right.action) changes.push(...described(arch, right.region, left.action, right.action));
      });
    });
  }
  return gathered(changes).toSorted((x, y) => rank(x) - rank(y) || severity(x.after) - severity(y.after));
}

function rank({ before, after }: Change): number {
  if (letsPass(before) && !letsPass(after)) return 0;
  return !letsPass(before) && letsPass(after) ? 1 : 2;
}

interface View {
  readonly arch: Arch | undefined;
  readonly facts: readonly Fact[];
}

/** All calls, by the architecture that they come in with. */
function views(a: Policy, b: Policy): readonly View[] {
  const known = [...new Set([...a.arches, ...b.arches].map(({ arch }) => arch))];
  const fact = (word: number, op: 'eq' | 'ge', k: number, truth: boolean): Fact => {
    return { word, test: { mask: 0xffff_ffff, op, k }, truth };
  };
  const here = (arch: Arch) => fact(words.arch, 'eq', arch.audit, true);
  const own = known
    .filter(({ name }) => name !== 'x86_64' && name !== 'x32')
    .map((arch) => ({ arch, facts: [here(arch)] }));
  const isX86 = known.some(({ audit }) => audit === arches.x86_64.audit);
  const halves = [arches.x86_64, arches.x32].map((arch) => {
    return { arch, facts: [here(arch), fact(words.nr, 'ge', x32Bit, arch.name === 'x32')] };
  });
  const foreign = { arch: undefined, facts: known.map(({ audit }) => fact(words.arch, 'eq', audit, false)) };
  return [...(isX86 ? halves : []), ...own, foreign];
}

/** A region in words: its calls by name, its arguments by range. */
function described(arch: Arch | undefined, region: Region, before: number, after: number): Change[] {
  const numbers = wordOf(region, words.nr);
  if (arch === undefined) return [{ arch, calls: [], others: true, args: [], before, after }];
  const calls = [...syscallsOf(arch)].filter(([, nr]) => contains(numbers, nr)).map(([name]) => name);
  const others = hasUnknown(numbers, arch);
  return [{ arch, calls, others, args: argumentsOf(region, arch), before, after }];
}

/** Whether a set has a number that no call has. */
function hasUnknown(numbers: WordSet, arch: Arch): boolean {
  const most = 2000; // more numbers than any table has calls
  for (let nr = numbers.low, seen = 0; nr <= numbers.high && seen < most; nr++, seen++) {
    if (contains(numbers, nr) && syscallName(arch, nr) === undefined) return true;
  }
  return false;
}

/** Joins pieces: those of one call whose ranges meet, then those of several calls that change alike. */
function gathered(changes: readonly Change[]): Change[] {
  const pieces = changes.flatMap((change) => [
    ...change.calls.map((name) => ({ ...change, calls: [name], others: false })),
    ...(change.others ? [{ ...change, calls: [] }] : []),
  ]);
  const byCall = grouped(pieces, keyOfCall);
  const merged = [...byCall.values()].flatMap((all) => mergedRanges(all));
  return [...grouped(merged, keyOfChange).values()].map((all) => ({
    ...all[0]!,
    calls: [...new Set(all.flatMap(({ calls }) => calls))],
    others: all.some(({ others }) => others),
  }));
}

const keyOfCall = ({ arch, calls, before, after }: Change): string => `${arch?.name} ${calls} ${before} ${after}`;

function keyOfChange({ arch, args, before, after }: Change): string {
  const ranges = args.map(({ argument, text }) => `${argument} ${text}`);
  return `${arch?.name} ${before} ${after} ${ranges.join()}`;
}

function grouped<T>(all: readonly T[], key: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const name = key(each);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [each]);
    else group.push(each);
  }
  return groups;
}

/** Pieces of one call that differ in one argument, and there only by ranges that meet, are one. */
function mergedRanges(pieces: readonly Change[]): Change[] {
  const left = [...pieces];
  for (let at = 0; at < left.length; at++) {
    for (let other = at + 1; other < left.length; other++) {
      const args = mergedArguments(left[at]!.args, left[other]!.args);
      if (args === undefined) continue;
      left[at] = { ...left[at]!, args };
      left.splice(other, 1);
      at = -1;
      break;
    }
  }
  return left;
}

function mergedArguments(a: readonly ArgumentRange[], b: readonly ArgumentRange[]): ArgumentRange[] | undefined {
  if (a.length !== b.length) return undefined;
  const different = a.flatMap((range, at) => (isSameRange(range, b[at]!) ? [] : [at]));
  const [at] = different;
  if (at === undefined) return [...a];
  const both = different.length === 1 ? joined(a[at]!, b[at]!) : undefined;
  if (both === undefined) return undefined;
  return both === 'any' ? a.filter((_, each) => each !== at) : a.map((range, each) => (each === at ? both : range));
}
