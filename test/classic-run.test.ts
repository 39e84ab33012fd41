// What the cases of test/cases/classic-*.case can't say of the classic machine.

import { describe, expect, it } from 'vitest';
import { executeClassic, executeSeccomp, runClassic } from '../src/classic/run.js';
import { classic, type Row } from './classic-insns.js';

const retA: Row = [0x16, 0, 0, 0];
const big = 0xffffffff;

const packet = { data: new Uint8Array() };

describe('the classic machine', () => {
  it('sees metadata that it is given', () => {
    const program = classic([0x20, 0, 0, 0xfffff014], retA);
    expect(runClassic(program, { ...packet, metadata: { mark: big } })).toBe(big);
  });

  it('returns whole numbers without a sign', () => {
    expect(runClassic(classic([0x06, 0, 0, big]), packet)).toBe(big);
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
    expect(executeClassic(classic(...rows), packet)).toEqual({ result: 0, trap });
  });

  it('may loop within its budget', () => {
    const countdown = classic(
      [0x00, 0, 0, 5],
      [0x14, 0, 0, 1],
      [0x15, 1, 0, 0],
      [0x05, 0, 0, 0xfffffffd],
      [0x06, 0, 0, 9],
    );
    expect(executeClassic(countdown, packet, 16)).toEqual({ result: 9 });
    expect(executeClassic(countdown, packet, 12)).toEqual({ result: 0, trap: { code: 'budget', pc: 3 } });
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
