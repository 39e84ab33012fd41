// Ranges of 32-bit numbers as a table: which one a number lies in is found by its page, and where more than one range begins in a page, by
// halving them. What follows no power of 2 has its table too, and ranges that are crowded somewhere lie on many pages, since these divide
// no more than the part of all numbers where something begins.

import type { Numbers } from '../../optimize/numbers.js';
import type { Constants } from './constants.js';

/**
 * Ranges lie one behind the other on a circle; the widest one is the last, and closes it. Numbers are counted from where the first one
 * begins, the base.
 */
export interface Ranges {
  readonly base: number;
  /** Where the last range begins; 0 where it is the only one. */
  readonly span: number;
  /** Where each range but the last begins. */
  readonly starts: Uint32Array;
  /** In which range each page of 2^shift numbers begins, and behind them in which one the last page ends. */
  readonly pages: Uint32Array;
  readonly shift: number;
  /** The answer for each range. */
  readonly answers: Uint8Array | Uint32Array;
}

/** So many pages for each range make that most pages lie in one. */
const pagesARange = 2;
const mostPages = 2 ** 16;

/** @param sets the numbers for which the answer is 0, 1, …: together all, and each once */
export function rangesOf(sets: readonly Numbers[]): Ranges {
  const edges = sets
    .flatMap((numbers, answer) => numbers.flatMap((start, i) => (i % 2 === 0 ? { start, answer } : [])))
    .sort((a, b) => a.start - b.start);
  if (edges.length > 1 && edges[0]!.answer === edges.at(-1)!.answer) edges.shift(); // one range across 0
  const widths = edges.map(({ start }, i) => ((edges[i + 1] ?? edges[0]!).start - start + 2 ** 32) % 2 ** 32);
  const widest = widths.indexOf(Math.max(...widths));
  const turned = [...edges.slice(widest + 1), ...edges.slice(0, widest + 1)];
  const base = turned[0]!.start;
  const offsets = turned.map(({ start }) => (start - base) >>> 0);
  const span = offsets.pop()!;
  const shift = shiftFor(span, offsets.length);
  const pages = pagesOf(offsets, Math.ceil(span / 2 ** shift), 2 ** shift);
  const own = turned.map(({ answer }) => answer);
  const Answers = sets.length <= 2 ** 8 ? Uint8Array : Uint32Array;
  return { base, span, shift, pages, starts: Uint32Array.from(offsets), answers: Answers.from(own) };
}

function shiftFor(span: number, count: number): number {
  const pages = Math.min(pagesARange * count, mostPages);
  return Math.max(0, Math.ceil(Math.log2(span / pages)));
}

function pagesOf(offsets: readonly number[], count: number, size: number): Uint32Array {
  const pages = new Uint32Array(count + 1);
  for (let page = 0, range = 0; page <= count; page++) {
    while (range + 1 < offsets.length && offsets[range + 1]! <= page * size) range++;
    pages[page] = range;
  }
  return pages;
}

/**
 * Statements that set `at` to the answer for the number in A. Which range a page ends in is which one the next page begins in, or the
 * one before it.
 */
export function lookup({ base, span, starts, pages, shift, answers }: Ranges, constants: Constants): string {
  const [starting, paging, answering] = [starts, pages, answers].map((array) => constants.name(array));
  if (starts.length === 0) return `at = ${answering}[0];`;
  const page = shift === 0 ? 'far' : `far >>> ${shift}`;
  return `{ const far = A - ${base} >>> 0; let low = ${starts.length};
if (far < ${span}) { const page = ${page}; low = ${paging}[page]; let high = ${paging}[page + 1];
while (low < high) { const middle = low + high + 1 >>> 1; if (${starting}[middle] <= far) low = middle; else high = middle - 1; } }
at = ${answering}[low]; }`;
}
