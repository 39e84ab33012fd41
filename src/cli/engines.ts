// Which engines can be used here.

import { native } from '../../lib/native.js';
import type { EngineName } from '../run/engine.js';
import { javascriptMissing } from '../run/javascript.js';
import { kernelMissing } from '../run/kernel.js';

/** For each engine true, or in one line why there is none. */
export function engines(): Record<EngineName, true | string> {
  return {
    ...{ interpreter: true, classic: true, javascript: javascriptMissing() ?? true },
    ...{ jit: native.reason ?? true, kernel: kernelMissing() ?? true },
  };
}
