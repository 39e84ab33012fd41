// Policies and what they answer, in test/cases/seccomp: on the policy itself and on the filter, in both layouts.
//
//   # a name
//   for     arch aarch64          options; caps are one or more
//   policy  the text, further lines indented
//   warns   a warning, as many as there are
//   fault   the message of an error, where the policy is one
//   [arch] call(arguments)  the answer; `nr 5  answer` for a number

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { executeSeccomp } from '../src/classic/run.js';
import { type Arch, arches, archOf, isArchName, syscallsOf } from '../src/seccomp/arch.js';
import { compilePolicy } from '../src/seccomp/compile.js';
import { seccompData } from '../src/seccomp/condition.js';
import { actionText } from '../src/seccomp/errno.js';
import { layouts } from '../src/seccomp/layout.js';
import { type PolicyOptions, readPolicy } from '../src/seccomp/read.js';

const folder = fileURLToPath(new URL('cases/seccomp/', import.meta.url));

interface Case {
  readonly name: string;
  readonly policy: string;
  readonly options: PolicyOptions;
  readonly warnings: readonly string[];
  readonly fault: string | undefined;
  readonly calls: readonly string[];
}

function readCase(paragraph: string): Case {
  const [first = '', ...lines] = paragraph.replace(/\n {8,}/g, '\u0000').split('\n');
  const field = (name: string) => lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(8)] : []));
  const [options = ''] = field('for');
  const [, key = 'arch', value = 'x86_64'] = /^(\w+) (.*)$/.exec(options) ?? [];
  const given = key === 'caps' ? { caps: value.split(' ') } : { [key]: value };
  return {
    name: first.slice(2),
    policy: field('policy').join().replaceAll('\u0000', '\n'),
    options: { arch: 'x86_64', ...given },
    warnings: field('warns'),
    fault: field('fault')[0],
    calls: lines.filter((line) => !/^(?:for|policy|warns|fault|#) /.test(line)),
  };
}

function callOf(text: string, own: Arch): { readonly data: Uint8Array; readonly answer: string } {
  const [, number, arch, name = '', list = '', answer = ''] =
    /^(?:nr (\w+)|(?:(\w+) )?(\w+)\((.*)\)) {2}(.*)$/.exec(text) ?? [];
  const used = arch !== undefined && isArchName(arch) ? arches[arch] : own;
  const nr = number === undefined ? syscallsOf(used).get(name) : Number(number);
  if (nr === undefined || answer === '') throw new Error(`what call is '${text}'?`);
  const args = list === '' ? [] : list.split(', ').map((value) => BigInt.asUintN(64, BigInt(value)));
  return { data: seccompData({ arch: used, nr, args }), answer };
}

function faultOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

for (const file of readdirSync(folder)) {
  const cases = readFileSync(folder + file, 'utf8')
    .trimEnd()
    .split(/\n{2,}/)
    .map(readCase);
  describe(file, () => {
    it.each(cases.map((each) => [each.name, each] as const))(
      '%s',
      (_, { policy: text, options, warnings, fault, calls }) => {
        expect(faultOf(() => readPolicy(text, options))).toBe(fault);
        if (fault !== undefined) return;
        const policy = readPolicy(text, options);
        expect(policy.warnings.map(({ message }) => message)).toEqual(warnings);
        const own = archOf(options.arch ?? '') ?? arches.x86_64;
        const programs = layouts.map((layout) => compilePolicy(policy, { layout }));
        for (const line of calls) {
          const { data, answer } = callOf(line, own);
          for (const program of programs) expect(actionText(executeSeccomp(program, data).result), line).toBe(answer);
        }
      },
    );
  });
}
