// What is known of numbers against the numbers themselves: no operation and no comparison loses one. Pairs of what is known of a
// few bits: verify-transfer.test.ts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as arithmetic from '../src/abstract/arithmetic.js';
import { assume, type Comparison, opposite, outcome } from '../src/abstract/compare.js';
import type { Scalar } from '../src/abstract/scalar.js';
import * as scalar from '../src/abstract/scalar.js';
import * as word from '../src/abstract/word.js';
import { Word } from '../src/abstract/word.js';
import { placeNames, scalars } from './small-world.js';

type Binary = (width: 32 | 64, a: Scalar, b: Scalar) => Scalar;
const operations: readonly (readonly [string, Binary, (a: Word, b: Word) => Word])[] = [
  ['add', arithmetic.add, word.add],
  ['sub', arithmetic.sub, word.sub],
  ['multiply', arithmetic.multiply, word.multiply],
  ['and', arithmetic.and, word.and],
  ['or', arithmetic.or, word.or],
  ['xor', arithmetic.xor, word.xor],
];

const lowHalf = (a: Word) => new Word(a.lo, 0);
const cut = (width: 32 | 64, a: Word) => (width === 64 ? a : lowHalf(a));

/** By the bytes of a buffer. */
function reversed(a: Word, bits: 16 | 32 | 64): Word {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, word.toUnsigned(a), true);
  return word.fromBigInt(view.getBigUint64(0) >> BigInt(64 - bits));
}

const unary: readonly (readonly [string, (a: Scalar) => Scalar, (a: Word) => Word])[] = [
  ['lowHalf', arithmetic.lowHalf, lowHalf],
  ['truncate to a byte', (a) => arithmetic.truncate(a, 1), (a) => new Word(a.lo & 0xff, 0)],
  ['truncate to two bytes', (a) => arithmetic.truncate(a, 2), (a) => new Word(a.lo & 0xffff, 0)],
  ['extend a byte', (a) => arithmetic.signExtend(a, 1), (a) => word.fromSigned32((a.lo << 24) >> 24)],
  ['extend two bytes', (a) => arithmetic.signExtend(a, 2), (a) => word.fromSigned32((a.lo << 16) >> 16)],
  ['extend four bytes', (a) => arithmetic.signExtend(a, 4), (a) => word.fromSigned32(a.lo)],
  ['negate', (a) => arithmetic.negate(64, a), word.negate],
  ['negate the low half', (a) => arithmetic.negate(32, a), (a) => lowHalf(word.negate(a))],
  ['reverse two bytes', (a) => arithmetic.reverseBytes(a, 16), (a) => reversed(a, 16)],
  ['reverse four bytes', (a) => arithmetic.reverseBytes(a, 32), (a) => reversed(a, 32)],
  ['reverse eight bytes', (a) => arithmetic.reverseBytes(a, 64), (a) => reversed(a, 64)],
];

const amounts = [0, 1, 2, 3, 16, 28, 31];
const shifts: readonly (readonly [string, (a: Scalar, n: number) => Scalar, (a: Word, n: number) => Word])[] = [
  ['shiftLeft', arithmetic.shiftLeft, word.shiftLeft],
  ['shiftRight', arithmetic.shiftRight, word.shiftRight],
  ['shiftRightSigned', arithmetic.shiftRightSigned, word.shiftRightSigned],
  ['shiftLeft by more', (a, n) => arithmetic.shiftLeft(a, n + 32), (a, n) => word.shiftLeft(a, n + 32)],
  ['shiftRight by more', (a, n) => arithmetic.shiftRight(a, n + 32), (a, n) => word.shiftRight(a, n + 32)],
  [
    'shiftRightSigned by more',
    (a, n) => arithmetic.shiftRightSigned(a, n + 32),
    (a, n) => word.shiftRightSigned(a, n + 32),
  ],
  ['shiftLeft32', arithmetic.shiftLeft32, (a, n) => new Word(a.lo << n, 0)],
  ['shiftRight32', arithmetic.shiftRight32, (a, n) => new Word(a.lo >>> n, 0)],
  ['shiftRightSigned32', arithmetic.shiftRightSigned32, (a, n) => new Word(a.lo >> n, 0)],
];

const comparisons = Object.keys(opposite) as Comparison[];

function holds(op: Comparison, width: 32 | 64, a: Word, b: Word): boolean {
  const [x, y] = width === 64 ? [word.toUnsigned(a), word.toUnsigned(b)] : [BigInt(a.lo >>> 0), BigInt(b.lo >>> 0)];
  const [s, t] = [BigInt.asIntN(width, x), BigInt.asIntN(width, y)];
  const answers = {
    eq: x === y,
    ne: x !== y,
    gt: x > y,
    ge: x >= y,
    lt: x < y,
    le: x <= y,
    sgt: s > t,
    sge: s >= t,
    slt: s < t,
    sle: s <= t,
    set: (x & y) !== 0n,
    clear: (x & y) === 0n,
  };
  return answers[op];
}

describe.each(placeNames)('numbers of six bits, %s', (place) => {
  const world = scalars(place, 6);

  it('are all in what is known of them', () => {
    for (const { known, numbers } of world)
      if (!numbers.every((x) => scalar.contains(known, x))) expect.fail('one is lost');
  });

  it.each(unary)('%s holds every result', (_, abstract, concrete) => {
    for (const { known, numbers } of world) {
      const result = abstract(known);
      if (!numbers.every((x) => scalar.contains(result, concrete(x)))) expect.fail('a result is lost');
    }
  });

  it.each(shifts)('%s holds every result', (_, abstract, concrete) => {
    for (const { known, numbers } of world) {
      for (const n of amounts) {
        const result = abstract(known, n);
        if (!numbers.every((x) => scalar.contains(result, concrete(x, n)))) expect.fail(`a result is lost by ${n}`);
      }
    }
  });
});

interface Sample {
  readonly known: Scalar;
  readonly numbers: readonly Word[];
}

function check(op: Comparison, width: 32 | 64, a: Sample, b: Sample): void {
  const decided = outcome(op, width, a.known, b.known);
  const learnt = decided === undefined ? assume(op, width, a.known, b.known) : undefined;
  for (const x of a.numbers) {
    for (const y of b.numbers) {
      const isSo = holds(op, width, x, y);
      if (decided !== undefined && decided !== isSo)
        expect.fail(`${op}${width} of ${word.toHex(x)} ${word.toHex(y)} was decided wrongly`);
      if (learnt === undefined || !isSo) continue;
      const isKept = scalar.contains(learnt[0], x) && scalar.contains(learnt[1], y);
      if (!isKept) expect.fail(`${op}${width} of ${word.toHex(x)} ${word.toHex(y)} was lost`);
    }
  }
}

describe('numbers of 64 bits', () => {
  const value = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: -300n, max: 300n }).map((x) => BigInt.asUintN(64, x)),
    fc.bigInt({ min: 0x7fffff00n, max: 0x80000100n }),
  );
  const slack = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 1n << 40n }));

  /** A number, and something that is known of it: bounds that don't wrap, and some bits. */
  const sample = fc.record({ x: value, below: slack, above: slack, mask: value, signed: fc.boolean() }).map((drawn) => {
    const x = word.fromBigInt(drawn.x);
    const least = word.sub(x, word.fromBigInt(drawn.below));
    const most = word.add(x, word.fromBigInt(drawn.above));
    const bits = { value: word.and(x, word.not(word.fromBigInt(drawn.mask))), mask: word.fromBigInt(drawn.mask) };
    const bounds = drawn.signed
      ? { smin: word.less(x, least) ? word.signedMin : least, smax: word.less(most, x) ? word.signedMax : most }
      : { umin: word.below(x, least) ? word.zero : least, umax: word.below(most, x) ? word.ones : most };
    return { known: scalar.reduced({ ...scalar.unknown, ...bounds, bits }), numbers: [x] };
  });

  it('are kept by every operation', () => {
    fc.assert(
      fc.property(
        sample,
        sample,
        fc.constantFrom(...operations),
        fc.constantFrom(32 as const, 64 as const),
        (a, b, row, width) => {
          const [, abstract, concrete] = row;
          return scalar.contains(abstract(width, a.known, b.known), cut(width, concrete(a.numbers[0]!, b.numbers[0]!)));
        },
      ),
      { seed: 1, numRuns: 20_000 },
    );
  });

  it('are kept by every shift and cut', () => {
    fc.assert(
      fc.property(
        sample,
        fc.constantFrom(...shifts),
        fc.integer({ min: 0, max: 31 }),
        fc.constantFrom(...unary),
        (a, shift, n, cutting) => {
          const x = a.numbers[0]!;
          return (
            scalar.contains(shift[1](a.known, n), shift[2](x, n)) && scalar.contains(cutting[1](a.known), cutting[2](x))
          );
        },
      ),
      { seed: 1, numRuns: 20_000 },
    );
  });

  it('are kept by every comparison', () => {
    fc.assert(
      fc.property(
        sample,
        sample,
        fc.constantFrom(...comparisons),
        fc.constantFrom(32 as const, 64 as const),
        (a, b, op, width) => {
          check(op, width, a, b);
        },
      ),
      { seed: 1, numRuns: 20_000 },
    );
  });
});
