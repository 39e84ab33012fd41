// The JSON reader that keeps positions: it reads what JSON.parse reads, except what that reads wrongly.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { type JsonValue, parseJson } from '../src/base/json.js';

function plain(value: JsonValue): unknown {
  switch (value.kind) {
    case 'null':
      return null;
    case 'list':
      return value.items.map(plain);
    case 'object':
      return Object.fromEntries([...value.members].map(([name, member]) => [name, plain(member.value)]));
    case 'boolean':
    case 'number':
    case 'text':
      return value.value;
  }
}

function refusal(source: string): BpfError | undefined {
  try {
    parseJson(source);
    return undefined;
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
}

describe('JSON', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2), (text, indent) => {
        const source = JSON.stringify(JSON.parse(text), undefined, indent);
        expect(plain(parseJson(source))).toEqual(JSON.parse(source));
      }),
      { seed: 9 },
    );
  });

  it('is accepted and refused as JSON.parse does, whatever the text is, but for names that stand twice', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\u00e9',
      '1',
      '-',
      '.5',
      'e3',
      '01',
      'true',
      'nul',
      ' ',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces, { maxLength: 12 }).map((all) => all.join('')),
          fc.string(),
        ),
        (text) => {
          const error = refusal(text);
          if (error?.message.includes('twice')) return;
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          expect(error === undefined).toBe(isJson);
          if (error !== undefined) expect(error.code).toBe('syntax');
        },
      ),
      { seed: 9, numRuns: 2000 },
    );
  });

  it('keeps whole numbers of any size', () => {
    expect(parseJson('18446744073709551615')).toMatchObject({ kind: 'number', whole: 2n ** 64n - 1n });
    expect(parseJson('1e3')).toMatchObject({ kind: 'number', value: 1000, whole: undefined });
  });

  it('knows where everything stands', () => {
    const value = parseJson('{ "a": [1, "x"] }');
    expect(value).toMatchObject({ span: { start: 0, end: 17 } });
    const member = value.kind === 'object' ? value.members.get('a') : undefined;
    expect(member).toMatchObject({ name: { start: 2, end: 5 }, value: { span: { start: 7, end: 15 } } });
  });

  const bad: readonly (readonly [source: string, message: string, start: number, end: number])[] = [
    ['', 'expected a value, found the end of the text', 0, 0],
    ['{"a":1,"a":2}', "the name 'a' stands here twice", 7, 10],
    ['[1] x', "expected the end of the text, found 'x'", 4, 5],
    ['[1,]', "expected a value after ',', found ']'", 3, 4],
    ['{"a" 1}', "expected ':', found '1'", 5, 6],
    ['{a: 1}', "expected a name in quotes, found 'a'", 1, 2],
    ['[1 2]', "expected ',' or ']', found '2'", 3, 4],
    ['[truth]', "expected a value, found 'truth'", 1, 6],
    ['[01]', "expected a value, found '01'", 1, 3],
    ['"a', 'expected the end of the text in quotes, found the end of the text', 2, 2],
    ['"\\x"', "expected the end of the text in quotes, found '\\'", 1, 2],
    ['"a\nb"', "expected the end of the text in quotes, found '?'", 2, 3],
  ];
  it.each(bad)('%j is refused: %s', (source, message, start, end) => {
    const error = refusal(source);
    expect(error?.message).toBe(message);
    expect(error?.place).toEqual({ source, start, end });
  });

  it('that is nested too deep is refused, not the stack exhausted', () => {
    expect(refusal('['.repeat(100_000))?.message).toBe('expected at most 200 lists and objects in one another');
  });
});
