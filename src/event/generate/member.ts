// Whether a number is in a set, without a branch: one range by two subtractions, several near each other by a bit map.
//
// Numbers of 32 bits and fewer lie in a circle of 2^32: behind `w -= low` a range is 0 to its size, whatever the sign.

import * as asm from '../../ebpf/build.js';
import type { NumberSource } from '../ast.js';
import { complement, domain, type Range, type Ranges } from '../ranges.js';
import type { Membership } from '../simplify.js';
import { type Code, full, half, immediate, isShort } from './code.js';

const circle = 1n << 32n;
const half32 = 1n << 31n;

/** As many ranges are tested one after the other; more make a decision with branches. */
const rangeLimit = 4;

/** How many instructions it takes; undefined where it isn't done without branches. */
export function memberCost({ source, ranges }: Membership): number | undefined {
  const others = complement(ranges, domain(source));
  if (ranges.length === 1 || others.length === 1) return source.size === 8 ? 7 : 4;
  if (spans(ranges) || spans(others)) return source.size === 8 ? 9 : 7;
  return ranges.length <= rangeLimit ? 2 + ranges.length * (source.size === 8 ? 8 : 5) : undefined;
}

/** Leaves 1 at a place of the row where the number is in the set, else 0, with the two places behind it to work in. */
export function emitMember(code: Code, { source, ranges }: Membership, place: number): void {
  const others = complement(ranges, domain(source));
  code.load(full(place), source);
  if (ranges.length === 1 || others.length === 1) {
    emitRange(code, { source, ranges, others }, place);
    return;
  }
  const inverted = !spans(ranges) && spans(others);
  if (inverted || spans(ranges)) {
    emitMap(code, source, inverted ? others : ranges, place);
    if (inverted) invert(code, place);
    return;
  }
  emitRanges(code, source, ranges, place);
}

/** Whether all of the numbers lie within 64. */
function spans(ranges: Ranges): boolean {
  const [first, last] = [ranges[0], ranges.at(-1)];
  return first !== undefined && last !== undefined && last[1] - first[0] < 64n;
}

function invert(code: Code, place: number): void {
  code.emit(asm.xor(half(place), 1));
}

interface OneRange {
  readonly source: NumberSource;
  /** One of the two has one range. */
  readonly ranges: Ranges;
  readonly others: Ranges;
}

function emitRange(code: Code, { source, ranges, others }: OneRange, place: number): void {
  const [least, most] = domain(source);
  const isInside = ranges.length === 1;
  const range = isInside ? ranges[0]! : others[0]!;
  if (source.size === 8) {
    emitWideRange(code, source, range, place);
    if (isInside) invert(code, place);
  } else if (range[0] === least && isShort(range[1] + 1n)) {
    emitBelow(code, range[1] + 1n, place);
    if (!isInside) invert(code, place);
  } else if (range[1] === most && isShort(range[0])) {
    emitBelow(code, range[0], place);
    if (isInside) invert(code, place);
  } else {
    emitArc(code, source, range, place, isInside);
  }
}

/** number < bound: the sign of their difference */
function emitBelow(code: Code, bound: bigint, place: number): void {
  if (bound !== 0n) code.emit(asm.sub(full(place), immediate(bound)));
  code.emit(asm.rsh(full(place), 63));
}

/** The sign of (number - low) - size, of which the first part is taken in 32 bits. */
function emitArc(code: Code, source: NumberSource, [low, high]: Range, place: number, isInside: boolean): void {
  const size = high - low + 1n;
  if (size === half32) {
    emitHalf(code, low, place);
    if (isInside) invert(code, place);
    return;
  }
  const isLarge = size > half32;
  const [from, count] = isLarge ? [high + 1n, circle - size] : [low, size];
  subtract(code, source, from, place);
  code.emit(asm.sub(full(place), immediate(count)), asm.rsh(full(place), 63));
  if (isLarge === isInside) invert(code, place);
}

/** 1 outside of half of the circle */
function emitHalf(code: Code, low: bigint, place: number): void {
  code.emit(asm.sub(half(place), immediate(low)), asm.rsh(half(place), 31));
}

/** 1 outside: number - low, or what is left to the range's end, is negative; a range of half or more is taken by its rest */
function emitWideRange(code: Code, source: NumberSource, [low, high]: Range, place: number): void {
  const isLarge = high - low >= 1n << 63n;
  const from = isLarge ? high + 1n : low;
  const last = isLarge ? (1n << 64n) - 2n - (high - low) : high - low;
  const rest = full(place + 1);
  subtract(code, source, from, place);
  code.constant(rest, last);
  code.emit(asm.sub(rest, full(place)), asm.or(full(place), rest), asm.rsh(full(place), 63));
  if (isLarge) invert(code, place);
}

/** (map >> (number - low)) & (number - low < 64), of which the latter is the sign of n - 64, or of n / 64 - 1 */
function emitMap(code: Code, source: NumberSource, ranges: Ranges, place: number): void {
  const low = ranges[0]![0];
  const map = ranges.reduce((bits, [from, to]) => bits | (((1n << (to - from + 1n)) - 1n) << (from - low)), 0n);
  const [number, shifted] = [full(place), full(place + 1)];
  subtract(code, source, low, place);
  code.constant(shifted, map);
  code.emit(asm.rsh(shifted, number));
  code.emit(...(source.size < 8 ? [asm.sub(number, 64)] : [asm.rsh(number, 6), asm.sub(number, 1)]));
  code.emit(asm.rsh(number, 63), asm.and(number, shifted));
}

/** number -= low; in 32 bits, if it has no more */
function subtract(code: Code, { size, signed }: NumberSource, low: bigint, place: number): void {
  if (size < 8) {
    if (low !== 0n) code.emit(asm.sub(half(place), immediate(low)));
    else if (signed) code.emit(asm.mov(half(place), half(place)));
  } else if (isShort(low)) {
    if (low !== 0n) code.emit(asm.sub(full(place), immediate(low)));
  } else {
    code.constant(full(place + 1), BigInt.asUintN(64, low));
    code.emit(asm.sub(full(place), full(place + 1)));
  }
}

/** One range after the other, joined by `or`. */
function emitRanges(code: Code, source: NumberSource, ranges: Ranges, place: number): void {
  const [number, sum] = [full(place + 2), full(place)];
  code.emit(asm.mov(number, full(place)));
  for (const [i, range] of ranges.entries()) {
    const at = i === 0 ? place : place + 3;
    code.emit(asm.mov(full(at), number));
    const one = { source, ranges: [range], others: complement([range], domain(source)) };
    emitRange(code, one, at);
    if (i > 0) code.emit(asm.or(sum, full(at)));
  }
}
