// Cases of Linux's program types (test/cases/verify) have the verdicts of the running kernel.

import { describe, expect, it } from 'vitest';
import { Judge, judgeMissing } from './judge.js';
import { attachTypes, programTypes } from './linux-numbers.js';
import { type VerifyCase, verifyCases } from './verify-case-files.js';

const skipped = judgeMissing === undefined ? '' : ` (skipped: ${judgeMissing})`;

function linuxVerdict({ program, environment: { name }, attach, flags, functionTypes }: VerifyCase): string {
  const judge = new Judge(program.maps);
  return judge.verdict(programTypes[name]!, program, { flags, functionTypes, attach: attachTypes[attach ?? ''] });
}

describe.skipIf(judgeMissing)(`the running kernel${skipped}`, () => {
  it.each(verifyCases.filter(({ environment }) => environment.name in programTypes))('judges so too: $name', (each) => {
    // Where Linux gives up on itself, it says nothing of the program.
    const verdicts = each.refused === undefined ? ['accepted'] : ['refused', 'lost'];
    expect(verdicts).toContain(linuxVerdict(each));
  });
});
