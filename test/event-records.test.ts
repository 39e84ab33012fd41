// Records that a program describes, and what filters of the extended dialect say of them.

import { describe, expect, it } from 'vitest';
import { type EventFieldDescription, eventFormat } from '../src/event/describe.js';
import { parseEventFormat } from '../src/event/format.js';
import { parseEventFilter } from '../src/event/parse.js';
import { eventFilter } from '../src/run/event.js';
import { nativeMissing } from '../src/run/native.js';

const format = eventFormat({ sig: 's32', pid: 'u32', comm: 'char[16]', latency: { type: 'u64', offset: 32 } });

function record(sig: number, pid: number, comm: string, latency = 0n): Uint8Array {
  const bytes = Buffer.alloc(format.size);
  bytes.writeInt32LE(sig, 0);
  bytes.writeUInt32LE(pid, 4);
  bytes.write(comm, 8);
  bytes.writeBigUInt64LE(latency, 32);
  return bytes;
}

it('fields follow each other, where no offset is given', () => {
  expect(format.fields.map(({ name, kind, offset, size }) => [name, kind, offset, size])).toEqual([
    ['sig', 'number', 0, 4],
    ['pid', 'number', 4, 4],
    ['comm', 'text', 8, 16],
    ['latency', 'number', 32, 8],
  ]);
  expect(format.size).toBe(40);
});

it.each([
  [{}, 'usage', 'expected a record with one field at least'],
  [{ 'a b': 'u8' }, 'name', "expected the name of a field as a word, got 'a b'"],
  [{ a: 'u33' }, 'name', "field 'a' has the unknown type 'u33'; did you mean 'u32'?"],
  [{ a: 'char[0]' }, 'name', "field 'a' has the unknown type 'char[0]'"],
  [{ a: { type: 'u64', offset: 65528 } }, 'range', "field 'a' has to lie in the first 65535 bytes, and not at 65528"],
  [{ a: { type: 'u8', offset: -1 } }, 'range', "field 'a' has to lie in the first 65535 bytes, and not at -1"],
])('%j is refused', (fields, code, message) => {
  const given: object = fields;
  expect(() => eventFormat(given as Record<string, EventFieldDescription>)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

describe('the extended dialect', () => {
  const matches = (text: string, bytes = record(11, 1000, 'cat', 5000n)): boolean => {
    using filter = eventFilter(text, format);
    return filter.matches(bytes);
  };

  it.each([
    '((sig >= 10 && sig < 15) || sig == 17) && comm != bash',
    'comm == cat',
    "comm == 'cat'",
    'comm ~ c*',
    'comm in {dog, cat}',
    'sig in { 1, 9..12 }',
    'sig in {11} && !(sig in {12})',
    'pid > sig',
    '999 < pid',
    'sig * 100 - pid == 100',
    'latency / pid == 5',
    'pid % 7 == 6',
    '(pid & 0xff) == 0xe8',
    'pid & 0xff == 0xe8',
    'sig << 3 == 88',
    '-sig == -11',
    '-sig < 0',
    'latency >= pid * (sig - 6)',
    '(sig + 1) * 2 == 24',
    '(sig & 1) && (pid & 8)',
    '0',
  ])('%s matches', (text) => {
    expect(matches(text)).toBe(true);
  });

  it.each([
    '((sig >= 10 && sig < 15) || sig == 17) && comm != cat',
    'comm == ca',
    'sig in {}',
    'comm in {}',
    'sig / 0 == 1',
    'pid < sig',
    'latency + 1 < pid',
  ])('%s does not match', (text) => {
    expect(matches(text)).toBe(false);
  });

  it.each([
    ['sig', 'type', 0, 3, 'expected a comparison, found a number'],
    ['sig + comm == 1', 'type', 4, 5, "'+' is for numbers, and here stands a comparison"],
    ['sig == 1 + (pid == 2)', 'type', 9, 10, "'+' is for numbers, and here stands a comparison"],
    ['pid == -1', 'range', 7, 9, "field 'pid' (u32) takes an unsigned number of 64 bits"],
    ['sgi == 1', 'name', 0, 3, "event 'record' has no field 'sgi'; did you mean 'sig'?"],
    ['sig == pdi', 'name', 7, 10, "event 'record' has no field 'pdi'; did you mean 'pid'?"],
    ['sig in 5', 'syntax', 7, 8, "expected '{' behind 'in', found '5'"],
    ['sig in {1 2}', 'syntax', 10, 11, "expected ',' or '}', found '2'"],
    ['sig in {pid}', 'type', 8, 11, "expected a number for field 'sig' (s32)"],
    ['comm == "a', 'syntax', 8, 10, 'a text without its closing "'],
    ['sig == 99999999999999999999', 'range', 7, 27, 'a number of more than 64 bits'],
  ])('%s is refused', (text, code, start, end, message) => {
    expect(() => parseEventFilter(text, format)).toThrow(
      expect.objectContaining({ code, message, place: { source: text, start, end } }),
    );
  });

  it('numbers have the names that print fmt gives them', () => {
    const softirq = parseEventFormat(`name: softirq
format:
\tfield:unsigned int vec;\toffset:0;\tsize:4;\tsigned:0;
\tfield:u8 flags;\toffset:4;\tsize:1;\tsigned:0;

print fmt: "vec=%u [action=%s] %s", REC->vec, __print_symbolic(REC->vec, { 0, "HI" }, { 1, "TIMER" }, { 9, "RCU|X" }), __print_flags(REC->flags, "|", {0x1, "READ"}, { 1UL << 3, "SYNC" }, { SOME_ENUM, "LOST" })
`);
    const bytes = Uint8Array.of(1, 0, 0, 0, 8);
    const verdict = (text: string): boolean => {
      using filter = eventFilter(text, softirq);
      return filter.matches(bytes);
    };
    expect(['vec == TIMER', 'vec in {HI, TIMER}', 'flags & SYNC', 'vec != "RCU|X"'].map(verdict)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(() => verdict('vec == TIMRE')).toThrow(
      "'TIMRE' is neither a field of 'softirq' nor a value of 'vec'; did you mean 'TIMER'?",
    );
  });
});

describe('a value elsewhere in the record', () => {
  const located = eventFormat({ number: 'u32', text: '__data_loc char[]' });
  /** A record of 12 bytes, whose text is said to be at an offset and so long. */
  const at = (offset: number, length: number): Uint8Array => {
    const bytes = Buffer.alloc(12, 'abcd');
    bytes.writeUInt32LE((length << 16) | offset, 4);
    return bytes;
  };

  it.each(['jit', 'interpreter'] as const)('may reach to the end of the record and no further, by %s', (engine) => {
    if (engine === 'jit' && nativeMissing() !== undefined) return expect(nativeMissing()).toBeTypeOf('string');
    using filter = eventFilter('text == abcd || number == 1684234849', located, { engine });
    expect(filter.fault(at(8, 4))).toBeUndefined();
    expect(filter.matches(at(8, 4))).toBe(true);
    for (const [offset, length] of [
      [8, 5],
      [9, 4],
      [12, 1],
      [0xffff, 1],
    ] as const) {
      expect(filter.fault(at(offset, length))).toBe('outside');
      expect(filter.matches(at(offset, length))).toBe(false);
    }
    expect(filter.fault(at(12, 0))).toBeUndefined();
  });

  it('is no fault where the filter does not look at it', () => {
    using filter = eventFilter('number > 0', located);
    expect(filter.fault(at(0xffff, 1))).toBeUndefined();
    expect(filter.fault(new Uint8Array(7))).toBe('short');
  });
});
