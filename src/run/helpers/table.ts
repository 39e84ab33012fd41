// The helpers that are built. Tail calls are the engines' own.

import type { HelperCall, HelperResult } from './call.js';
import { checksumFunctions } from './checksums.js';
import { mapFunctions } from './maps.js';
import { outputFunctions } from './outputs.js';
import { packetFunctions } from './packets.js';
import { printFunctions } from './print.js';
import { surroundingFunctions } from './surroundings.js';
import { textFunctions } from './text.js';

export const helperFunctions: ReadonlyMap<number, (call: HelperCall) => HelperResult> = new Map([
  ...mapFunctions,
  ...outputFunctions,
  ...packetFunctions,
  ...checksumFunctions,
  ...printFunctions,
  ...textFunctions,
  ...surroundingFunctions,
]);

/** bpf_tail_call, which doesn't return where it succeeds. */
export const tailCall = 12;

/** Whether a helper of this number is there, beside those that an environment brings along. */
export function isBuilt(helper: number): boolean {
  return helper === tailCall || helperFunctions.has(helper);
}
