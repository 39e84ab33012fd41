// The law of event filters: a compiled filter says of every record what a walk over its tree says, on every engine, one by one
// and many at once. scripts/fuzz.mjs makes a longer campaign of it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import type { EventDialect } from '../src/event/dialect.js';
import { evaluateEvent } from '../src/event/evaluate.js';
import { parseEventFilter } from '../src/event/parse.js';
import { type EventOrigin, prefixBytes } from '../src/event/record.js';
import { type EventFilter, eventFilter } from '../src/run/event.js';
import { nativeMissing } from '../src/run/native.js';
import { firstSeed, runsOf } from './campaign.js';
import { everyKind, extendedFilters, linuxFilters, type RandomEvent, randomEvents } from './random-events.js';

const runs = { numRuns: runsOf(150), seed: firstSeed };
const engines = ['interpreter', 'jit'] as const;
const missing = { interpreter: undefined, jit: nativeMissing() };
const filters = { linux: linuxFilters, extended: extendedFilters };
const legs = engines.flatMap((engine) => (['linux', 'extended'] as const).map((dialect) => ({ engine, dialect })));

describe.each(legs)('$dialect, $engine', ({ engine, dialect }) => {
  it.skipIf(missing[engine])('says what the tree says, of each record and of all at once', () => {
    fc.assert(
      fc.property(filters[dialect], fc.array(randomEvents, { minLength: 1, maxLength: 8 }), (text, events) => {
        compareWithTree(text, events, { dialect, engine });
      }),
      runs,
    );
  });
});

function compareWithTree(
  text: string,
  events: readonly RandomEvent[],
  options: { readonly dialect: EventDialect; readonly engine: (typeof engines)[number] },
): void {
  const parsed = parsedOrRefused(text, options.dialect);
  if (parsed === undefined) return;
  using filter = eventFilter(text, everyKind, { ...options, processors: 128, optimize: true });
  const { expression } = parsed;
  const expected = events.map(({ data, ...origin }) => evaluateEvent(expression, everyKind, data, origin));
  expect(events.map(({ data, ...origin }) => filter.matches(data, origin))).toEqual(expected);
  expect(batch(filter, events)).toEqual(expected.map(Number));
}

/** Generated numbers may be too large for their field, and calculations too deep. */
function parsedOrRefused(text: string, dialect: EventDialect): ReturnType<typeof parseEventFilter> | undefined {
  try {
    return parseEventFilter(text, everyKind, { dialect, processors: 128 });
  } catch (error) {
    if (dialect === 'extended' && error instanceof BpfError && ['range', 'limit'].includes(error.code))
      return undefined;
    throw error;
  }
}

it('what Linux takes has the same tree in the extended dialect', () => {
  fc.assert(
    fc.property(linuxFilters, (text) => {
      const [linux, extended] = (['linux', 'extended'] as const).map((dialect) => parsedOrRefused(text, dialect));
      expect(extended?.expression).toEqual(linux?.expression);
    }),
    { ...runs, numRuns: runs.numRuns * 4 },
  );
});

function batch(filter: EventFilter, events: readonly RandomEvent[]): number[] {
  const inputs = events.map(({ data, ...origin }) => input(filter, data, origin));
  const lengths = Uint32Array.from(inputs, ({ length }) => length);
  let end = 0;
  const offsets = lengths.map((length) => {
    end += length;
    return end - length;
  });
  const verdicts = new Uint32Array(events.length).fill(7);
  const matches = filter.runBatch(Buffer.concat(inputs), offsets, lengths, verdicts);
  expect(matches).toBe(verdicts.reduce((sum, verdict) => sum + verdict, 0));
  return [...verdicts];
}

function input(filter: EventFilter, record: Uint8Array, origin: EventOrigin): Uint8Array {
  return filter.hasPrefix ? Buffer.concat([prefixBytes(origin), record]) : record;
}
