import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../src/base/hex.js';
import { ClassicProgram } from '../src/classic/program.js';
import { executeClassic, executeSeccomp } from '../src/classic/run.js';
import { packet } from '../src/env/packet.js';
import { seccomp } from '../src/env/seccomp.js';
import { Interpreter } from '../src/run/interpreter.js';
import { translate } from '../src/translate/translate.js';
import { checkedProgram, classic, loopingProgram } from './classic-insns.js';

/** IPv4 with TCP; IPv6 with UDP; a netlink message, as its attributes would lie in a frame. */
const frames = [
  '02000000000102000000000208004500002800004000400600000102030405060708c3500050000000000000000050020000',
  `02000000000102000000000286dd60000000000a1140${'fe80'.repeat(16)}003500350010000000`,
  '0c00028008000300010203040700010000',
].map(fromHex);

/** Every cut of every frame. */
const packets = frames.flatMap((frame) => Array.from({ length: frame.length + 1 }, (_, end) => frame.subarray(0, end)));

function agree(program: ClassicProgram, data: Uint8Array, length = data.length): void {
  const expected = executeClassic(program, { data, length }).result;
  const outcome = new Interpreter(translate(program), packet).run(data, length);
  expect(outcome, program.toString()).toEqual({ result: BigInt(expected) });
}

describe('a translated program', () => {
  it('gives the verdict of the classic one on every packet', () => {
    fc.assert(
      fc.property(checkedProgram, fc.constantFrom(...packets), fc.nat(100), (program, data, more) => {
        agree(program, data, data.length + more);
      }),
      { seed: 1, numRuns: 3_000 },
    );
  });

  it('gives it where the program loops, if it ends', () => {
    fc.assert(
      fc.property(loopingProgram, fc.constantFrom(...packets), (program, data) => {
        fc.pre(executeClassic(program, { data }, 1000).trap === undefined);
        agree(program, data);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  it('gives it on packets cut at every length', () => {
    const program = classic(
      [0x30, 0, 0, 0],
      [0x07, 0, 0, 0],
      [0xb1, 0, 0, 14],
      [0x48, 0, 0, 14],
      [0x0c, 0, 0, 0],
      [0x16, 0, 0, 0],
    );
    for (const data of packets) agree(program, data);
  });

  it('takes a loop', () => {
    // A = 5; do A -= 1 while A != 0; return M[3], which nothing has written, + 9
    const program = classic(
      [0x00, 0, 0, 5],
      [0x14, 0, 0, 1],
      [0x15, 1, 0, 0],
      [0x05, 0, 0, 0xfffffffd],
      [0x60, 0, 0, 3],
      [0x04, 0, 0, 9],
      [0x16, 0, 0, 0],
    );
    agree(program, frames[0]!);
  });

  it('leaves out what nothing leads to', () => {
    const program = classic([0x05, 0, 0, 1], [0x00, 0, 0, 7], [0x06, 0, 0, 1]);
    expect(translate(program).toString()).toBe('w0 = 0\ngoto pc+0\nw0 = 1\nexit');
  });

  it('takes a program that is longer than a short jump', () => {
    const longest = [0x05, 0, 0, 40_000] as const;
    const program = classic(longest, ...Array(40_000).fill([0xb1, 0, 0, 0]), [0x05, 0, 0, 0], [0x06, 0, 0, 7]);
    agree(program, frames[0]!);
    const reached = classic([0x15, 0, 1, 1], longest, ...Array(40_000).fill([0x04, 0, 0, 1]), [0x06, 0, 0, 7]);
    agree(reached, frames[0]!);
  });

  it('carries the places of the source along', () => {
    const spans = [
      { start: 0, end: 3 },
      { start: 4, end: 7 },
    ];
    const program = classic([0xb1, 0, 0, 0], [0x06, 0, 0, 1]);
    const translated = translate(new ClassicProgram(program.insns, { source: 'one two', spans }));
    expect(translated.origin?.spans).toEqual([
      ...Array(2).fill(undefined),
      ...Array(6).fill(spans[0]),
      ...Array(2).fill(spans[1]),
    ]);
  });
});

describe('a translated seccomp filter', () => {
  it('reads words of seccomp_data', () => {
    const program = classic([0x20, 0, 0, 4], [0x07, 0, 0, 0], [0x80, 0, 0, 0], [0x0c, 0, 0, 0], [0x16, 0, 0, 0]);
    const data = Uint8Array.from({ length: 64 }, (_, i) => i);
    const outcome = new Interpreter(translate(program, 'seccomp'), seccomp).run(data, 64);
    expect(outcome.result).toBe(BigInt(executeSeccomp(program, data).result));
  });

  it('is refused when it does what seccomp forbids', () => {
    expect(() => translate(classic([0x28, 0, 0, 0], [0x16, 0, 0, 0]), 'seccomp')).toThrow('not allowed');
  });
});
