// Records of pages, gathered so that one call filters many: in front of each what a record doesn't hold, where the filter asks.

import { eventPrefix } from '../../env/event.js';
import { prefixBytes } from '../../event/record.js';
import type { EventFilter, RecordFault } from '../../run/event.js';

/** One event, where it came from, and when. */
export interface Gathered {
  readonly record: Uint8Array;
  readonly cpu: number;
  /** Nanoseconds by the trace's clock; undefined where the source has none. */
  readonly time: bigint | undefined;
}

/** What a pass over records came to. */
export interface EventCounts {
  records: number;
  matched: number;
  /** Events that the kernel had no room for. */
  lost: number;
  /** Pages that say events were lost, and not how many. */
  gaps: number;
  /** Pages with an entry that doesn't end inside of them. */
  damaged: number;
  readonly faults: Record<RecordFault, number>;
}

export function noCounts(): EventCounts {
  return { records: 0, matched: 0, lost: 0, gaps: 0, damaged: 0, faults: { short: 0, outside: 0 } };
}

/**
 * The records that match, in their order.
 * @param comm the name of the task that a record belongs to
 */
export function matching(
  filter: EventFilter,
  events: readonly Gathered[],
  counts: EventCounts,
  comm: (event: Gathered) => string,
): Gathered[] {
  const before = filter.hasPrefix ? eventPrefix.size : 0;
  const lengths = Uint32Array.from(events, ({ record }) => record.length + before);
  const offsets = new Uint32Array(events.length);
  for (let i = 1; i < events.length; i++) offsets[i] = offsets[i - 1]! + lengths[i - 1]!;
  const data = Buffer.alloc(lengths.reduce((sum, length) => sum + length, 0));
  for (const [i, event] of events.entries()) {
    if (filter.hasPrefix) data.set(prefixBytes({ comm: comm(event), cpu: event.cpu }), offsets[i]);
    data.set(event.record, offsets[i]! + before);
    const fault = filter.fault(event.record);
    if (fault !== undefined) counts.faults[fault]++;
  }
  const verdicts = new Uint32Array(events.length);
  counts.matched += filter.runBatch(data, offsets, lengths, verdicts);
  counts.records += events.length;
  return events.filter((_, i) => verdicts[i] !== 0);
}
