// Events as text: `print fmt` of the kernel over the bytes of a record.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrintFormat } from '../src/cli/event/c-expression.js';
import { printf } from '../src/cli/event/printf.js';
import { renderer } from '../src/cli/event/render.js';
import { parseEventFormat } from '../src/event/format.js';

const format = (print: string) =>
  parseEventFormat(`name: x
format:
\tfield:int a;\toffset:0;\tsize:4;\tsigned:1;
\tfield:u64 b;\toffset:4;\tsize:8;\tsigned:0;
\tfield:char c[4];\toffset:12;\tsize:4;\tsigned:0;
\tfield:__data_loc char[] d;\toffset:16;\tsize:4;\tsigned:0;
\tfield:unsigned short e[2];\toffset:20;\tsize:4;\tsigned:0;

print fmt: ${print}
`);

const bytes = Buffer.from('feffffff' + '0500000000000000' + '61626300' + '18000300' + '0700ff01' + '686900', 'hex');

describe('print fmt', () => {
  it.each([
    ['"a=%d b=%llu c=%s", REC->a, REC->b, REC->c', 'a=-2 b=5 c=abc'],
    [
      '"%x %#x %04x|%-4d|%4d|%u", REC->a, REC->b, REC->b, REC->b, REC->b, REC->a',
      'fffffffe 0x5 0005|5   |   5|4294967294',
    ],
    ['"%s" "-%d%%", __get_str(d), (int)(REC->b + 1) * 2', 'hi-12%'],
    ['"%s", REC->b > 3 && !(REC->a) ? "yes" : "no"', 'no'],
    ['"%s", __print_symbolic(REC->b, { 4, "FOUR" }, { 5, "FIVE" })', 'FIVE'],
    ['"%s", __print_symbolic(REC->b, { 4, "FOUR" })', '0x5'],
    ['"%s", __print_flags(REC->b, "|", { 0x1, "A" }, { 1 << 1, "B" })', 'A|0x4'],
    ['"%u %s", REC->e[1], __print_hex_str(REC->e, 2)', '511 0700ff01'],
    ['"%u", __get_dynamic_array_len(d)', '3'],
    ['"%.2s|%.*s|%c", REC->c, 1, REC->c, 65', 'ab|a|A'],
    ['"%pS done", REC->b', '0x5 done'],
  ])('%s', (print, text) => {
    expect(renderer(format(print))(bytes)).toBe(text);
  });

  it.each([
    '"%d", unknown_function(REC->a)',
    '"%d", REC->a->b',
    '"%d", REC->nothing',
    'REC->a',
    '"%d", (',
    '"%d", REC->b / 0',
  ])('%s is printed field by field', (print) => {
    expect(renderer(format(print))(bytes)).toBe('a=-2 b=5 c=abc d=hi e=0700ff01');
  });

  it('shows what is not in the record as unknown', () => {
    expect(renderer(format('"%s", __get_str(d)'))(bytes.subarray(0, 24))).toBe('a=-2 b=5 c=abc d=? e=0700ff01');
  });
});

it('a directive without a value stays, and text is never taken for a directive', () => {
  expect(printf('%d %d', [1n])).toBe('1 %d');
  expect(printf('%dus %s', [1n, '%d'])).toBe('1us %d');
});

it('whatever stands behind print fmt, it is read or not', () => {
  const piece = fc.constantFrom(
    '"x=%d"',
    ',',
    'REC',
    '->',
    'a',
    '(',
    ')',
    '{',
    '}',
    '?',
    ':',
    '&',
    '<<',
    '1',
    '"',
    '__get_str',
    '[',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(piece), (parts) => {
      const text = parts.join('');
      expect(() => parsePrintFormat(text)).not.toThrow();
      expect(typeof renderer({ ...format('"x"'), print: text })(bytes)).toBe('string');
    }),
    { seed: 2, numRuns: 1000 },
  );
});
