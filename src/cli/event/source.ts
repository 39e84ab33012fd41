// Where events come from: the running kernel, a file of its pages, a file of records of one length. Each yields what there is
// at a time; `counts` is told what was lost on the way.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { BpfError } from '../../base/error.js';
import { systemFault } from '../../capture/fault.js';
import type { EventFormat } from '../../event/format.js';
import { type RingLayout, readRingPage } from '../../event/ring.js';
import type { EventCounts, Gathered } from './batch.js';
import { TraceInstance } from './tracefs.js';

/** How long to wait where nothing happens, in milliseconds. */
const pause = 50;

/** How many pages of a processor are taken at a time. */
const pagesAtOnce = 64;

export interface Live {
  readonly root: string;
  readonly event: string;
  readonly format: EventFormat;
  readonly layout: RingLayout;
  /** Ends the stream after what has been recorded so far. */
  readonly stop: AbortSignal;
}

/** What the running kernel records from now on, until it is stopped. */
export async function* liveEvents(live: Live, counts: EventCounts): AsyncGenerator<readonly Gathered[]> {
  const trace = new TraceInstance(live.root, live.event, live.layout);
  try {
    while (!live.stop.aborted) {
      const events = taken(trace, live, counts);
      if (events.length > 0) yield events;
      else await sleep(pause, undefined, { signal: live.stop }).catch(() => {}); // stopped: the loop sees it
    }
    trace.stop();
    for (let last = taken(trace, live, counts); last.length > 0; last = taken(trace, live, counts)) yield last;
  } finally {
    trace.close();
  }
}

/** What is there on all processors, in the order of time. */
function taken(trace: TraceInstance, { layout, format }: Live, counts: EventCounts): Gathered[] {
  const events: Gathered[] = [];
  for (const processor of trace.processors) {
    for (let pages = 0; pages < pagesAtOnce; pages++) {
      const page = trace.read(processor);
      if (page === undefined) break;
      events.push(...eventsOf(page.slice(), layout, format, processor.cpu, counts));
    }
  }
  return events.sort(byTime);
}

function byTime({ time: a = 0n }: Gathered, { time: b = 0n }: Gathered): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The events of a page that are of the format. */
function eventsOf(
  page: Uint8Array,
  layout: RingLayout,
  { id }: EventFormat,
  cpu: number,
  counts: EventCounts,
): Gathered[] {
  const { records, lost, damaged } = readRingPage(page, layout);
  if (lost === undefined) counts.gaps++;
  counts.lost += lost ?? 0;
  counts.damaged += damaged ? 1 : 0;
  const events = records.map(({ offset, length, time }) => ({
    record: page.subarray(offset, offset + length),
    cpu,
    time,
  }));
  return events.filter(
    ({ record }) => id === undefined || (record.length >= 2 && ((record[1]! << 8) | record[0]!) === id),
  );
}

/** Every page of a file that was copied from `trace_pipe_raw`. */
export function* pageEvents(
  path: string,
  format: EventFormat,
  layout: RingLayout,
  counts: EventCounts,
): Generator<readonly Gathered[]> {
  const data = readInput(path);
  const size = layout.data.offset + layout.data.size;
  if (data.length % size !== 0) {
    throw new BpfError('encoding', `expected pages of ${size} bytes in '${path}', found ${data.length} bytes in all`);
  }
  for (let at = 0; at < data.length; at += size)
    yield eventsOf(data.subarray(at, at + size), layout, format, 0, counts);
}

/** How many records of a file are taken at a time. */
const recordsAtOnce = 4096;

/** Every record of a file of records of one length. */
export function* recordEvents(path: string, stride: number): Generator<readonly Gathered[]> {
  const data = readInput(path);
  for (let at = 0; at < data.length; at += stride * recordsAtOnce) {
    const part = data.subarray(at, at + stride * recordsAtOnce);
    const count = Math.ceil(part.length / stride);
    yield Array.from({ length: count }, (_, i) => ({
      record: part.subarray(i * stride, (i + 1) * stride),
      cpu: 0,
      time: undefined,
    }));
  }
}

function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw systemFault(`cannot read '${path}'`, error);
  }
}
