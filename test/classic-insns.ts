// Classic programs for tests: written as rows of numbers, and made at random.

import fc from 'fast-check';
import type { BpfError } from '../src/base/error.js';
import { check, checkRunnable } from '../src/classic/check.js';
import { insnOf } from '../src/classic/encode.js';
import type { Operation } from '../src/classic/insn.js';
import { ClassicProgram } from '../src/classic/program.js';
import { alu, cellCount, extensions, jump, names } from '../src/classic/rows.js';

/** code, jt, jf, k */
export type Row = readonly [code: number, jt: number, jf: number, k: number];

export function classic(...rows: readonly Row[]): ClassicProgram {
  return new ClassicProgram(rows.map(([code, jt, jf, k]) => ({ code, jt, jf, k })));
}

const k = fc.oneof(
  fc.constantFrom(0, 1, 2, 14, 15, 16, 31, 0x7fff, 0x7fffffff, 0x80000000, 0xffffffff, 0xfff00000, 0xffe00000),
  fc.integer({ min: 0, max: 80 }),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const register = fc.constantFrom('a' as const, 'x' as const);
const operand = fc.oneof(fc.constant('x' as const), fc.record({ k }));
const cell = fc.integer({ min: 0, max: cellCount - 1 });
const size = fc.constantFrom(1 as const, 2 as const, 4 as const);
const skip = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20 }));
/** Extensions whose value every engine knows. */
const certain = fc.constantFrom(...names(extensions).filter((name) => name !== 'random' && name !== 'cpu'));

function kind<K extends Operation['kind']>(name: K): fc.Arbitrary<K> {
  return fc.constant(name);
}

/** Any operation that a socket filter may hold; its jumps may lead too far. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: kind('constant'), to: register, value: k }),
  fc.record({ kind: kind('length'), to: register }),
  fc.record({ kind: kind('load-cell'), to: register, cell }),
  fc.record({ kind: kind('store-cell'), from: register, cell }),
  fc.record({ kind: kind('packet'), size, indexed: fc.boolean(), k }),
  fc.record({ kind: kind('header-length'), k }),
  fc.record({ kind: kind('extension'), name: certain, size }),
  fc.record({ kind: kind('alu'), op: fc.constantFrom(...names(alu)), operand }),
  fc.record({ kind: kind('neg') }),
  fc.record({ kind: kind('jump'), op: fc.constantFrom(...names(jump)), operand, jt: skip, jf: skip }),
  fc.record({ kind: kind('goto'), off: skip }),
  fc.record({ kind: kind('return'), value: fc.oneof(fc.constant('a' as const), fc.record({ k })) }),
  fc.record({ kind: kind('tax') }),
  fc.record({ kind: kind('txa') }),
);

const returnA: Operation = { kind: 'return', value: 'a' };

/** Programs that Linux takes: each instruction that it refuses is replaced by `ret a`. */
export const checkedProgram = programs(operation, (program) => check(program, 'packet'));

/** Programs that may jump back as well, and read cells that nothing has written. */
export const loopingProgram = programs(
  fc.oneof(
    { weight: 12, arbitrary: operation },
    { weight: 1, arbitrary: fc.record({ kind: kind('goto'), off: fc.integer({ min: -9, max: -2 }) }) },
  ),
  checkRunnable,
);

function programs(
  one: fc.Arbitrary<Operation>,
  refuse: (program: ClassicProgram) => void,
): fc.Arbitrary<ClassicProgram> {
  return fc
    .array(one, { minLength: 1, maxLength: 40 })
    .map((operations) => accepted(new ClassicProgram([...operations, returnA].map(insnOf)), refuse));
}

function accepted(program: ClassicProgram, refuse: (program: ClassicProgram) => void): ClassicProgram {
  try {
    refuse(program);
    return program;
  } catch (error) {
    const at = (error as BpfError).pc;
    const insns = program.insns.map((insn, pc) => (pc === at ? insnOf(returnA) : insn));
    return accepted(new ClassicProgram(insns), refuse);
  }
}
