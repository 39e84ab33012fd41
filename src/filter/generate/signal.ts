// SS7: signal units of MTP2, and the fields of MTP3's routing label, which is little-endian.
//
//   byte 2        3     4-7
//   length (6)    SIO   sls (4 bits) opc (14) dpc (14)
//
// On a high-speed link the length has 9 bits at byte 4, and the rest comes three bytes later.

import type { Comparison, Word } from '../ast.js';
import { and, type Condition, not, or } from '../condition.js';
import { signalOffsets } from '../layout.js';
import type { Value } from '../value.js';
import type { Generator } from './generator.js';
import { compared } from './relation.js';

/** A field of a fixed width, and how a number is written into it. */
interface Field {
  readonly value: Value;
  readonly largest: number;
  readonly encode: (number: number) => number;
}

const highSpeedShift = 3;

function messageStart(g: Generator, keyword: Word): number {
  const start = signalOffsets[g.link.name];
  if (start === undefined) throw g.notHere(keyword.word, keyword);
  return start;
}

/** Fill-in, link status and message signal units, told by their length: 0, 1 or 2, more. */
export function signalUnit(g: Generator, keyword: Word): Condition {
  const start = messageStart(g, keyword);
  const fast = keyword.word.startsWith('h');
  const { values } = g;
  const mask = values.constant(fast ? 0xff80 : 0x3f);
  const length = values.alu('and', g.load('packet', start + (fast ? 4 : 2), fast ? 2 : 1), mask);
  const two = fast ? 0x0100 : 2;
  if (keyword.word.endsWith('fisu')) return g.match(length, 0xffffffff, 0);
  if (keyword.word.endsWith('msu')) return g.above(length, two);
  return and(g.above(length, 0), not(g.above(length, two)));
}

export function signalField(g: Generator, keyword: Word, values: readonly Comparison[]): Condition {
  const start = messageStart(g, keyword);
  const fast = keyword.word.startsWith('h');
  const name = fast ? keyword.word.slice(1) : keyword.word;
  return fieldTests(g, keyword, fieldOf(g, name, start + (fast ? highSpeedShift : 0)), values);
}

function fieldOf(g: Generator, name: string, start: number): Field {
  const masked = (size: 1 | 2 | 4, offset: number, mask: number) => {
    return g.values.alu('and', g.load('packet', start + offset, size), g.values.constant(mask));
  };
  switch (name) {
    case 'sio':
      return { value: g.load('packet', start + 3, 1), largest: 0xff, encode: (n) => n };
    case 'opc':
      return { value: masked(4, 4, swapped4(0x3fff << 14)), largest: 0x3fff, encode: (n) => swapped4(n << 14) };
    case 'dpc':
      return { value: masked(2, 4, swapped2(0x3fff)), largest: 0x3fff, encode: swapped2 };
    default:
      return { value: masked(1, 7, 0xf0), largest: 0xf, encode: (n) => n << 4 };
  }
}

const swapped2 = (n: number): number => ((n & 0xff) << 8) | ((n >>> 8) & 0xff);
const swapped4 = (n: number): number => ((swapped2(n) << 16) | swapped2(n >>> 16)) >>> 0;

const comparators = {
  '=': 'equal',
  '!=': 'equal',
  '>': 'above',
  '<=': 'above',
  '>=': 'at-least',
  '<': 'at-least',
} as const;
const opposite: ReadonlySet<string> = new Set(['!=', '<=', '<']);

/** Whether the field stands in one of the relations. */
export function fieldTests(g: Generator, keyword: Word, field: Field, values: readonly Comparison[]): Condition {
  const tests = values.map(({ relation, value }) => {
    g.limit(keyword.word, value.value, field.largest, value);
    const test = compared(g, comparators[relation], field.value, g.values.constant(field.encode(value.value)));
    return opposite.has(relation) ? not(test) : test;
  });
  const [first, ...rest] = tests;
  if (first === undefined) throw g.error('syntax', `'${keyword.word}' needs a value`, keyword);
  return or(first, ...rest);
}
