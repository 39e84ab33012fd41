// What the verifier tells of registers and stack: at each instruction of an accepted program, and where one is refused.

import { describe, expect, it } from 'vitest';
import { Program } from '../src/ebpf/program.js';
import type { Environment } from '../src/env/environment.js';
import { environment } from '../src/env/lookup.js';
import { memory } from '../src/env/memory.js';
import type { Known, Range } from '../src/verify/known.js';
import type { KnownState } from '../src/verify/ranges.js';
import { VerifyError } from '../src/verify/refusal.js';
import { type VerifiedProgram, verify } from '../src/verify/verify.js';

function verified(text: string, where: Environment = memory(8)): VerifiedProgram {
  return verify(Program.parse(text), where, { ranges: true });
}

function at(text: string, pc: number, where?: Environment): KnownState {
  return verified(text, where).at(pc) ?? expect.fail(`no path leads to ${pc}`);
}

/** Unsigned bounds of the one number that there is. */
function bounds(values: readonly Known[] | undefined): Range {
  const [known, ...others] = values ?? [];
  if (known?.kind !== 'number' || others.length > 0) return expect.fail('there is not one number');
  return known.unsigned;
}

describe('what is known at an instruction', () => {
  it('is a number with its ranges and bits', () => {
    const { registers } = at('r0 = *(u8 *)(r1 +0); r0 &= 6; r0 -= 2; exit', 3);
    expect(registers[0]).toEqual([
      {
        kind: 'number',
        unsigned: { min: 0n, max: 0xffff_ffff_ffff_fffen },
        signed: { min: -2n, max: 4n },
        unsigned32: { min: 0n, max: 0xffff_fffen },
        signed32: { min: -2n, max: 4n },
        bits: { value: 0n, mask: 0xffff_ffff_ffff_fffen },
      },
    ]);
  });

  it('is an address with what it leads to, and how far it is from its start', () => {
    const text = 'r2 = *(u8 *)(r1 +0); r2 &= 3; r1 += 1; r1 += r2; r0 = *(u8 *)(r1 +0); exit';
    const address = { kind: 'memory', nullable: false, size: 8, frame: undefined, map: undefined };
    expect(at(text, 4).registers[1]).toEqual([{ ...address, offset: { min: 1n, max: 4n } }]);
  });

  it('tells how much of the packet is proved to be there', () => {
    const text =
      'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r4 = r2; r4 += 14; r0 = 0; if r4 > r3 goto out; r2 += 4; r0 = *(u8 *)(r2 +0); out: exit';
    expect(at(text, 7, environment('xdp')).registers[2]).toMatchObject([{ kind: 'packet', size: 10 }]);
  });

  it('joins all paths', () => {
    const text = 'r0 = *(u8 *)(r1 +0); if r0 > 9 goto out; r0 = 20; out: r0 += 1; exit';
    expect(bounds(at(text, 3).registers[0])).toEqual({ min: 10n, max: 255n });
    expect(bounds(at(text, 4).registers[0])).toEqual({ min: 11n, max: 256n });
  });

  it('lists what differs in kind from path to path', () => {
    const text = 'r3 = *(u8 *)(r1 +0); r0 = 0; r2 = 1; if r3 > 9 goto out; r2 = r10; out: r0 = r2; r0 = 0; exit';
    expect(
      at(text, 5)
        .registers[2]?.map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['number', 'stack']);
  });

  it('holds for paths that were covered because nothing relied on their numbers', () => {
    // The second path finds r3 = 7 where 5 was explored: nobody looks at it, so that it isn't walked again.
    const text =
      'r4 = *(u8 *)(r1 +0); r0 = 0; r3 = 7; if r4 > 9 goto join; r3 = 5; join: r5 = 0; r3 += 1; r5 = r3; *(u64 *)(r1 +0) = r5; exit';
    const program = Program.parse(text);
    const result = verify(program, memory(8), { ranges: true, flags: 8 });
    const values = result.at(8)?.registers[5];
    expect(bounds(values).min).toBeLessThanOrEqual(6n);
    expect(bounds(values).max).toBeGreaterThanOrEqual(8n);
  });

  it('holds what was spilled into the stack', () => {
    const text =
      'r2 = *(u8 *)(r1 +0); *(u64 *)(r10 -8) = r2; *(u32 *)(r10 -16) = 77; *(u64 *)(r10 -24) = r1; r0 = 0; exit';
    const { stack } = at(text, 4);
    expect(stack.map(({ offset, size }) => [offset, size])).toEqual([
      [-24, 8],
      [-16, 4],
      [-8, 8],
    ]);
    expect(bounds(stack[1]?.values)).toEqual({ min: 77n, max: 77n });
    expect(bounds(stack[2]?.values)).toEqual({ min: 0n, max: 255n });
    expect(stack[0]?.values[0]?.kind).toBe('memory');
  });

  it('tells of a function what is so in all of its calls', () => {
    const text = 'r2 = 1; call f; r2 = 5; r1 = r10; call f; exit; f: r0 = r2; exit';
    expect(bounds(at(text, 6).registers[2])).toEqual({ min: 1n, max: 5n });
    expect(at('r1 = r10; call f; exit; f: r0 = *(u8 *)(r1 -1); exit', 3).registers[1]).toMatchObject([
      { kind: 'stack', frame: 1, offset: { min: 0n, max: 0n } },
    ]);
  });

  it('is nothing where no path leads, and nothing of registers that hold nothing', () => {
    const program = verified('r0 = 1; if r0 == 1 goto out; r0 = 2; out: exit');
    expect(program.at(2)).toBeUndefined();
    expect(program.at(3)?.registers[7]).toEqual([]);
  });

  it("can't be changed", () => {
    const known = at('r0 = 1; exit', 1);
    const parts = [known, known.registers, known.registers[0], known.registers[0]?.[0], known.stack];
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true);
  });

  it('is kept only if that is asked for', () => {
    const program = Program.parse('r0 = 1; exit');
    expect(() => verify(program, memory()).at(0)).toThrow('ranges: true');
    expect(() => verify(program, memory(), { ranges: true }).at(2)).toThrow('a slot from 0 to 1, got 2');
  });

  it('changes nothing of the verdict', () => {
    const program = Program.parse('r2 = *(u8 *)(r1 +0); r0 = r2; if r0 > 5 goto out; r0 = 7; out: exit');
    const [plain, kept] = [verify(program, memory(1)), verify(program, memory(1), { ranges: true })];
    expect([kept.processed, kept.states, kept.result]).toEqual([plain.processed, plain.states, plain.result]);
  });
});

describe('a refusal', () => {
  function refusal(text: string): VerifyError {
    try {
      verified(text);
    } catch (error) {
      if (error instanceof VerifyError) return error;
      throw error;
    }
    return expect.fail('the program was accepted');
  }

  it('tells what was known of the registers that the instruction uses', () => {
    const { pc, registers } = refusal('r3 = *(u8 *)(r1 +0); r1 += r3; r0 = *(u8 *)(r1 +0); exit');
    expect([pc, registers.map(({ register }) => register)]).toEqual([2, [1]]);
    expect(registers[0]?.known).toMatchObject({ kind: 'memory', size: 8, offset: { min: 0n, max: 255n } });
  });

  it('tells of the arguments of a call', () => {
    const traced = Program.parse('r1 = r10; r2 = 1000; r3 = 0; call 113; r0 = 0; exit');
    expect(() => verify(traced, environment('kprobe'))).toThrow(
      expect.objectContaining({
        registers: [
          { register: 1, known: expect.objectContaining({ kind: 'stack', frame: 0 }) },
          { register: 2, known: expect.objectContaining({ unsigned: { min: 1000n, max: 1000n } }) },
          { register: 3, known: expect.objectContaining({ kind: 'number' }) },
        ],
      }),
    );
  });

  it('tells of a register that holds nothing', () => {
    expect(refusal('r0 = r7; exit').registers).toEqual([{ register: 7, known: undefined }]);
  });
});
