// The running kernel's tracefs, for tests that compare with it.

import { accessSync, constants } from 'node:fs';

export const tracefs = '/sys/kernel/tracing';

/** Why the kernel can't be asked here, in words; undefined where it can. */
export const tracefsMissing = missing();

function missing(): string | undefined {
  try {
    accessSync(`${tracefs}/instances`, constants.W_OK);
    return undefined;
  } catch {
    return `${tracefs} is not mounted, or may not be written: that takes root`;
  }
}
