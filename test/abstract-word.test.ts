// Words are 64-bit numbers: every operation does what BigInt does, cut to 64 bits.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as word from '../src/abstract/word.js';

const edges = [
  0n,
  1n,
  2n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 32n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];
const number = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const unsigned = (value: bigint) => BigInt.asUintN(64, value);
const signed = (value: bigint) => BigInt.asIntN(64, value);

const operations = {
  add: [word.add, (a: bigint, b: bigint) => a + b],
  sub: [word.sub, (a: bigint, b: bigint) => a - b],
  and: [word.and, (a: bigint, b: bigint) => a & b],
  or: [word.or, (a: bigint, b: bigint) => a | b],
  xor: [word.xor, (a: bigint, b: bigint) => a ^ b],
  multiply: [word.multiply, (a: bigint, b: bigint) => a * b],
} as const;

const questions = {
  below: [word.below, (a: bigint, b: bigint) => a < b],
  less: [word.less, (a: bigint, b: bigint) => signed(a) < signed(b)],
  equal: [word.equal, (a: bigint, b: bigint) => a === b],
  addCarries: [word.addCarries, (a: bigint, b: bigint) => a + b !== unsigned(a + b)],
  addOverflows: [word.addOverflows, (a: bigint, b: bigint) => signed(a) + signed(b) !== signed(a + b)],
  subOverflows: [word.subOverflows, (a: bigint, b: bigint) => signed(a) - signed(b) !== signed(a - b)],
  multiplyCarries: [word.multiplyCarries, (a: bigint, b: bigint) => a * b !== unsigned(a * b)],
  multiplyOverflows: [word.multiplyOverflows, (a: bigint, b: bigint) => signed(a) * signed(b) !== signed(a * b)],
} as const;

function forAllPairs(check: (a: bigint, b: bigint) => void): void {
  fc.assert(fc.property(number, number, check), { seed: 1, numRuns: 500 });
}

describe('a word', () => {
  it.each(Object.entries(operations))('%s is that of 64 bits', (_, [operation, exact]) => {
    forAllPairs((a, b) => {
      expect(word.toUnsigned(operation(word.fromBigInt(a), word.fromBigInt(b)))).toBe(unsigned(exact(a, b)));
    });
  });

  it.each(Object.entries(questions))('%s is answered as for exact numbers', (_, [question, exact]) => {
    forAllPairs((a, b) => {
      expect(question(word.fromBigInt(a), word.fromBigInt(b))).toBe(exact(a, b));
    });
  });

  it('is shifted by every amount from 0 to 63', () => {
    for (const value of [...edges, 0x123456789abcdef0n, 0xfedcba9876543210n]) {
      for (let n = 0; n < 64; n++) {
        const x = word.fromBigInt(value);
        expect(word.toUnsigned(word.shiftLeft(x, n))).toBe(unsigned(value << BigInt(n)));
        expect(word.toUnsigned(word.shiftRight(x, n))).toBe(value >> BigInt(n));
        expect(word.toSigned(word.shiftRightSigned(x, n))).toBe(signed(value) >> BigInt(n));
      }
    }
  });

  it('tells how many bits it takes', () => {
    for (const value of edges)
      expect(word.bitLength(word.fromBigInt(value))).toBe(value === 0n ? 0 : value.toString(2).length);
  });

  it('is made of signed numbers and gives them back', () => {
    for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 40, -(2 ** 40)]) {
      expect(word.toNumber(word.fromNumber(value))).toBe(value);
    }
  });
});
