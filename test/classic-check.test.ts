import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { type ClassicEnvironment, check, checkRunnable } from '../src/classic/check.js';
import { ClassicProgram } from '../src/classic/program.js';
import { classic, type Row } from './classic-insns.js';

const ret: Row = [0x06, 0, 0, 1];
const ld: Row = [0x00, 0, 0, 1];
const msh: Row = [0xb1, 0, 0, 1];

/** The one sentence of the refusal and its place, or 'accepted'. */
function answer(rows: readonly Row[], environment: ClassicEnvironment = 'packet'): string {
  try {
    check(classic(...rows), environment);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(BpfError);
    expect((error as BpfError).code).toBe('verify');
    return `${(error as BpfError).pc}: ${(error as BpfError).message}`;
  }
}

describe('check of a socket filter', () => {
  it.each<[string, Row[]]>([
    ['0: expected 1 to 4096 instructions, found 0', []],
    ['0: expected 1 to 4096 instructions, found 4097', Array<Row>(4097).fill(ret)],
    ['accepted', Array<Row>(4096).fill(ret)],
    ["0: instruction 0 'ld #0x1' is the last one and not a ret", [ld]],
    ['0: instruction 0 has no meaning: no instruction has code 14', [[0x0e, 0, 0, 0], ret]],
    ['1: instruction 1 has no meaning: no instruction has code 255', [ret, [0xff, 0, 0, 0], ret]],
    ["0: instruction 0 'st M[16]' uses a cell beyond M[15]", [[0x02, 0, 0, 16], ret]],
    ["0: instruction 0 'div #0' divides by a constant 0", [[0x34, 0, 0, 0], ret]],
    ["0: instruction 0 'mod #0' divides by a constant 0", [[0x94, 0, 0, 0], ret]],
    ["0: instruction 0 'lsh #32' shifts by a constant of 32 or more", [[0x64, 0, 0, 32], ret]],
    ["0: instruction 0 'ja' jumps beyond the end", [[0x05, 0, 0, 2], ret, ret]],
    ['accepted', [[0x05, 0, 0, 1], ret, ret]],
    ["1: instruction 1 'ja' jumps backwards", [ld, [0x05, 0, 0, 0xfffffffe], ret]],
    ["0: instruction 0 'jeq #0x0' jumps beyond the end", [[0x15, 2, 0, 0], ret, ret]],
    ["0: instruction 0 'jeq #0x0' jumps beyond the end", [[0x15, 0, 2, 0], ret, ret]],
    [
      "0: instruction 0 'ld [-1]' loads from an offset of extensions at which there is none",
      [[0x20, 0, 0, 0xffffffff], ret],
    ],
    ['accepted', [[0x40, 0, 0, 0xffffffff], ret]],
    ["0: instruction 0 'ld M[0]' reads a cell that not every way to it has written", [[0x60, 0, 0, 0], ret]],
    // one way writes M[1], the other doesn't
    [
      "2: instruction 2 'ldx M[1]' reads a cell that not every way to it has written",
      [[0x15, 0, 1, 0], [0x02, 0, 0, 1], [0x61, 0, 0, 1], ret],
    ],
    ['accepted', [[0x02, 0, 0, 1], [0x15, 0, 1, 0], [0x02, 0, 0, 1], [0x61, 0, 0, 1], ret]],
    // what only jumps lead to may read what they wrote
    ['accepted', [[0x02, 0, 0, 1], [0x05, 0, 0, 1], ret, [0x61, 0, 0, 1], ret]],
    // 1724 * 19 = 32756 internal instructions; Linux has room for 32767
    ['accepted', [[0x05, 0, 0, 1735], ...Array<Row>(1724).fill(msh), ...Array<Row>(11).fill(ld), ret]],
    [
      "0: instruction 0 'ja' jumps further than Linux can translate",
      [[0x05, 0, 0, 1736], ...Array<Row>(1724).fill(msh), ...Array<Row>(12).fill(ld), ret],
    ],
  ])('answers %s', (message, rows) => {
    expect(answer(rows)).toBe(message);
  });
});

describe('check of a seccomp filter', () => {
  it.each<[string, Row[]]>([
    [
      'accepted',
      [
        [0x20, 0, 0, 60],
        [0x16, 0, 0, 0],
      ],
    ],
    ['accepted', [[0x80, 0, 0, 0], [0xac, 0, 0, 0], ret]],
    ["0: instruction 0 'ld [64]' loads beyond the 64 bytes of seccomp_data", [[0x20, 0, 0, 64], ret]],
    ["0: instruction 0 'ld [2]' loads from an offset that is no multiple of 4", [[0x20, 0, 0, 2], ret]],
    [
      "0: instruction 0 'ldh [0]' is not allowed in a seccomp filter, which loads words at constant offsets",
      [[0x28, 0, 0, 0], ret],
    ],
    ["0: instruction 0 'ldxb 4*([1]&0xf)' is not allowed in a seccomp filter", [msh, ret]],
    ["0: instruction 0 'ld [cpu]' is not allowed in a seccomp filter", [[0x20, 0, 0, 0xfffff024], ret]],
    ["0: instruction 0 'mod x' is not allowed in a seccomp filter", [[0x9c, 0, 0, 0], ret]],
  ])('answers %s', (message, rows) => {
    expect(answer(rows, 'seccomp')).toBe(message);
  });
});

describe('a refusal', () => {
  it('points at the place that the instruction came from', () => {
    const origin = { source: 'one two', spans: [{ start: 4, end: 7 }] };
    const program = new ClassicProgram([{ code: 0x34, jt: 0, jf: 0, k: 0 }], origin);
    expect(() => check(program, 'packet')).toThrow(
      expect.objectContaining({ place: { source: 'one two', start: 4, end: 7 } }),
    );
  });
});

describe('checkRunnable', () => {
  it('lets a program be longer than Linux does', () => {
    checkRunnable(classic(...Array<Row>(5000).fill(ret)));
  });

  it('lets a program loop and read what it has not written', () => {
    checkRunnable(classic([0x60, 0, 0, 1], [0x05, 0, 0, 0xfffffffe], ret));
  });

  it.each<[string, Row[]]>([
    ["instruction 0 'ja' jumps before the start", [[0x05, 0, 0, 0xfffffffe], ret]],
    ["instruction 0 'ja' jumps beyond the end", [[0x05, 0, 0, 1], ret]],
    ["instruction 0 'ldx M[16]' uses a cell beyond M[15]", [[0x61, 0, 0, 16], ret]],
  ])('refuses: %s', (message, rows) => {
    expect(() => checkRunnable(classic(...rows))).toThrow(message);
  });
});
