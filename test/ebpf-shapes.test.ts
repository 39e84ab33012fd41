// Instructions as V8 holds them: of one kind and one hidden class in a program, else all that looks at them gets slow.

import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import * as asm from '../src/ebpf/build.js';
import type { Insn } from '../src/ebpf/insn.js';
import { Program } from '../src/ebpf/program.js';
import { compile } from '../src/filter/compile.js';
import { translate } from '../src/translate/translate.js';

setFlagsFromString('--allow-natives-syntax');
const haveOneClass = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

/** How many hidden classes the instructions of a kind have. */
function classesOf(insns: readonly Insn[], kind: Insn['kind']): number {
  const found: Insn[] = [];
  for (const insn of insns) {
    if (insn.kind === kind && !found.some((other) => haveOneClass(insn, other))) found.push(insn);
  }
  return found.length;
}

const lines = Array.from({ length: 50 }, (_, i) => `if r0 == ${i} goto end; goto next${i}; next${i}: r0 += ${i}`);
const hosts = Array.from({ length: 50 }, (_, i) => `10.${i}.${(7 * i) % 256}.1`);

describe('instructions', () => {
  it.each<[string, Program]>([
    ['translated', translate(compile(`host ${hosts.join(' or ')}`).program)],
    [
      'parsed',
      Program.parse(['r0 = 0', ...lines, 'end: exit'].join('; ').replaceAll(': ', ':\n').replaceAll('; ', '\n')),
    ],
    [
      'built',
      asm.build([
        asm.mov(asm.r0, 0),
        ...Array.from({ length: 50 }, (_, i) => [asm.jumpIf(asm.r0, '==', i, 'end'), asm.add(asm.r0, i)]),
        asm.label('end'),
        asm.exit(),
      ]),
    ],
  ])('that were %s have one hidden class a kind', (_, { insns }) => {
    expect(insns.length).toBeGreaterThan(100);
    expect(classesOf(insns, 'jump')).toBe(1);
    expect(classesOf(insns, 'goto')).toBeLessThanOrEqual(1);
    expect(classesOf(insns, 'alu')).toBeLessThanOrEqual(1);
  });
});
