// All numbers of four bits, and what may be known of one, placed somewhere in a 64-bit word: low, across the halves, or at
// the top, where sums wrap and signs change.

import type { Scalar } from '../src/abstract/scalar.js';
import * as scalar from '../src/abstract/scalar.js';
import type { Tnum } from '../src/abstract/tnum.js';
import type { Word } from '../src/abstract/word.js';
import * as word from '../src/abstract/word.js';

/** What is known, and all the numbers that it is known of. */
export interface Known<T> {
  readonly known: T;
  readonly numbers: readonly Word[];
}

const numbers4 = Array.from({ length: 16 }, (_, value) => value);

/** Where the four bits stand. */
export const places = { low: 0, 'across the halves': 30, top: 60 } as const;

function placed(value: number, place: number): Word {
  return word.shiftLeft(word.fromNumber(value), place);
}

/** Each way to know some of four bits: 81. */
export function tnums(place: number): Known<Tnum>[] {
  return numbers4.flatMap((mask) =>
    numbers4
      .filter((value) => (value & mask) === 0)
      .map((value) => ({
        known: { value: placed(value, place), mask: placed(mask, place) },
        numbers: numbers4.filter((x) => (x & ~mask) === value).map((x) => placed(x, place)),
      })),
  );
}

/** Each range of numbers of four bits, unsigned, and of those from -8 to 7, signed; and each way to know some bits. */
export function scalars(place: number): Known<Scalar>[] {
  const ranges = numbers4.flatMap((min) => numbers4.filter((max) => max >= min).map((max) => ({ min, max })));
  const unsigned = ranges.map(({ min, max }) => ({
    known: scalar.reduced({
      ...scalar.unknown,
      umin: placed(min, place),
      umax: placed(max, place),
      bits: multiples(place),
    }),
    numbers: numbers4.filter((x) => x >= min && x <= max).map((x) => placed(x, place)),
  }));
  const signed = ranges.map(({ min, max }) => ({
    known: scalar.reduced({
      ...scalar.unknown,
      smin: placed(min - 8, place),
      smax: placed(max - 8, place),
      bits: multiples(place),
    }),
    numbers: numbers4.filter((x) => x >= min && x <= max).map((x) => placed(x - 8, place)),
  }));
  const bits = tnums(place).map(({ known, numbers }) => ({
    known: scalar.reduced({ ...scalar.unknown, bits: known }),
    numbers,
  }));
  return [...unsigned, ...(place === places.top ? [] : signed), ...bits];
}

/** The bits below the four are 0. */
function multiples(place: number): Tnum {
  return { value: word.zero, mask: word.shiftLeft(word.ones, place) };
}
