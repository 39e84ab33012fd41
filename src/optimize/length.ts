// How long the packets are that a program is made for. Nearly all have their headers, so that one look at the length, which
// the processor foresees, stands for all others; what is shorter goes to the checked copy.

import { assume, knowing, nothing } from './assume.js';
import type { Condition } from './condition.js';
import { conditionsOf, type Decision, mapped } from './decision.js';
import type { ValueOf } from './value.js';

/** The headers of IPv4 and TCP without options, behind the link header: what most of the shortest packets have. */
const usualBytes = 40;

export interface Assumed {
  readonly decision: Decision;
  /** How many bytes of the packet there must be; 0 where it doesn't matter. */
  readonly captured: number;
}

/** The decision for packets of at least so many bytes. */
export function forUsualLengths(decision: Decision, value: ValueOf<'captured'>, networkHeader: number): Assumed {
  const most = networkHeader + usualBytes;
  const bounds = new Set<number>();
  const seen = new Set<Condition>();
  for (const condition of conditionsOf(decision)) addBounds(condition, value, bounds, seen);
  const captured = Math.max(0, ...[...bounds].filter((bound) => bound <= most));
  if (captured === 0) return { decision, captured };
  const known = knowing(nothing, { kind: 'test', value, numbers: [captured, value.most] });
  return { decision: mapped(decision, (condition) => assume(condition, known)), captured };
}

/** Adds the lengths from which on tests of the length hold. */
function addBounds(condition: Condition, value: ValueOf<'captured'>, bounds: Set<number>, seen: Set<Condition>): void {
  if (seen.has(condition)) return;
  seen.add(condition);
  if (condition.kind === 'test' && condition.value === value) bounds.add(condition.numbers[0]!);
  if (condition.kind === 'and' || condition.kind === 'or') {
    for (const part of condition.parts) addBounds(part, value, bounds, seen);
  }
}
