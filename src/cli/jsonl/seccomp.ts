// seccomp: a policy to a classic program, proved. The policy reaches this operation as text, so that its numbers of 64 bits are those
// that were written.

import { nameSources } from '../../seccomp/arch.js';
import { compilePolicy } from '../../seccomp/compile.js';
import { layouts } from '../../seccomp/layout.js';
import { runtimes } from '../../seccomp/policy.js';
import { readPolicy } from '../../seccomp/read.js';
import { operation } from './operation.js';
import { list, record, text, truth, word } from './shape.js';
import { classicValue } from './values.js';

const shape = record(
  { policy: text, arch: text },
  {
    ...{ runtime: word(runtimes), caps: list(text), kernel: text, layout: word(layouts) },
    ...{ names: word(nameSources), strict: truth },
  },
);

export const seccomp = operation(shape, ({ policy: source, layout, ...options }) => {
  const policy = readPolicy(source, options);
  const warnings = policy.warnings.map(({ code, message, path, place }) => {
    return { code, message, path, start: place?.start, end: place?.end };
  });
  const program = compilePolicy(policy, layout === undefined ? {} : { layout });
  return { classic: classicValue(program), warnings: warnings.length > 0 ? warnings : undefined };
});
