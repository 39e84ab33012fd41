// What the verifier makes of each row of the instruction table, against what the row says: no operation and no comparison
// loses a number, and no row is left out. Small worlds go through scripts/transfer.mjs, on what is compiled.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assume, opposite, outcome } from '../src/abstract/compare.js';
import type { Scalar } from '../src/abstract/scalar.js';
import * as scalar from '../src/abstract/scalar.js';
import type { Word } from '../src/abstract/word.js';
import * as word from '../src/abstract/word.js';
import { type AluName, alu, type JumpName, jump } from '../src/ebpf/rows.js';
import { calculated } from '../src/verify/step/alu.js';

const script = fileURLToPath(new URL('../scripts/transfer.mjs', import.meta.url));
const widths = [32, 64] as const;
const aluNames = (Object.keys(alu) as AluName[]).filter((name) => name !== 'mov');
const jumpNames = Object.keys(jump) as JumpName[];

interface Sample {
  readonly known: Scalar;
  readonly numbers: readonly Word[];
}

function result(op: AluName, width: 32 | 64, x: Word, y: Word): Word {
  const [a, b] = [BigInt.asUintN(width, word.toUnsigned(x)), BigInt.asUintN(width, word.toUnsigned(y))];
  return word.fromBigInt(BigInt.asUintN(width, alu[op].eval(a, b, width)));
}

function holds(op: JumpName, width: 32 | 64, x: Word, y: Word): boolean {
  return jump[op].eval(BigInt.asUintN(width, word.toUnsigned(x)), BigInt.asUintN(width, word.toUnsigned(y)), width);
}

function checkAlu(op: AluName, width: 32 | 64, a: Sample, b: Sample): void {
  if (op === 'mov') return;
  const known = calculated(op, width, a.known, b.known);
  for (const x of a.numbers) {
    for (const y of b.numbers) {
      const isKept = scalar.contains(known, result(op, width, x, y));
      if (!isKept) expect.fail(`${op}${width} of ${word.toHex(x)} and ${word.toHex(y)} is lost`);
    }
  }
}

/** Each number must be in what is learnt on the way that it goes. */
function checkJump(op: JumpName, width: 32 | 64, a: Sample, b: Sample): void {
  const decided = outcome(op, width, a.known, b.known);
  const ways = { true: assume(op, width, a.known, b.known), false: assume(opposite[op], width, a.known, b.known) };
  for (const x of a.numbers) {
    for (const y of b.numbers) {
      const isTaken = holds(op, width, x, y);
      const [left, right] = ways[`${isTaken}`];
      const isKept = scalar.contains(left, x) && scalar.contains(right, y);
      if (!isKept || decided === !isTaken) expect.fail(`${op}${width} of ${word.toHex(x)} and ${word.toHex(y)}`);
    }
  }
}

describe('small worlds', () => {
  it.each([
    [
      'of four bits, in all pairs',
      ['--bits', '4'],
      /^ {2}at the top: all pairs of \d+, for 13 operations and 11 comparisons/m,
    ],
    [
      'of five bits, in some',
      ['--bits', '5', '--pairs', '3000'],
      /^ {2}at the top: 3000 pairs, for 13 operations and 11/m,
    ],
  ])('%s, lose no number', (_, args, expected) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(expected);
    expect([aluNames.length, jumpNames.length]).toEqual([13, 11]);
  });
});

describe('numbers of 64 bits', () => {
  const value = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    fc.bigInt({ min: -70n, max: 70n }).map((x) => BigInt.asUintN(64, x)),
    fc.bigInt({ min: 0x7fffff00n, max: 0x80000100n }),
  );
  /** A number, and some bits of it, or bounds around it. */
  const sample = fc
    .tuple(value, value, fc.bigInt({ min: 0n, max: 1000n }), fc.boolean())
    .map(([x, mask, slack, isRange]) => {
      const number = word.fromBigInt(x);
      const [least, most] = [x < slack ? 0n : x - slack, x + slack].map(word.fromBigInt);
      const wraps = x + slack >= 1n << 64n;
      const bits = { value: word.fromBigInt(x & ~mask), mask: word.fromBigInt(mask) };
      const bounds = wraps ? {} : { umin: least!, umax: most! };
      return { known: scalar.reduced({ ...scalar.unknown, ...(isRange ? bounds : { bits }) }), numbers: [number] };
    });
  const width = fc.constantFrom(...widths);

  it('are kept by every operation and every comparison', () => {
    fc.assert(
      fc.property(
        sample,
        sample,
        width,
        fc.constantFrom(...aluNames),
        fc.constantFrom(...jumpNames),
        (a, b, w, op, jump) => {
          checkAlu(op, w, a, b);
          checkJump(jump, w, a, b);
        },
      ),
      { seed: 1, numRuns: 30_000 },
    );
  });
});
