// All numbers of a few bits, and what may be known of one, placed somewhere in a 64-bit word: low, across the halves, or at
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

/** Where the lowest of the bits stands; of n bits the highest is at 64 - n at the most. */
const places = {
  low: () => 0,
  'across the halves': (bits: number) => 32 - (bits >> 1),
  top: (bits: number) => 64 - bits,
} as const;

export type Place = keyof typeof places;

export const placeNames = Object.keys(places) as Place[];

function placed(value: number, place: Place, bits: number): Word {
  return word.shiftLeft(word.fromNumber(value), places[place](bits));
}

/** What is known of the numbers of these values. */
function knownOf<T>(known: T, values: readonly number[], place: Place, bits: number): Known<T> {
  return { known, numbers: values.map((value) => placed(value, place, bits)) };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, value) => value);
}

/** Each way to know some of the bits: 3^bits. */
export function tnums(place: Place, bits: number): Known<Tnum>[] {
  const all = upTo(2 ** bits);
  return all.flatMap((mask) =>
    all
      .filter((value) => (value & mask) === 0)
      .map((value) => {
        const known = { value: placed(value, place, bits), mask: placed(mask, place, bits) };
        const values = all.filter((x) => (x & ~mask) === value);
        return knownOf(known, values, place, bits);
      }),
  );
}

/** Each range of the numbers, unsigned, and signed where that is another; and each way to know some bits. */
export function scalars(place: Place, bits: number): Known<Scalar>[] {
  const half = 2 ** (bits - 1);
  const base = { ...scalar.unknown, bits: multiples(places[place](bits)) };
  const unsigned = ranges(0, 2 * half - 1).map(({ min, max, values }) => {
    const bounds = { umin: placed(min, place, bits), umax: placed(max, place, bits) };
    return knownOf(scalar.reduced({ ...base, ...bounds }), values, place, bits);
  });
  const signed = ranges(-half, half - 1).map(({ min, max, values }) => {
    const bounds = { smin: placed(min, place, bits), smax: placed(max, place, bits) };
    return knownOf(scalar.reduced({ ...base, ...bounds }), values, place, bits);
  });
  const some = tnums(place, bits).map(({ known, numbers }) => ({
    known: scalar.reduced({ ...scalar.unknown, bits: known }),
    numbers,
  }));
  return [...unsigned, ...signed, ...some];
}

function ranges(least: number, most: number): { min: number; max: number; values: number[] }[] {
  const all = upTo(most - least + 1).map((value) => least + value);
  return all.flatMap((min) =>
    all.filter((max) => max >= min).map((max) => ({ min, max, values: all.filter((x) => x >= min && x <= max) })),
  );
}

/** The bits below the place are 0. */
function multiples(place: number): Tnum {
  return { value: word.zero, mask: word.shiftLeft(word.ones, place) };
}
