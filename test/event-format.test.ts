// Formats of tracefs: what is read of them, and what is refused.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { kindOf, parseEventFormat } from '../src/event/format.js';

const text = `name: task_rename
ID: 204
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;

\tfield:pid_t pid;\toffset:8;\tsize:4;\tsigned:1;
\tfield:char oldcomm[16];\toffset:12;\tsize:16;\tsigned:0;
\tfield:__data_loc char[] path;\toffset:28;\tsize:4;\tsigned:0;

print fmt: "pid=%d oldcomm=%s", REC->pid, REC->oldcomm
`;

it('a format is read field by field', () => {
  const { fields, ...rest } = parseEventFormat(text);
  expect(rest).toEqual({
    name: 'task_rename',
    id: 204,
    size: 32,
    print: '"pid=%d oldcomm=%s", REC->pid, REC->oldcomm',
  });
  expect(fields.map(({ name, type, kind, signed, common }) => [name, type, kind, signed, common])).toEqual([
    ['common_type', 'unsigned short', 'number', false, true],
    ['pid', 'pid_t', 'number', true, false],
    ['oldcomm', 'char[16]', 'text', false, false],
    ['path', '__data_loc char[]', 'located-text', false, false],
  ]);
});

it.each([
  ['unsigned char[6]', 'text'],
  ['__data_loc unsigned char[]', 'located-text'],
  ['__rel_loc char[]', 'relative-text'],
  ['__data_loc cpumask_t', 'processors'],
  ['__data_loc u32[]', 'number'],
  ['const char *', 'pointer-text'],
  ['unsigned char', 'number'],
  ['void *', 'number'],
] as const)('Linux takes %s for %s', (type, kind) => {
  expect(kindOf(type)).toBe(kind);
});

const field = (line: string) => `name: x\nformat:\n\t${line}\n`;

it.each([
  ['nothing', '', 'syntax', 0, 0, "expected a format to begin with 'name:'"],
  ['no name', 'name:\n', 'syntax', 0, 5, "expected a value behind 'name:'"],
  ['no fields', 'name: x\nID: 5\n', 'syntax', 14, 14, 'a format without fields'],
  ['an ID that is none', 'name: x\nID: five\n', 'syntax', 8, 16, "expected a value behind 'ID:'"],
  [
    'half a field',
    field('field:int a; offset:0;'),
    'syntax',
    16,
    39,
    "expected 'field:TYPE NAME; offset:N; size:N; signed:N;'",
  ],
  ['no type', field('field:a; offset:0; size:4;'), 'syntax', 16, 43, "expected a type and a name, found 'a'"],
  ['a far field', field('field:int a; offset:65532; size:4;'), 'range', 16, 51, "field 'a' ends beyond byte 65535"],
  [
    'a place of 8 bytes',
    field('field:__data_loc char[] a; offset:0; size:8;'),
    'range',
    16,
    61,
    "expected field 'a' of 4 bytes, found 8",
  ],
] as const)('%s is refused', (_, source, code, start, end, message) => {
  expect(() => parseEventFormat(source)).toThrow(
    expect.objectContaining({ code, message, place: { source, start, end } }),
  );
});

it('whatever the text is, it is read or refused with its place', () => {
  const lines = fc.constantFrom(
    'name: x',
    'ID: 1',
    'format:',
    '',
    '\tfield:int a;\toffset:0;\tsize:4;\tsigned:1;',
    'print fmt: "x"',
  );
  const noise = fc.oneof(
    lines,
    fc.string(),
    fc.constantFrom(...text.split('\n')).map((line) => line.slice(3)),
  );
  fc.assert(
    fc.property(fc.array(noise), (parts) => {
      try {
        const { fields, size } = parseEventFormat(parts.join('\n'));
        for (const { offset, size: bytes } of fields) expect(offset + bytes).toBeLessThanOrEqual(size);
      } catch (error) {
        expect(error).toBeInstanceOf(BpfError);
        expect((error as BpfError).place).toBeDefined();
      }
    }),
    { seed: 3 },
  );
});

const events = '/sys/kernel/tracing/events';

describe('the formats of the running kernel', () => {
  const readable = existsSync(`${events}/sched`);
  it.skipIf(!readable)('are all read; skipped where tracefs is not mounted or not readable', () => {
    const paths = readdirSync(events, { recursive: true, encoding: 'utf8' });
    for (const path of paths.filter((name) => name.endsWith('/format'))) {
      const source = readFileSync(`${events}/${path}`, 'utf8');
      const { fields } = parseEventFormat(source);
      expect(fields.length).toBe(source.match(/^\tfield:/gm)!.length);
    }
  });
});
