// What JavaScript lets a caller do although the types forbid it: each is refused, and nothing runs that wasn't proved.

import { describe, expect, it } from 'vitest';
import { BpfError } from '../src/base/error.js';
import { Program } from '../src/ebpf/program.js';
import { environment } from '../src/env/lookup.js';
import { loadUnchecked } from '../src/run/load.js';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof BpfError ? error.code : String(error);
  }
  return 'nothing thrown';
}

describe('a program that is none', () => {
  it('is refused by every engine before its jumps are followed', () => {
    const program = Program.parse('goto -2\nif r0 & 1 goto +1\nr6 = 1 ll\n*(u16 *)(r1 +4) = r6\nr0 += r1\nexit');
    for (const engine of ['auto', 'jit', 'interpreter'] as const) {
      expect(codeOf(() => loadUnchecked(program, environment('packet'), { engine }))).toBe('encoding');
    }
  });
});
