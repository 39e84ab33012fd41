import { describe, expect, it } from 'vitest';
import { fromHex } from '../src/base/hex.js';
import { executeClassic, executeSeccomp, runClassic } from '../src/classic/run.js';
import { classic, type Row } from './classic-insns.js';

const retA: Row = [0x16, 0, 0, 0];
const big = 0xffffffff;

/** An Ethernet frame of 14 + 20 + 20 bytes: IPv4, TCP from port 50000 to port 80. */
const frame = fromHex(
  '02000000000102000000000208004500002800004000400600000102030405060708c350005000000000000000005002ffff00000000',
);

/** The verdict of the rows, with `ret a` behind them, on a packet. */
function verdict(rows: readonly Row[], data: Uint8Array = frame, length = data.length): number {
  return runClassic(classic(...rows, retA), { data, length });
}

describe('the classic machine', () => {
  it.each<[string, number, Row[]]>([
    ['starts A and X as 0', 0, [[0x0c, 0, 0, 0]]],
    [
      'adds modulo 2^32',
      0,
      [
        [0x00, 0, 0, big],
        [0x04, 0, 0, 1],
      ],
    ],
    ['subtracts modulo 2^32', big, [[0x14, 0, 0, 1]]],
    [
      'multiplies modulo 2^32',
      1,
      [
        [0x00, 0, 0, big],
        [0x24, 0, 0, big],
      ],
    ],
    [
      'divides unsigned numbers',
      0x7fffffff,
      [
        [0x00, 0, 0, big],
        [0x34, 0, 0, 2],
      ],
    ],
    [
      'takes the rest of unsigned numbers',
      5,
      [
        [0x00, 0, 0, big],
        [0x94, 0, 0, 10],
      ],
    ],
    [
      'negates modulo 2^32',
      big,
      [
        [0x00, 0, 0, 1],
        [0x84, 0, 0, 0],
      ],
    ],
    ['negates 0', 0, [[0x84, 0, 0, 0]]],
    [
      'shifts left by X modulo 32',
      2,
      [
        [0x00, 0, 0, 1],
        [0x01, 0, 0, 33],
        [0x6c, 0, 0, 0],
      ],
    ],
    [
      'shifts right by X modulo 32, without a sign',
      1,
      [
        [0x00, 0, 0, big],
        [0x01, 0, 0, 0xff],
        [0x7c, 0, 0, 0],
      ],
    ],
    [
      'ors',
      0xf0f0f0f1,
      [
        [0x00, 0, 0, 0xf0f0f0f0],
        [0x44, 0, 0, 1],
      ],
    ],
    [
      'ands',
      0x80000000,
      [
        [0x00, 0, 0, big],
        [0x54, 0, 0, 0x80000000],
      ],
    ],
    [
      'xors',
      big - 1,
      [
        [0x00, 0, 0, big],
        [0xa4, 0, 0, 1],
      ],
    ],
    [
      'keeps 16 cells',
      7,
      [
        [0x00, 0, 0, 7],
        [0x02, 0, 0, 15],
        [0x00, 0, 0, 1],
        [0x61, 0, 0, 15],
        [0x87, 0, 0, 0],
      ],
    ],
    ['loads words', 0x02000000, [[0x20, 0, 0, 0]]],
    ['loads halves', 0x0800, [[0x28, 0, 0, 12]]],
    ['loads bytes', 0x45, [[0x30, 0, 0, 14]]],
    [
      'loads at X + k',
      80,
      [
        [0xb1, 0, 0, 14],
        [0x48, 0, 0, 16],
      ],
    ],
    [
      'takes X + k modulo 2^32',
      0x02000000,
      [
        [0x01, 0, 0, 1],
        [0x40, 0, 0, big],
      ],
    ],
    ['loads the length on the wire', 54, [[0x80, 0, 0, 0]]],
    [
      'loads the length into X',
      54,
      [
        [0x81, 0, 0, 0],
        [0x87, 0, 0, 0],
      ],
    ],
    ['counts from the link header', 0x0800, [[0x28, 0, 0, 0xffe0000c]]],
    ['counts from the network header', 6, [[0x30, 0, 0, 0xfff00009]]],
    [
      'counts from the network header with X',
      6,
      [
        [0x01, 0, 0, 9],
        [0x50, 0, 0, 0xfff00000],
      ],
    ],
    ['knows the protocol', 0x0800, [[0x20, 0, 0, 0xfffff000]]],
    [
      'knows nothing of the interface',
      0,
      [
        [0x00, 0, 0, 9],
        [0x20, 0, 0, 0xfffff008],
      ],
    ],
    [
      'xors by an extension',
      0xf0,
      [
        [0x00, 0, 0, 0xff],
        [0x01, 0, 0, 0x0f],
        [0x20, 0, 0, 0xfffff028],
      ],
    ],
    ['knows where the payload begins', 54, [[0x20, 0, 0, 0xfffff034]]],
  ])('%s', (_, expected, rows) => {
    expect(verdict(rows)).toBe(expected);
  });

  // each program would return 1
  it.each<[string, Row[]]>([
    ['a word that ends beyond the packet', [[0x20, 0, 0, 51]]],
    ['a half that ends beyond the packet', [[0x28, 0, 0, 53]]],
    ['a byte beyond the packet', [[0x30, 0, 0, 54]]],
    ['the length of a header beyond the packet', [[0xb1, 0, 0, 54]]],
    ['an offset with the sign bit', [[0x30, 0, 0, 0x80000000]]],
    ['an offset below the link header', [[0x30, 0, 0, 0xffdfffff]]],
    ['a division by X = 0', [[0x3c, 0, 0, 0]]],
    ['a rest by X = 0', [[0x9c, 0, 0, 0]]],
  ])('ends with 0 at %s', (_, rows) => {
    expect(executeClassic(classic(...rows, [0x06, 0, 0, 1]), { data: frame })).toEqual({ result: 0 });
  });

  it.each<[string, number, number, number[]]>([
    ['jeq', 0x15, 5, [0, 1, 0]],
    ['jgt', 0x25, 5, [0, 0, 1]],
    ['jge', 0x35, 5, [0, 1, 1]],
    ['jset', 0x45, 2, [0, 0, 1]],
  ])('%s takes its ways', (_, code, k, taken) => {
    const answers = [4, 5, 6].map((a) =>
      runClassic(classic([0x00, 0, 0, a], [code, 0, 1, k], [0x06, 0, 0, 1], [0x06, 0, 0, 0]), { data: frame }),
    );
    expect(answers).toEqual(taken);
  });

  it('sees metadata that it is given', () => {
    const program = classic([0x20, 0, 0, 0xfffff014], retA);
    expect(runClassic(program, { data: frame, metadata: { mark: big } })).toBe(big);
  });

  it('returns whole numbers without a sign', () => {
    expect(runClassic(classic([0x06, 0, 0, big]), { data: frame })).toBe(big);
  });
});

describe('a program that nothing has checked', () => {
  it.each<[string, Row[], unknown]>([
    ['an unknown code', [[0x0e, 0, 0, 0]], { code: 'bad-instruction', pc: 0 }],
    ['running off the end', [[0x00, 0, 0, 0]], { code: 'bad-instruction', pc: 1 }],
    ['a jump before the start', [[0x05, 0, 0, 0xfffffff0]], { code: 'bad-instruction', pc: -15 }],
    ['a cell that is none', [[0x02, 0, 0, 16]], { code: 'out-of-bounds', pc: 0 }],
    [
      'a loop',
      [
        [0x00, 0, 0, 0],
        [0x05, 0, 0, 0xfffffffe],
      ],
      { code: 'budget', pc: 1 },
    ],
  ])('traps at %s', (_, rows, trap) => {
    expect(executeClassic(classic(...rows), { data: frame })).toEqual({ result: 0, trap });
  });

  it('may loop within its budget', () => {
    const countdown = classic(
      [0x00, 0, 0, 5],
      [0x14, 0, 0, 1],
      [0x15, 1, 0, 0],
      [0x05, 0, 0, 0xfffffffd],
      [0x06, 0, 0, 9],
    );
    expect(executeClassic(countdown, { data: frame }, 16)).toEqual({ result: 9 });
    expect(executeClassic(countdown, { data: frame }, 12)).toEqual({ result: 0, trap: { code: 'budget', pc: 3 } });
  });
});

describe('a seccomp filter', () => {
  const data = Uint8Array.from({ length: 64 }, (_, i) => i);

  it('loads words in the order of the machine', () => {
    expect(executeSeccomp(classic([0x20, 0, 0, 4], retA), data).result).toBe(0x07060504);
  });

  it('knows the length of its data', () => {
    expect(executeSeccomp(classic([0x80, 0, 0, 0], retA), data).result).toBe(64);
  });
});
