// Calls as people write them: `openat`, `openat(-100, 0, O_RDONLY)`, `i386:socket(AF_INET)`, `257(…)`.

import { BpfError } from '../base/error.js';
import { nearest } from '../base/nearest.js';
import { type Arch, archNames, archOf, syscallName, syscallsOf } from './arch.js';
import { argumentCount, type Call } from './condition.js';
import { constantOf } from './constants.js';

/**
 * The call that a text means.
 * @param own the architecture where the text names none
 * @throws BpfError 'syntax', 'name' or 'range' with the place of what means nothing
 */
export function parseCall(source: string, own: Arch): Call {
  const match = /^\s*(?:([\w-]+):)?\s*(\w+)\s*(?:\((.*)\))?\s*$/s.exec(source);
  if (match === null) {
    const place = { source, start: 0, end: source.length };
    throw new BpfError('syntax', "expected a system call as 'openat(0, 1)'", { place });
  }
  const [, archText, name = '', list = ''] = match;
  const arch = archText === undefined ? own : archNamed(source, archText);
  return { arch, nr: numberOf(source, name, arch), args: argumentsOf(source, list, name) };
}

/** `openat(0xffffff9c, 0, 0)`, without the zeros at the end. */
export function callText({ arch, nr, args }: Call): string {
  const used = args.slice(0, args.findLastIndex((value) => value !== 0n) + 1);
  const name = syscallName(arch, nr) ?? String(nr);
  return `${name}(${used.map((value) => (value < 4096n ? value : `0x${value.toString(16)}`)).join(', ')})`;
}

function archNamed(source: string, name: string): Arch {
  const arch = archOf(name);
  if (arch !== undefined) return arch;
  throw wrong(source, name, `unknown architecture '${name}'`, nearest(name, archNames));
}

function numberOf(source: string, name: string, arch: Arch): number {
  const number = /^\d/.test(name) ? Number(name) : syscallsOf(arch).get(name);
  if (number === undefined) {
    const meant = nearest(name, syscallsOf(arch).keys());
    throw wrong(source, name, `unknown system call '${name}' of ${arch.name}`, meant);
  }
  if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number;
  throw new BpfError('range', `expected the number of a system call, found '${name}'`, {
    place: placeIn(source, name),
  });
}

function argumentsOf(source: string, list: string, call: string): bigint[] {
  const words = list.trim() === '' ? [] : list.split(',').map((word) => word.trim());
  if (words.length > argumentCount) {
    const place = placeIn(source, list);
    throw new BpfError('range', `expected at most ${argumentCount} arguments, found ${words.length}`, { place });
  }
  return words.map((word, argument) => argumentValue(source, word, call, argument));
}

/** A number, names of constants, or several of these with `|`. */
function argumentValue(source: string, word: string, call: string, argument: number): bigint {
  const parts = word.split('|').map((part) => part.trim());
  return parts.reduce((all, part) => all | partOf(source, part, call, argument), 0n);
}

function partOf(source: string, part: string, call: string, argument: number): bigint {
  const constant = constantOf(part, call, argument);
  if (constant !== undefined) return constant;
  const [, minus, digits] = /^(-?)(\d+|0x[0-9a-fA-F]+)$/.exec(part) ?? [];
  if (digits === undefined) throw wrong(source, part, `unknown number '${part}'`, undefined);
  const value = minus === '-' ? -BigInt(digits) : BigInt(digits);
  if (value < 1n << 64n && value >= -(1n << 63n)) return BigInt.asUintN(64, value);
  throw new BpfError('range', `expected a number of 64 bits, found '${part}'`, { place: placeIn(source, part) });
}

function wrong(source: string, word: string, message: string, suggestion: string | undefined): BpfError {
  return new BpfError('name', message, { place: placeIn(source, word), suggestion });
}

function placeIn(source: string, word: string): { source: string; start: number; end: number } {
  const start = Math.max(0, source.lastIndexOf(word));
  return { source, start, end: start + word.length };
}
