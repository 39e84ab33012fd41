// The names that an event's `print fmt` gives to the values of its fields:
//
//   __print_symbolic(REC->vec, { 0, "HI" }, { 1, "TIMER" })      __print_flags(REC->flags, "|", { 0x1, "READ" })

import type { EventFormat } from './format.js';
import { integerOf } from './number.js';

const table = /__print_(?:symbolic|flags)(?:64|_u64)?\s*\(\s*\(*(?:\([^()]*\)\s*)*REC->(\w+)/g;
const pair = /\{\s*\(?([^{},"]*?)\)?\s*,\s*"([^"]*)"\s*\}/y;

/** The values of a field by their names, in the order of the format. A name whose value is no number is left out. */
export function symbolsOf({ print }: EventFormat, field: string): ReadonlyMap<string, bigint> {
  const symbols = new Map<string, bigint>();
  for (const found of (print ?? '').matchAll(table)) {
    if (found[1] !== field) continue;
    for (const [name, value] of pairs(print!, found.index + found[0].length)) {
      if (!symbols.has(name)) symbols.set(name, value);
    }
  }
  return symbols;
}

/** The pairs of one table, up to the parenthesis that closes it. */
function pairs(print: string, start: number): [string, bigint][] {
  const found: [string, bigint][] = [];
  for (let at = print.indexOf('{', start); at >= 0; ) {
    pair.lastIndex = at;
    const [whole, text, name] = pair.exec(print) ?? [];
    if (whole === undefined) break;
    const value = numberOf(text!);
    if (value !== undefined) found.push([name!, value]);
    const next = /^\s*,\s*(?=\{)/.exec(print.slice(at + whole.length));
    if (next === null) break;
    at += whole.length + next[0].length;
  }
  return found;
}

/** A number, a shift of one, or numbers joined by |. */
function numberOf(text: string): bigint | undefined {
  const parts = text
    .replace(/[()\s]/g, '')
    .split('|')
    .map(shifted);
  return parts.reduce((sum, part) => (sum === undefined || part === undefined ? undefined : sum | part), 0n);
}

function shifted(text: string): bigint | undefined {
  const [base, amount = '0'] = text.replace(/(?<=[0-9a-fA-F])[uUlL]+/g, '').split('<<');
  const [value, shift] = [integerOf(base!), integerOf(amount)];
  return value === undefined || shift === undefined || shift < 0n || shift > 63n ? undefined : value << shift;
}
