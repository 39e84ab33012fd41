// The law of event filters: a compiled filter says of every record what a walk over its tree says, on every engine, one by one
// and many at once. UNIBPF_RUNS and UNIBPF_SEED make a longer campaign of it (scripts/fuzz.mjs).

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateEvent } from '../src/event/evaluate.js';
import { parseEventFilter } from '../src/event/parse.js';
import { type EventOrigin, prefixBytes } from '../src/event/record.js';
import { type EventFilter, eventFilter } from '../src/run/event.js';
import { nativeMissing } from '../src/run/native.js';
import { everyKind, linuxFilters, type RandomEvent, randomEvents } from './random-events.js';

const runs = { numRuns: Number(process.env.UNIBPF_RUNS ?? 300), seed: Number(process.env.UNIBPF_SEED ?? 7) };
const engines = (['interpreter', 'jit'] as const).map((engine) => {
  return { engine, missing: engine === 'jit' ? nativeMissing() : undefined };
});

describe.each(engines)('$engine', ({ engine, missing }) => {
  it.skipIf(missing)('says what the tree says, of each record and of all at once', () => {
    fc.assert(
      fc.property(linuxFilters, fc.array(randomEvents, { minLength: 1, maxLength: 8 }), (text, events) => {
        using filter = eventFilter(text, everyKind, { dialect: 'linux', processors: 128, engine });
        const { expression } = parseEventFilter(text, everyKind, { dialect: 'linux', processors: 128 });
        const expected = events.map(({ data, ...origin }) => evaluateEvent(expression, everyKind, data, origin));
        expect(events.map(({ data, ...origin }) => filter.matches(data, origin))).toEqual(expected);
        expect(batch(filter, events)).toEqual(expected.map(Number));
      }),
      runs,
    );
  });
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
