// How large a program may be: Linux's figures, to the last and to one more, and the running kernel's word that they are its own.

import { describe, expect, it } from 'vitest';
import type { MapSpec } from '../src/ebpf/map.js';
import { Program } from '../src/ebpf/program.js';
import { memory } from '../src/env/memory.js';
import { verify } from '../src/verify/verify.js';
import { Judge, judgeMissing } from './judge.js';
import { programTypes } from './linux-numbers.js';

function times(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join('; ');
}

/** A program of so many functions, the main one included. */
function withFunctions(count: number): Program {
  const calls = times(count - 1, (index) => `call f${index}`);
  const functions = times(count - 1, (index) => `f${index}: r0 = 0; exit`);
  return Program.parse(`${calls}; exit; ${functions}`);
}

function withMaps(count: number): Program {
  const maps = Array.from({ length: count }, (_, index): MapSpec => {
    return { name: `map${index}`, type: 'array', keySize: 4, valueSize: 8, maxEntries: 1 };
  });
  return Program.parse(`${times(count, (index) => `r1 = map[idx:${index}]`)}; r0 = 0; exit`, { maps });
}

/** So many comparisons that may go either way: of all but the last of them one way waits while the other is walked. */
function withBranches(count: number): Program {
  return Program.parse(
    `r0 = 0; r2 = *(u32 *)(r1 +0); ${times(count, (index) => `if r2 == ${index} goto out`)}; out: exit`,
  );
}

/** 254 rounds of 3937 instructions, one before them, one behind, and some more before: a million, and some more. */
function withMillion(more: number): Program {
  const before = times(1 + more, () => 'r0 = 0');
  return Program.parse(`${before}; again: ${times(3935, () => 'r1 = 0')}; r0 += 1; if r0 < 254 goto again; exit`);
}

describe('a program', () => {
  it('has instructions', () => {
    expect(() => verify(new Program([]), memory())).toThrow(
      expect.objectContaining({ code: 'verify', pc: 0, message: 'the program is empty' }),
    );
  });

  it('has 8192 branches at the most that wait', () => {
    expect(verify(withBranches(8192), memory(4)).processed).toBeGreaterThan(8192);
    expect(() => verify(withBranches(8193), memory(4))).toThrow(
      expect.objectContaining({ pc: 8194, message: expect.stringContaining('more than 8192 branches wait') }),
    );
  });

  it('takes a million instructions at the most to explore', () => {
    expect(verify(withMillion(0), memory()).processed).toBe(1_000_000);
    expect(() => verify(withMillion(1), memory())).toThrow('more than 1000000 instructions were explored');
  });

  it('may have 256 functions', () => {
    expect(verify(withFunctions(256), memory()).processed).toBe(256 + 2 * 255);
    expect(() => verify(withFunctions(257), memory())).toThrow('more than 256 functions');
  });

  it('may use 64 maps', () => {
    expect(verify(withMaps(64), memory()).processed).toBe(66);
    expect(() => verify(withMaps(65), memory())).toThrow('more than 64 maps');
  });
});

const skipped = judgeMissing === undefined ? '' : ` (skipped: ${judgeMissing})`;

describe.skipIf(judgeMissing)(`the running kernel${skipped}`, () => {
  const verdict = (program: Program) => new Judge(program.maps).verdict(programTypes.socket_filter!, program);

  it.each([
    ['256 functions', withFunctions(256), withFunctions(257)],
    ['64 maps', withMaps(64), withMaps(65)],
    ['8192 branches that wait', withBranches(8192), withBranches(8193)],
    ['a million instructions explored', withMillion(0), withMillion(1)],
  ])('allows %s and no more', (_, most, more) => {
    expect(verdict(most)).toBe('accepted');
    // What it answers where too many branches wait is EFAULT.
    expect(verdict(more)).not.toBe('accepted');
  });
});
