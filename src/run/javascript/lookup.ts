// A choice between statements by the number in A: by a question where there are two, and else by the range that the number lies in.

import { complement, type Numbers } from '../../optimize/numbers.js';
import type { Constants } from './constants.js';
import { membership } from './membership.js';
import { lookup, rangesOf } from './ranges.js';

/**
 * @param sets the numbers that lead to each statement: together all, and each once
 * @param statements what follows; none of them goes on
 */
export function chosen(sets: readonly Numbers[], statements: readonly string[], constants: Constants): string {
  const [first, second] = sets;
  if (second === undefined) return statements[0]!;
  if (sets.length > 2) return byRange(sets, statements, constants);
  const [asked, other] = countOf(first!) < countOf(second) ? [0, 1] : [1, 0];
  const { holds, rest } = membership(sets[asked]!, constants);
  const [yes, no] = [statements[asked]!, statements[other]!];
  if (rest.length === 0) return `if (${holds}) ${yes} else ${no}`;
  return `if (${holds}) ${yes} else {\n${byRange([complement(rest), rest], [no, yes], constants)}\n}`;
}

function byRange(sets: readonly Numbers[], statements: readonly string[], constants: Constants): string {
  const cases = statements.map((statement, i) => `case ${i}: ${statement}`);
  return `${lookup(rangesOf(sets), constants)}\nswitch (at) {\n${cases.join('\n')}\n}`;
}

/** How many numbers there are in a set. */
function countOf(numbers: Numbers): number {
  return numbers.reduce((count, edge, i) => (i % 2 === 0 ? count - edge : count + edge + 1), 0);
}
