// How far the packet is known to reach: what loads have succeeded, or will have to, on every way through a place.

import type { Demand, Evaluation, Value } from '../value.js';

export interface Reach {
  /** The packet has at least this many bytes. */
  readonly length: number;
  /** It has at least so many behind a base. */
  readonly behind: readonly Behind[];
  /** What has been evaluated with success, where bytes alone don't say so. */
  readonly evaluated: readonly Evaluation[];
}

interface Behind {
  readonly base: Value;
  readonly end: number;
}

export const nothing: Reach = { length: 0, behind: [], evaluated: [] };

/** Offsets from here up are no plain offsets: Linux's extensions are there. */
const plainLimit = 0x80000000;

/** Most facts of a kind that are kept; more would make long programs slow to compile. */
const factLimit = 24;

/** Whether a load behind the base can't wrap around, so that a farther one reaches over a nearer one. */
const isPlain = (base: Value | undefined, end: number): boolean => (base?.maximum ?? 0) + end < plainLimit;

export function satisfied(reach: Reach, demand: Demand): boolean {
  if (demand.kind === 'evaluation') return isEvaluated(reach, demand.by);
  const { base, end, by } = demand;
  if (!isPlain(base, end)) return isEvaluated(reach, by);
  if (reach.length >= (base?.maximum ?? 0) + end) return true;
  return base !== undefined && endBehind(reach, base) >= end;
}

function isEvaluated({ evaluated }: Reach, { id }: Evaluation): boolean {
  for (const one of evaluated) if (one.id === id) return true;
  return false;
}

function endBehind({ behind }: Reach, base: Value): number {
  for (const one of behind) if (one.base === base) return one.end;
  return 0;
}

/** What is known once the demands have been met. */
export function extended(reach: Reach, demands: readonly Demand[]): Reach {
  let known = reach;
  for (const demand of demands) if (!satisfied(known, demand)) known = withDemand(known, demand);
  return known;
}

function withDemand(reach: Reach, demand: Demand): Reach {
  const { length, behind, evaluated } = reach;
  if (demand.kind === 'evaluation') return { length, behind, evaluated: appended(evaluated, demand.by) };
  const { base, end, by } = demand;
  if (!isPlain(base, end)) return { length, behind, evaluated: appended(evaluated, by) };
  const longer = Math.max(length, end);
  if (base === undefined) return { length: longer, behind, evaluated };
  const others = behind.filter((one) => one.base !== base);
  return { length: longer, behind: appended(others, { base, end }), evaluated };
}

/** The list with one more at its end; the oldest is forgotten where there are too many. */
function appended<T>(list: readonly T[], one: T): readonly T[] {
  const longer = list.length < factLimit ? list.slice() : list.slice(1);
  longer.push(one);
  return longer;
}

/** What is known where two ways meet. */
export function common(a: Reach, b: Reach): Reach {
  if (a === b) return a;
  const length = Math.min(a.length, b.length);
  const behind = a.behind === b.behind ? a.behind : nearest(a, b);
  const evaluated = a.evaluated === b.evaluated ? a.evaluated : a.evaluated.filter((one) => isEvaluated(b, one));
  if (length === a.length && behind === a.behind && evaluated === a.evaluated) return a;
  return { length, behind, evaluated };
}

function nearest(a: Reach, b: Reach): readonly Behind[] {
  const both: Behind[] = [];
  for (const one of a.behind) {
    const end = Math.min(one.end, endBehind(b, one.base));
    if (end > 0) both.push(end === one.end ? one : { base: one.base, end });
  }
  return both;
}

/** What stays known when a variable changes. */
export function without(reach: Reach, variable: number): Reach {
  const bit = 1 << variable;
  const behind = reach.behind.filter(({ base }) => (base.variables & bit) === 0);
  const evaluated = reach.evaluated.filter(({ variables }) => (variables & bit) === 0);
  return { length: reach.length, behind, evaluated };
}
