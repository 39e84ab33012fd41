// What event filters are refused for: a code, the place of one token, one sentence.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { compileEvent } from '../src/event/compile.js';
import { eventFormat } from '../src/event/describe.js';
import { parseEventFilter } from '../src/event/parse.js';
import { everyKind, linuxFilters } from './random-events.js';

type Row = readonly [filter: string, code: string, start: number, end: number, message: string];

const linux: readonly Row[] = [
  ['', 'syntax', 0, 0, 'expected the name of a field, found the end of the filter'],
  ['nmae == "x"', 'name', 0, 4, "event 'every_kind' has no field 'nmae'; did you mean 'name'?"],
  ['A8 == 1', 'name', 0, 2, "event 'every_kind' has no field 'A8'; did you mean 'a8'?"],
  ['a8', 'syntax', 2, 2, "expected one of ~ != == <= < >= > & behind field 'a8' (u8), found the end of the filter"],
  ['a8 = 1', 'syntax', 3, 4, "expected one of ~ != == <= < >= > & behind field 'a8' (u8), found '='"],
  ['a8 === 1', 'syntax', 5, 6, "expected a number for field 'a8' (u8), found '='"],
  ['a8 == a16', 'syntax', 6, 9, "expected a number for field 'a8' (u8), found 'a16'"],
  ['a8 == 08', 'syntax', 6, 8, "expected a number, found '08'"],
  ['a8 == -1', 'range', 6, 8, "field 'a8' (u8) takes an unsigned number of 64 bits"],
  ['b8 == 9223372036854775808', 'range', 6, 25, "field 'b8' (s8) takes a signed number of 64 bits"],
  ['a8 == 0000000000000000000000001', 'range', 6, 31, 'a number of more than 23 characters'],
  ['a8 ~ 1', 'type', 5, 6, "'~' is for text, and field 'a8' is u8"],
  ['a8 == "1"', 'type', 6, 9, "field 'a8' is no text (u8): compare it with a number"],
  ['name == 1', 'type', 8, 9, "field 'name' is text (char[16]): compare it with a text in quotes"],
  ['name == bash', 'syntax', 8, 12, "expected a text in quotes for field 'name' (char[16]), found 'bash'"],
  ['name < "a"', 'type', 7, 10, "a text can be compared by == != and ~, not by '<'"],
  ['name == "a', 'syntax', 8, 10, 'a text without its closing "'],
  [`name == "${'x'.repeat(256)}"`, 'range', 8, 266, 'a text of 256 bytes; 255 are the most'],
  ['name == CPUS{1}', 'type', 8, 12, "field 'name' (char[16]) can't be compared with processors"],
  ['cpu < CPUS{1}', 'type', 6, 10, "CPUS{…} can be compared by == != and &, not by '<'"],
  ['cpu & CPUS(1)', 'syntax', 10, 11, "expected '{' behind CPUS, found '('"],
  ['cpu & CPUS{1', 'syntax', 12, 12, "expected '}' behind the processors, found the end of the filter"],
  ['cpu & CPUS{128}', 'syntax', 11, 14, "expected a list of processors below 128 as 0-3,8, found '128'"],
  ['cpu & CPUS{}', 'syntax', 11, 12, "expected a list of processors below 128 as 0-3,8, found ''"],
  ['a32.function == x', 'type', 16, 17, "'.function' is for addresses of 8 bytes, and 'a32' is u32"],
  ['a64.function < x', 'type', 15, 16, "a function can be compared by == and !=, not by '<'"],
  ['a64.function == x', 'unsupported', 16, 17, "the addresses of functions are not known here: 'x'"],
  ['(a8 == 1', 'syntax', 0, 1, "a '(' that is not closed"],
  ['a8 == 1)', 'syntax', 7, 8, "expected '&&', '||' or the end of the filter, found ')'"],
  ['a8 == 1 and a8 == 2', 'syntax', 8, 11, "expected '&&', '||' or the end of the filter, found 'and'"],
  ['(a8 == 1 x', 'syntax', 9, 10, "expected '&&', '||' or ')', found 'x'"],
  ['a8 == 1 &&', 'syntax', 10, 10, 'expected the name of a field, found the end of the filter'],
  ['()', 'syntax', 1, 2, "expected the name of a field, found ')'"],
  ['!', 'syntax', 1, 1, 'expected the name of a field, found the end of the filter'],
  [`${'('.repeat(301)}a8 == 1${')'.repeat(301)}`, 'limit', 301, 303, 'nested deeper than 300 levels'],
];

const extended: readonly Row[] = [
  ['a8 == (a16 == 1)', 'type', 6, 16, 'expected a number, found a comparison'],
  ['a8 == a16 == 1', 'syntax', 10, 12, "expected '&&', '||' or the end of the filter, found '=='"],
  ['-(a8 == 1) == 2', 'type', 0, 10, "'-' is for numbers, and here stands a comparison"],
  ['(a8 == 1) + 1', 'type', 10, 11, "'+' is for numbers, and here stands a comparison"],
  ['a8 + 1', 'type', 0, 6, 'expected a comparison, found a number'],
  ['a8 == 0x', 'syntax', 6, 8, "expected a number, found '0x'"],
  ['a8 == 18446744073709551616', 'range', 6, 26, 'a number of more than 64 bits'],
  ['"x" == a8', 'type', 0, 3, 'expected a number, found a text'],
  ['a8 == "x"', 'type', 6, 9, "field 'a8' is no text (u8)"],
  ['name', 'syntax', 4, 4, "expected a comparison behind 'name' (char[16]), found the end of the filter"],
  ['a64.function', 'syntax', 12, 12, "expected a comparison behind 'a64' (u64), found the end of the filter"],
  ['name == &&', 'syntax', 8, 10, "expected a text for field 'name' (char[16]), found '&&'"],
  ["name == 'x", 'syntax', 8, 10, "a text without its closing '"],
  ['a8 in 1', 'syntax', 6, 7, "expected '{' behind 'in', found '1'"],
  ['a8 in {1 2}', 'syntax', 9, 10, "expected ',' or '}', found '2'"],
  ['a8 in {a16}', 'type', 7, 10, "expected a number for field 'a8' (u8)"],
  ['a8 in {x}', 'name', 7, 8, "event 'every_kind' has no field 'x'"],
  ['(a8 + 1) in {1}', 'type', 0, 8, 'expected a comparison, found a number'],
  [
    `a64 == 1 + ${'(a64 + '.repeat(8)}1${')'.repeat(8)}`,
    'limit',
    7,
    76,
    'a number that is nested too deep to the right',
  ],
];

it.each(extended)('extended: %s is refused', (filter, code, start, end, message) => {
  expect(() => parseEventFilter(filter, everyKind)).toThrow(
    expect.objectContaining({ code, message, place: { source: filter, start, end } }),
  );
});

it.each([
  ['a64.function == vfs_raed', 'name', "there is no function 'vfs_raed'"],
  ['a64.function == a+b', 'name', "there is no function 'a+b'"],
  ['a64.function == 1', 'name', "there is no function '1'"],
  ['a64.function == 08', 'syntax', "expected a number, found '08'"],
])('where functions are known, %s is refused', (filter, code, message) => {
  const place = { source: filter, start: 16, end: filter.length };
  for (const dialect of ['linux', 'extended'] as const) {
    expect(() => parseEventFilter(filter, everyKind, { dialect, functions: () => undefined })).toThrow(
      expect.objectContaining({ code, message, place }),
    );
  }
});

it('records that reach further than an instruction are refused', () => {
  const records = (size: number) => eventFormat({ long: `char[${size}]`, last: 'u8' });
  expect(compileEvent('last == 1', records(0x7ffe)).environment.dataSize).toBe(0x7fff);
  expect(() => compileEvent('last == 1', records(0x7fff))).toThrow(
    expect.objectContaining({ code: 'limit', message: 'expected records of at most 32767 bytes, found 32768' }),
  );
});

describe('linux', () => {
  it.each(linux)('%s is refused', (filter, code, start, end, message) => {
    const place = { source: filter, start, end };
    expect(() => parseEventFilter(filter, everyKind, { dialect: 'linux', processors: 128 })).toThrow(
      expect.objectContaining({ code, message, place }),
    );
  });

  it.each(['linux', 'extended'] as const)('300 parentheses are taken: %s', (dialect) => {
    const filter = `${'('.repeat(300)}a8 == 1${')'.repeat(300)}`;
    expect(parseEventFilter(filter, everyKind, { dialect }).expression.kind).toBe('number');
  });

  it('a filter of a page or more is refused', () => {
    const filter = `a8 == 1${' '.repeat(4089)}`;
    expect(() => parseEventFilter(filter, everyKind, { dialect: 'linux' })).toThrow('at most 4095 bytes, got 4096');
  });
});

it.each([
  ['a8 == 256', 6, 9, "of 256 only 0 is left in field 'a8' (u8, 1 bytes)"],
  ['b8 >= 128', 6, 9, "of 128 only -128 is left in field 'b8' (s8, 1 bytes)"],
  ['args == 5', 0, 9, "field 'args' (unsigned long[6]) is no number: nothing matches"],
  ['cpu & 1', 0, 7, "'&' of the processor with a number never matches: use CPUS{…}"],
])('%s is warned of', (filter, start, end, message) => {
  const { warnings } = parseEventFilter(filter, everyKind, { dialect: 'linux' });
  expect(warnings).toEqual([{ message, start, end }]);
});

it('a filter with a piece changed is read, or refused with a place', () => {
  const piece = fc.oneof(
    fc.constantFrom('&&', '(', ')', '"', '!', '==', '~', ' ', 'CPUS{', '0x', 'é', '\0'),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(linuxFilters, piece, fc.nat(), fc.nat({ max: 4 }), (filter, text, at, removed) => {
      const start = at % (filter.length + 1);
      const source = filter.slice(0, start) + text + filter.slice(start + removed);
      try {
        parseEventFilter(source, everyKind, { dialect: 'linux' });
      } catch (error) {
        if (!(error instanceof BpfError)) throw error;
        const { place } = error;
        expect(place!.start).toBeLessThanOrEqual(place!.end);
        expect(place!.end).toBeLessThanOrEqual(source.length);
        if (place!.start === place!.end) expect(place!.end).toBe(source.length);
      }
    }),
    { seed: 5, numRuns: 2000 },
  );
});

it.each([
  [{ dialect: 'linus' }, everyKind, "expected the dialect linux or extended, got 'linus'"],
  [{ processors: 0 }, everyKind, 'expected a number of processors from 1 on, got 0'],
  [{}, 'name: x', 'expected a format that parseEventFormat or eventFormat has returned'],
  [{}, undefined, 'expected a format that parseEventFormat or eventFormat has returned'],
])('%j is refused at the door', (options: object, format: unknown, message) => {
  expect(() => Reflect.apply(parseEventFilter, undefined, ['a8 == 1', format, options])).toThrow(
    expect.objectContaining({ code: 'usage', message }),
  );
});
