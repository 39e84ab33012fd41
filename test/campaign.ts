// What scripts/fuzz.mjs asks of a test of random programs, and what the test tells it: a short run without it.

import { appendFileSync } from 'node:fs';

const { UNIBPF_FUZZ_SEED, UNIBPF_FUZZ_RUNS, UNIBPF_FUZZ_NOTES } = process.env;

/** Where seeds begin. */
export const firstSeed = Number(UNIBPF_FUZZ_SEED ?? 1);

/** @param short how many runs a test makes that is no campaign */
export function runsOf(short: number): number {
  return Number(UNIBPF_FUZZ_RUNS ?? short);
}

/** Tells what was counted, for the record of the campaign. */
export function note(text: string): void {
  if (UNIBPF_FUZZ_NOTES !== undefined) appendFileSync(UNIBPF_FUZZ_NOTES, `${text}\n`);
}
