// Filters say what their policies say, in both layouts, on every architecture.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../src/classic/check.js';
import { ClassicProgram } from '../src/classic/program.js';
import { executeSeccomp } from '../src/classic/run.js';
import { arches, x32Bit } from '../src/seccomp/arch.js';
import { compilePolicy } from '../src/seccomp/compile.js';
import { type Call, seccompData } from '../src/seccomp/condition.js';
import { layouts } from '../src/seccomp/layout.js';
import { decided, type Policy, runtimes } from '../src/seccomp/policy.js';
import { readPolicy } from '../src/seccomp/read.js';
import { anyArch, callsNear, foreignAudit, policyText } from './random-policies.js';

/** What a policy answers to a call as the kernel would hand it in: x86_64 and x32 are told apart by the number. */
function expected(policy: Policy, { arch, nr, args }: Call): number {
  const isX86 = arch.name === 'x86_64' || arch.name === 'x32';
  const isSkip = nr === 0xffff_ffff;
  const name = isX86 && !isSkip ? (nr >= x32Bit ? 'x32' : 'x86_64') : arch.name;
  const own = policy.arches.find((each) => each.arch.name === name);
  return own === undefined ? 0 : decided(policy, own, { nr, args }).action;
}

const answerOf = (program: ClassicProgram, data: Uint8Array): number => executeSeccomp(program, data).result;

describe('a filter', () => {
  it.each(layouts)('answers every call as its policy does (%s)', (layout) => {
    fc.assert(
      fc.property(policyText, anyArch, fc.constantFrom(...runtimes), fc.gen(), (text, arch, runtime, gen) => {
        const policy = readPolicy(text, { arch: arch.name, runtime, names: 'linux' });
        const program = compilePolicy(policy, { layout });
        for (let i = 0; i < 25; i++) {
          const call = gen(callsNear, policy);
          expect(answerOf(program, seccompData(call)), `${call.arch.name} ${call.nr} ${call.args}`).toBe(
            expected(policy, call),
          );
        }
      }),
      { seed: 9, numRuns: 40 },
    );
  });

  it('kills what comes in with another architecture, whatever its policy allows', () => {
    const program = compilePolicy('{"defaultAction":"SCMP_ACT_ALLOW"}', { arch: 'x86_64' });
    const foreign = { ...arches.aarch64, audit: foreignAudit };
    expect(answerOf(program, seccompData({ arch: foreign, nr: 0, args: [] }))).toBe(0);
    expect(answerOf(program, seccompData({ arch: arches.x32, nr: x32Bit, args: [] }))).toBe(0);
    expect(answerOf(program, seccompData({ arch: arches.x86_64, nr: 0xffff_ffff, args: [] }))).toBe(0x7fff_0000);
  });

  it('is one that Linux takes, of the longest policies too', () => {
    const rules = Array.from({ length: 380 }, (_, value) => `{"index":1,"value":${value * 5},"op":"SCMP_CMP_EQ"}`);
    const text = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["ioctl"],"action":"SCMP_ACT_ALLOW","args":[${rules}]}]}`;
    for (const layout of layouts) check(compilePolicy(text, { arch: 'x86_64', layout }), 'seccomp');
  });

  it('that would be longer than Linux takes is refused', () => {
    const names = ['read', 'write', 'close', 'ioctl', 'mmap', 'brk'];
    const rule = (name: string, at: number) => {
      const args = Array.from(
        { length: 900 },
        (_, i) => `{"index":1,"value":${(i + at) * 7919 * 2 ** 20},"op":"SCMP_CMP_EQ"}`,
      );
      return `{"names":["${name}"],"action":"SCMP_ACT_ALLOW","args":[${args}]}`;
    };
    const text = `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${names.map(rule)}]}`;
    expect(() => compilePolicy(text, { arch: 'x86_64' })).toThrow(/at most 4096 instructions, this one's has \d+/);
  });

  it('of the layout tree takes fewer steps than the linear one, on average', () => {
    const nrs = Array.from({ length: 330 }, (_, nr) => nr).filter((nr) => nr % 3 !== 0);
    const { x86_64: arch } = arches;
    const all = [...readPolicy('{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}', { arch: 'x86_64' }).arches];
    expect(all.map((each) => each.arch.name)).toEqual(['x86_64']);
    const rule = { conditions: [], action: 0x7fff_0000, origin: { path: '', place: undefined } };
    const calls = new Map(nrs.map((nr) => [nr, { name: String(nr), nr, rules: [rule] }]));
    const defaultOrigin = { path: '', place: undefined };
    const policy: Policy = {
      defaultOrigin,
      runtime: 'runc',
      defaultAction: 0x5_0001,
      arches: [{ arch, calls }],
      flags: [],
      warnings: [],
    };
    const steps = layouts.map((layout) => {
      const program = compilePolicy(policy, { layout });
      return nrs.reduce((sum, nr) => sum + stepsOf(program, seccompData({ arch, nr, args: [] })), 0);
    });
    expect(steps[1]! * 3).toBeLessThan(steps[0]!);
  });
});

/** How many instructions a filter executes: the machine is told to stop after so many. */
function stepsOf(program: ClassicProgram, data: Uint8Array): number {
  let steps = 0;
  const view = new DataView(data.buffer);
  let a = 0;
  for (let pc = 0; ; pc++) {
    steps++;
    const op = program.operations[pc]!;
    if (op.kind === 'packet') a = view.getUint32(op.k, true);
    else if (op.kind === 'goto') pc += op.off;
    else if (op.kind === 'jump' && op.operand !== 'x') {
      const { k } = op.operand;
      pc += (op.op === 'eq' ? a === k : a > k) ? op.jt : op.jf;
    } else if (op.kind === 'return') return steps;
  }
}

describe('compilePolicy', () => {
  it('takes text and a policy alike', () => {
    const text = '{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}';
    const options = { arch: 'aarch64' };
    expect(compilePolicy(text, options).toString()).toBe(compilePolicy(readPolicy(text, options)).toString());
  });

  it('makes a program that prints in every form', () => {
    const program = compilePolicy('{"defaultAction":"SCMP_ACT_KILL_PROCESS"}', { arch: 'riscv64' });
    expect(program.toString('d')).toBe(
      [
        '(000) ld       [4]',
        '(001) jeq      #0xc00000f3      jt 3	jf 2',
        '(002) ret      #0',
        '(003) ret      #-2147483648',
      ].join('\n'),
    );
    expect(ClassicProgram.parse(program.toString('ddd')).insns).toEqual(program.insns);
  });
});
