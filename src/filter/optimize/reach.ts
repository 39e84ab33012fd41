// How far the packet is known to reach: what loads have succeeded, or will have to, on every way through a place.

import type { Value } from '../value.js';
import type { Demand } from './demand.js';

export interface Reach {
  /** The packet has at least this many bytes. */
  readonly length: number;
  /** It has at least this many behind a base. */
  readonly behind: ReadonlyMap<Value, number>;
  /** Values whose evaluation has succeeded, where bytes alone don't say so. */
  readonly evaluated: ReadonlySet<Value>;
}

export const nothing: Reach = { length: 0, behind: new Map(), evaluated: new Set() };

/** Offsets from here up are no plain offsets: Linux's extensions are there. */
const plainLimit = 0x80000000;

/** Most facts of a kind that are kept; more would make long programs slow to compile. */
const factLimit = 24;

/** Whether a load behind the base can't wrap around, so that a farther one reaches over a nearer one. */
const isPlain = (base: Value | undefined, end: number): boolean => (base?.maximum ?? 0) + end < plainLimit;

export function satisfied(reach: Reach, demand: Demand): boolean {
  if (demand.kind === 'evaluation') return reach.evaluated.has(demand.value);
  const { base, end, load } = demand;
  if (!isPlain(base, end)) return reach.evaluated.has(load);
  if (reach.length >= (base?.maximum ?? 0) + end) return true;
  return base !== undefined && (reach.behind.get(base) ?? 0) >= end;
}

/** What is known once the demands have been met. */
export function extended(reach: Reach, demands: readonly Demand[]): Reach {
  return demands.reduce((known, demand) => (satisfied(known, demand) ? known : withDemand(known, demand)), reach);
}

function withDemand(reach: Reach, demand: Demand): Reach {
  if (demand.kind === 'evaluation') return withEvaluated(reach, demand.value);
  const { base, end, load } = demand;
  if (!isPlain(base, end)) return withEvaluated(reach, load);
  const length = Math.max(reach.length, end);
  if (base === undefined) return { ...reach, length };
  return { ...reach, length, behind: new Map([...reach.behind, [base, end] as const].slice(-factLimit)) };
}

function withEvaluated(reach: Reach, value: Value): Reach {
  return { ...reach, evaluated: new Set([...reach.evaluated, value].slice(-factLimit)) };
}

/** What is known where two ways meet. */
export function common(a: Reach, b: Reach): Reach {
  if (a === b) return a;
  const both = [...a.behind].flatMap(([base, end]) => {
    const least = Math.min(end, b.behind.get(base) ?? 0);
    return least > 0 ? [[base, least] as const] : [];
  });
  return {
    length: Math.min(a.length, b.length),
    behind: new Map(both),
    evaluated: new Set([...a.evaluated].filter((value) => b.evaluated.has(value))),
  };
}

/** What stays known when a variable changes. */
export function without(reach: Reach, variable: number): Reach {
  const bit = 1 << variable;
  const stays = (value: Value) => (value.variables & bit) === 0;
  return {
    length: reach.length,
    behind: new Map([...reach.behind].filter(([base]) => stays(base))),
    evaluated: new Set([...reach.evaluated].filter(stays)),
  };
}
