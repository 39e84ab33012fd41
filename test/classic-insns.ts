// Classic programs for tests: written as rows of numbers, and made at random.

import { ClassicProgram } from '../src/classic/program.js';

/** code, jt, jf, k */
export type Row = readonly [code: number, jt: number, jf: number, k: number];

export function classic(...rows: readonly Row[]): ClassicProgram {
  return new ClassicProgram(rows.map(([code, jt, jf, k]) => ({ code, jt, jf, k })));
}
