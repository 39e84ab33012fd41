// Parts of instructions that both notations write alike: numbers, places to jump to, what a wide load names, calls.

import { unreachable } from '../../base/error.js';
import { altered, type Insn, type InsnOf, type Register, type WideSource, wideValue } from '../insn.js';
import type { Cursor, Token } from './cursor.js';

/** An instruction as it was read, and what says where it leads, if it leads somewhere. */
export interface Draft {
  readonly insn: Insn;
  readonly to?: Token;
}

// ---- numbers ---------------------------------------------------------------------------------------------------------

/** A number of 32 bits, signed or not, as the signed one that stands in the instruction. */
export function constant(cursor: Cursor): number {
  return Number(BigInt.asIntN(32, integer(cursor, 'a number', -(2n ** 31n), 2n ** 32n - 1n)));
}

/** A number of 64 bits, signed or not, as its unsigned pattern. */
export function wideConstant(cursor: Cursor): bigint {
  return BigInt.asUintN(64, integer(cursor, 'a number', -(2n ** 63n), 2n ** 64n - 1n));
}

/** `+4`, `-8`, or nothing, which is 0: an offset of 16 bits. */
export function offset(cursor: Cursor): number {
  if (cursor.peek() !== '+' && cursor.peek() !== '-') return 0;
  return Number(integer(cursor, 'an offset', -0x8000n, 0x7fffn));
}

function integer(cursor: Cursor, what: string, least: bigint, most: bigint): bigint {
  const negative = cursor.accept('-');
  if (!negative) cursor.accept('+');
  if (cursor.token?.kind !== 'number') throw cursor.unexpected(what);
  const token = cursor.next(what);
  const value = negative ? -BigInt(token.text) : BigInt(token.text);
  if (value < least || value > most) throw cursor.error('range', `expected ${what} from ${least} to ${most}`, token);
  return value;
}

/** +4, -8, +0 */
export function signed(off: number): string {
  return off < 0 ? String(off) : `+${off}`;
}

// ---- registers -------------------------------------------------------------------------------------------------------

export const registers: readonly Register[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Every way to write a register with one of these prefixes. */
export function registerNames(...prefixes: string[]): ReadonlyMap<string, Register> {
  return new Map(
    prefixes.flatMap((prefix) => registers.map((register) => [`${prefix}${register}`, register] as const)),
  );
}

// ---- where a jump leads ----------------------------------------------------------------------------------------------

export interface Target {
  /** How many slots are skipped; 0 where that is still to be found out. */
  readonly off: number;
  /** A label (a word), or the number. */
  readonly to: Token;
}

/** `+3`, `pc-2` or a label. Whether the offset fits its field is asked when the label is known. */
export function target(cursor: Cursor): Target {
  const { token } = cursor;
  if (token?.kind === 'word' && token.text !== 'pc') return { off: 0, to: cursor.next('a label') };
  const relative = cursor.accept('pc');
  if (cursor.peek() !== '+' && cursor.peek() !== '-') {
    throw cursor.unexpected(relative ? "'+' or '-'" : 'a place to jump to');
  }
  const to = cursor.ahead(1);
  return { off: Number(integer(cursor, 'an offset', -(2n ** 31n), 2n ** 31n - 1n)), to: to! };
}

// ---- calls and exit --------------------------------------------------------------------------------------------------

type Call = InsnOf<'call-helper' | 'call-local' | 'call-kfunc'>;

const percentRegisters = registerNames('%r');

/**
 * What follows `call`: `5`, `map_lookup_elem#1`, `helper 5` for a helper, `kfunc 7` or `runtime 7` for a kernel's
 * function, `%r2` or `helper %r2` for a helper whose number is in a register, `local f`, `f` or `pc+3` for a function.
 */
export function callee(cursor: Cursor): Draft {
  const number = /#([0-9]+)$/.exec(cursor.peek())?.[1];
  if (number !== undefined) {
    cursor.next('a helper');
    return { insn: { kind: 'call-helper', helper: Number(number) } };
  }
  const isHelper = cursor.accept('helper');
  if (percentRegisters.has(cursor.peek())) {
    return { insn: { kind: 'call-register', src: cursor.choose(percentRegisters, 'a register') } };
  }
  if (isHelper || cursor.token?.kind === 'number') return { insn: { kind: 'call-helper', helper: constant(cursor) } };
  if (cursor.accept('kfunc') || cursor.accept('runtime')) {
    return { insn: { kind: 'call-kfunc', btf: constant(cursor), off: offset(cursor) } };
  }
  cursor.accept('local');
  const { off, to } = target(cursor);
  return { insn: { kind: 'call-local', off }, to };
}

export function printCall(insn: Call): string {
  switch (insn.kind) {
    case 'call-helper':
      return `call ${insn.helper >>> 0}`;
    case 'call-local':
      return `call pc${signed(insn.off)}`;
    case 'call-kfunc':
      return `call kfunc ${insn.btf}${insn.off === 0 ? '' : signed(insn.off)}`;
    default:
      return unreachable(insn);
  }
}

/** `exit`; the offset that Linux leaves unchecked is written only where it isn't 0. */
export function printExit(insn: InsnOf<'exit'>): string {
  return insn.off === 0 ? 'exit' : `exit ${signed(insn.off)}`;
}

// ---- what a wide load names ------------------------------------------------------------------------------------------

/** The wide loads of something else than a number: `map[idx:0]`, `map[fd:3][0]+8`, `variable[7]`, `subprog[pc+3]`. */
export function printReference(insn: InsnOf<'wide'>): string {
  switch (insn.from) {
    case 'imm':
      return `0x${wideValue(insn).toString(16)}`;
    case 'map-fd':
      return `map[fd:${insn.low}]`;
    case 'map-index':
      return `map[idx:${insn.low}]`;
    case 'map-value':
      return `map[fd:${insn.low}][0]+${insn.high >>> 0}`;
    case 'map-index-value':
      return `map[idx:${insn.low}][0]+${insn.high >>> 0}`;
    case 'variable':
      return `variable[${insn.low}${module(insn.high)}]`;
    case 'code':
      return `subprog[pc${signed(insn.low)}${module(insn.high)}]`;
  }
}

export function isReference(word: string): boolean {
  return word === 'map' || word === 'variable' || word === 'subprog';
}

/** Reads what `printReference` prints, numbers excepted. */
export function reference(cursor: Cursor, dst: Register): Draft {
  const word = cursor.next('a reference').text;
  cursor.expect('[');
  if (word === 'map') return { insn: mapReference(cursor, dst) };
  if (word === 'variable')
    return { insn: closed(cursor, { kind: 'wide', dst, from: 'variable', low: constant(cursor), high: 0 }) };
  const { off, to } = target(cursor);
  return { insn: closed(cursor, { kind: 'wide', dst, from: 'code', low: off, high: 0 }), to };
}

const mapBy: ReadonlyMap<string, { whole: WideSource; value: WideSource }> = new Map([
  ['fd', { whole: 'map-fd', value: 'map-value' }],
  ['idx', { whole: 'map-index', value: 'map-index-value' }],
]);

function mapReference(cursor: Cursor, dst: Register): Insn {
  const { whole, value } = cursor.choose(mapBy, "'fd' or 'idx'");
  cursor.expect(':');
  const low = constant(cursor);
  cursor.expect(']');
  if (!cursor.accept('[')) return { kind: 'wide', dst, from: whole, low, high: 0 };
  cursor.expect('0', ']');
  return { kind: 'wide', dst, from: value, low, high: cursor.peek() === '+' ? constant(cursor) : 0 };
}

/** `]`, or `:2]` for the second half of a wide load that is hardly ever used. */
function closed(cursor: Cursor, insn: InsnOf<'wide'>): Insn {
  const high = cursor.accept(':') ? constant(cursor) : 0;
  cursor.expect(']');
  return altered(insn, { high });
}

function module(high: number): string {
  return high === 0 ? '' : `:${high}`;
}
