// The proof: it holds for what the generator makes, and for nothing that answers any call otherwise.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../src/classic/check.js';
import type { ClassicInsn } from '../src/classic/insn.js';
import { ClassicProgram } from '../src/classic/program.js';
import { executeSeccomp } from '../src/classic/run.js';
import { generateFilter } from '../src/seccomp/compile.js';
import { seccompData } from '../src/seccomp/condition.js';
import { layouts } from '../src/seccomp/layout.js';
import { counterexample, prove } from '../src/seccomp/prove.js';
import { readPolicy } from '../src/seccomp/read.js';
import { callsNear, policyText } from './random-policies.js';

const text = `{
  "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"],
  "syscalls": [
    { "names": ["read", "write", "close", "execve"], "action": "SCMP_ACT_ALLOW" },
    { "names": ["openat"], "action": "SCMP_ACT_LOG", "args": [{ "index": 2, "value": 5000000000, "op": "SCMP_CMP_LE" }] },
    { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ" }] },
    { "names": ["socket"], "action": "SCMP_ACT_TRAP", "args": [
      { "index": 0, "value": 2, "op": "SCMP_CMP_EQ" }, { "index": 1, "value": 3, "op": "SCMP_CMP_MASKED_EQ", "valueTwo": 1 }] }
  ]
}`;
const policy = readPolicy(text, { arch: 'x86_64' });
const good = generateFilter(policy);

const listing = good.toString('d');
const at = (pattern: RegExp): number => {
  const pc = listing.split('\n').findIndex((line) => pattern.test(line));
  if (pc < 0) throw new Error(`no instruction ${pattern} in\n${listing}`);
  return pc;
};

/** The program with one instruction changed. */
function broken(pc: number, change: (insn: ClassicInsn) => Partial<ClassicInsn>): ClassicProgram {
  return new ClassicProgram(good.insns.map((insn, each) => (each === pc ? { ...insn, ...change(insn) } : insn)));
}

const swapped = ({ jt, jf }: ClassicInsn) => ({ jt: jf, jf: jt });
const jge = 0x35;

const mutations: readonly (readonly [what: string, program: () => ClassicProgram])[] = [
  ['lets every architecture in', () => broken(at(/jeq +#0xc000003e/), ({ jt }) => ({ jf: jt }))],
  ['takes another architecture for its own', () => broken(at(/jeq +#0xc000003e/), () => ({ k: 0xc000_00b7 }))],
  ['asks for the number in place of the architecture', () => broken(at(/ld +\[4\]/), () => ({ k: 0 }))],
  ['lets foreign calls pass', () => broken(at(/ret +#0$/), () => ({ k: 0x7fff_0000 }))],
  ['kills the process where it should kill the thread', () => broken(at(/ret +#0$/), () => ({ k: 0x8000_0000 }))],
  ['lets x32 in', () => broken(at(/jgt +#0x3fffffff/), ({ jf }) => ({ jt: jf }))],
  ['lets the last number of x32 in', () => broken(at(/jgt +#0xfffffffe|jeq +#0xffffffff/), ({ k }) => ({ k: k - 1 }))],
  ['lets the first number of x32 in', () => broken(at(/jgt +#0x3fffffff/), () => ({ k: 0x4000_0000 }))],
  ['denies what is allowed', () => broken(at(/ret +#2147418112/), () => ({ k: 0x5_0001 }))],
  ['allows what is denied', () => broken(at(/ret +#327681/), () => ({ k: 0x7fff_0000 }))],
  ['has another error number', () => broken(at(/ret +#327681/), () => ({ k: 0x5_0002 }))],
  ['has a number that is one off', () => broken(at(/jeq +#0x3b/), ({ k }) => ({ k: k + 1 }))],
  ['tests a call the wrong way round', () => broken(at(/jeq +#0x3b/), swapped)],
  ['compares another argument', () => broken(at(/ld +\[36\]/), () => ({ k: 44 }))],
  ['compares the low half as the upper', () => broken(at(/ld +\[36\]/), () => ({ k: 32 }))],
  ['has a bound that is one off', () => broken(at(/jgt +#0x2a05f200/), ({ k }) => ({ k: k + 1 }))],
  ['takes "at least" for "more than"', () => broken(at(/jgt +#0x2a05f200/), () => ({ code: jge }))],
  ['turns a bound round', () => broken(at(/jgt +#0x2a05f200/), swapped)],
  ['forgets a bit of a mask', () => broken(at(/jset +#0x7e020000/), ({ k }) => ({ k: k ^ 0x20000 }))],
  ['turns a mask round', () => broken(at(/jset +#0x7e020000/), swapped)],
  ['masks another bit', () => broken(at(/and +#0x3/), () => ({ k: 1 }))],
  ['ignores a condition', () => broken(at(/and +#0x3/) + 1, ({ jt }) => ({ jf: jt }))],
  ['compares with the value of another rule', () => broken(at(/and +#0x3/) + 1, ({ k }) => ({ k: k ^ 3 }))],
];

describe('the proof', () => {
  it('holds for the filter as it was made, in both layouts', () => {
    for (const layout of layouts) prove(generateFilter(policy, { layout }), policy);
  });

  it.each(mutations)('catches a filter that %s', (_, mutated) => {
    const program = mutated();
    const found = counterexample(program, policy);
    expect(found, `${listing}\n\n${program.toString('d')}`).toBeDefined();
    const { data, expected, found: action } = found!;
    expect(executeSeccomp(program, data).result).toBe(action);
    expect(executeSeccomp(good, data).result).toBe(expected);
    expect(() => prove(program, policy)).toThrow(/assertion failed: the filter answers the call [0-9a-f]{128} with/);
  });

  it('tells a broken filter from one that is only written otherwise', () => {
    const change = fc.record({
      pc: fc.nat(),
      field: fc.constantFrom('jt', 'jf', 'k', 'code'),
      by: fc.constantFrom(1, -1, 2, 4, 0x10),
    });
    fc.assert(
      fc.property(policyText, change, fc.gen(), (source, { pc: some, field, by }, gen) => {
        const meant = readPolicy(source, { arch: 'x86_64' });
        const { insns } = generateFilter(meant);
        const pc = some % insns.length;
        const limits = { jt: 0xff, jf: 0xff, k: 0xffff_ffff, code: 0xff };
        const mutated = insns.map((insn, i) =>
          i === pc ? { ...insn, [field]: (insn[field] + by) & limits[field] } : insn,
        );
        const program = new ClassicProgram(mutated.map((insn) => ({ ...insn, k: insn.k >>> 0 })));
        const wrong = provable(program) ? counterexample(program, meant) : undefined;
        if (wrong !== undefined) {
          expect(executeSeccomp(program, wrong.data).result).toBe(wrong.found);
          expect(wrong.found).not.toBe(wrong.expected);
        } else if (provable(program)) {
          const original = new ClassicProgram(insns);
          for (let i = 0; i < 20; i++) {
            const data = seccompData(gen(callsNear, meant));
            expect(executeSeccomp(program, data).result).toBe(executeSeccomp(original, data).result);
          }
        }
      }),
      { seed: 9, numRuns: 80 },
    );
  });
});

/** Whether a filter is one that Linux takes, made of what filters of policies are made of. */
function provable(program: ClassicProgram): boolean {
  try {
    check(program, 'seccomp');
  } catch {
    return false;
  }
  return program.operations.every((op) => {
    if (op === undefined) return false;
    if (op.kind === 'alu') return op.op === 'and' && op.operand !== 'x';
    if (op.kind === 'jump') return op.operand !== 'x';
    if (op.kind === 'return') return op.value !== 'a';
    return op.kind === 'packet' || op.kind === 'goto';
  });
}
