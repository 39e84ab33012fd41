// Tests as a number that is 0 in one of the two cases, which several tests can share: they are joined by `or`, and only the
// whole becomes a truth value.

import * as asm from '../../ebpf/build.js';
import type { ComparisonTest, NumberSource, TextTest } from '../ast.js';
import { placesOf } from '../places.js';
import { complement, domain } from '../ranges.js';
import type { Condition } from '../simplify.js';
import { costOf, emitValue } from './arithmetic.js';
import { type Code, full, half, immediate, isShort } from './code.js';
import { type Piece, piecesOf } from './pieces.js';

export interface ZeroForm {
  /** Whether the condition holds where the number is 0, or where it isn't. */
  readonly whenZero: boolean;
  /** The number is less than 2^63. */
  readonly narrow: boolean;
  /** How many instructions it takes. */
  readonly cost: number;
  /** Leaves the number at a place of the row, with the two behind it to work in. */
  emit(code: Code, place: number): void;
}

/** @param limit up to where the context may be read */
export function zeroForm(condition: Condition, code: Code): ZeroForm | undefined {
  switch (condition.kind) {
    case 'member': {
      const { source, ranges } = condition;
      const value = onlyValue(ranges);
      if (value !== undefined) return equality(source, value, true);
      const other = onlyValue(complement(ranges, domain(source)));
      return other === undefined ? undefined : equality(source, other, false);
    }
    case 'bits':
      return maskForm(condition.source, condition.mask, condition.negated);
    case 'text':
      return textForm(condition, condition.negated, code);
    case 'comparison':
      return differenceForm(condition);
    default:
      return undefined;
  }
}

function onlyValue(ranges: readonly (readonly [bigint, bigint])[]): bigint | undefined {
  const [first, ...others] = ranges;
  return first !== undefined && others.length === 0 && first[0] === first[1] ? first[0] : undefined;
}

/** number ^ value */
function equality(source: NumberSource, value: bigint, whenZero: boolean): ZeroForm {
  const unsigned = { ...source, signed: false };
  const bits = BigInt.asUintN(source.size * 8, value);
  const narrow = source.size < 8;
  const emit = (code: Code, place: number): void => {
    code.load(full(place), unsigned);
    exclusive(code, place, bits, narrow);
  };
  return { whenZero, narrow, cost: narrow || isShort(bits) ? 2 : 3, emit };
}

/** register ^= value */
function exclusive(code: Code, place: number, value: bigint, narrow: boolean): void {
  if (value === 0n) return;
  if (narrow) code.emit(asm.xor(half(place), immediate(value)));
  else if (isShort(value)) code.emit(asm.xor(full(place), immediate(value)));
  else {
    code.constant(full(place + 1), value);
    code.emit(asm.xor(full(place), full(place + 1)));
  }
}

/** number & mask; of 64 bits only the half that the mask lies in */
function maskForm(source: NumberSource, mask: bigint, whenZero: boolean): ZeroForm {
  const low = mask >> 32n === 0n;
  const high = (mask & 0xffff_ffffn) === 0n;
  const part = partOf(source, low, high);
  const bits = part.size === source.size || low ? mask : mask >> 32n;
  const narrow = part.size < 8;
  const emit = (code: Code, place: number): void => {
    code.load(full(place), part);
    if (narrow) code.emit(asm.and(half(place), immediate(bits)));
    else {
      code.constant(full(place + 1), bits);
      code.emit(asm.and(full(place), full(place + 1)));
    }
  };
  return { whenZero, narrow, cost: narrow ? 2 : 3, emit };
}

function partOf(source: NumberSource, low: boolean, high: boolean): NumberSource {
  const unsigned = { ...source, signed: false };
  if (source.size < 8 || !(low || high)) return unsigned;
  return { ...unsigned, size: 4, offset: source.offset + (low ? 0 : 4) };
}

/** left ^ right, where their values take few places */
function differenceForm({ order, left, right }: ComparisonTest): ZeroForm | undefined {
  const places = Math.max(placesOf(left), 1 + placesOf(right));
  if ((order !== '==' && order !== '!=') || places > mostPlaces) return undefined;
  const emit = (code: Code, place: number): void => {
    emitValue(code, left, place);
    emitValue(code, right, place + 1);
    code.emit(asm.xor(full(place), full(place + 1)));
  };
  return { whenZero: order === '==', narrow: false, cost: 1 + costOf(left) + costOf(right), emit };
}

/** As many places a form may take: one less than a leaf without branches. */
const mostPlaces = 4;

// ---- text ------------------------------------------------------------------------------------------------------------

/** The bytes that a text must have, and where; undefined where a pattern asks for more than that. */
function textForm({ source, pattern }: TextTest, negated: boolean, code: Code): ZeroForm | undefined {
  if (source.kind !== 'fixed' || pattern.kind === 'middle' || pattern.kind === 'glob') return undefined;
  const { size } = source;
  const at = pattern.kind === 'end' ? size - 1 - pattern.bytes.length : 0;
  const bytes = pattern.kind === 'full' ? Uint8Array.of(...pattern.bytes, 0).subarray(0, size) : pattern.bytes;
  const pieces = piecesOf(bytes, code.offset(source) + at, code.end, false);
  return bytesForm(pieces, negated === pattern.negated);
}

export function bytesForm(pieces: readonly Piece[], whenZero: boolean): ZeroForm {
  const narrow = pieces.every(({ size }) => size < 8);
  const costs = pieces.map(({ size, spare }) => (size === 8 ? 4 : 3) + spare);
  const cost = costs.reduce((sum, one) => sum + one, 0);
  return { whenZero, narrow, cost, emit: (code, place) => emitPieces(code, pieces, place) };
}

function emitPieces(code: Code, pieces: readonly Piece[], place: number): void {
  for (const [i, piece] of pieces.entries()) {
    const at = i === 0 ? place : place + 1;
    emitPiece(code, piece, at);
    if (i > 0) code.emit(asm.or(full(place), full(at)));
  }
}

/** the bytes ^ what they should be */
function emitPiece(code: Code, { offset, size, spare, value }: Piece, place: number): void {
  const [dst, src] = [full(place).register, code.base.register];
  code.emit({ insn: { kind: 'load', size, signed: false, dst, src, off: offset } });
  if (spare > 0) code.emit(asm.lsh(half(place), 8 * spare));
  exclusive(code, place, value << BigInt(8 * spare), size < 8);
}

/** Makes 1 of the number that is 0, else 0; or the other way round. */
export function asTruth(code: Code, place: number, { whenZero, narrow }: Pick<ZeroForm, 'whenZero' | 'narrow'>): void {
  const register = full(place);
  if (narrow) {
    // n - 1 is negative only for 0, and -n for all but 0
    code.emit(whenZero ? asm.sub(register, 1) : asm.neg(register), asm.rsh(register, 63));
    return;
  }
  const other = full(place + 1);
  code.emit(asm.mov(other, register), asm.neg(other), asm.or(register, other), asm.rsh(register, 63));
  if (whenZero) code.emit(asm.xor(half(place), 1));
}
