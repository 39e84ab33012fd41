// Cases of Linux's program types (test/cases/verify) have the verdicts of the running kernel.

import { describe, expect, it } from 'vitest';
import { Judge, judgeMissing } from './judge.js';
import { attachTypes, programTypes } from './linux-numbers.js';
import { type VerifyCase, verifyCases } from './verify-case-files.js';

const skipped = judgeMissing === undefined ? '' : ` (skipped: ${judgeMissing})`;

const asked = verifyCases.filter(({ environment }) => environment.name in programTypes);
const unasked = asked.filter(({ linux }) => linux?.verdict === 'is not asked');

function linuxVerdict({ program, environment: { name }, attach, ...manner }: VerifyCase): string {
  const judge = new Judge(program.maps);
  return judge.verdict(programTypes[name]!, program, { ...manner, attach: attachTypes[attach ?? ''] });
}

/** Where Linux gives up on itself, it says nothing of the program. */
function expected({ refused, linux }: VerifyCase): readonly string[] {
  return refused === undefined || linux?.verdict === 'accepts it' ? ['accepted'] : ['refused', 'lost'];
}

describe.skipIf(judgeMissing)(`the running kernel${skipped}`, () => {
  it.each(asked.filter((each) => !unasked.includes(each)))('judges as noted: $name', (each) => {
    expect(expected(each)).toContain(linuxVerdict(each));
  });

  it.skip.each(unasked)('is not asked, since $linux.reason: $name', () => {});
});
