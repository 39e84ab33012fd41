// Conditions without branches: every test is made, and their truth values are joined. What is cheap is cheaper so than a
// branch that can't be foreseen, which costs as much as some fifty instructions.

import * as asm from '../../ebpf/build.js';
import type { ComparisonTest, NumberSource, TextTest, Value } from '../ast.js';
import type { Condition, Junction } from '../simplify.js';
import { type Code, full, half, rowLength } from './code.js';
import { emitMember, memberCost } from './member.js';
import { piecesOf } from './pieces.js';
import { asTruth, bytesForm, type ZeroForm, zeroForm } from './zero.js';

/** What a condition takes without branches. */
export interface Plain {
  /** Instructions. */
  readonly cost: number;
  /** Leaves 1 at a place of the row where the condition holds, else 0. */
  emit(code: Code, place: number): void;
}

/** Places of the row that the test of a leaf works in. */
const leafPlaces = 5;

/** How the condition is decided without branches; undefined where it can't be, or would take too long. */
export function plain(condition: Condition, code: Code, depth = 0): Plain | undefined {
  if (depth + leafPlaces > rowLength) return undefined;
  if (condition.kind === 'and' || condition.kind === 'or') return plainJunction(condition, code, depth);
  const zero = zeroForm(condition, code);
  if (zero !== undefined) return truthOf(zero);
  switch (condition.kind) {
    case 'constant':
      return { cost: 1, emit: (_, place) => code.emit(asm.mov(full(place), condition.value ? 1 : 0)) };
    case 'member': {
      const cost = memberCost(condition);
      return cost === undefined ? undefined : { cost, emit: (_, place) => emitMember(code, condition, place) };
    }
    case 'text':
      return plainSearch(condition, condition.negated, code);
    case 'comparison':
      return plainComparison(condition);
    default:
      return undefined;
  }
}

function truthOf(zero: ZeroForm): Plain {
  return {
    cost: zero.cost + (zero.narrow ? 2 : 5),
    emit: (code, place) => {
      zero.emit(code, place);
      asTruth(code, place, zero);
    },
  };
}

// ---- and, or ---------------------------------------------------------------------------------------------------------

/** Tests in zero form are joined first: all of them become one truth value. */
function plainJunction({ kind, operands }: Junction, code: Code, depth: number): Plain | undefined {
  const forms = operands.map((operand) => {
    const zero = zeroForm(operand, code);
    return zero?.whenZero === (kind === 'and') ? zero : undefined;
  });
  const zeros = forms.filter((form) => form !== undefined);
  const others = operands
    .filter((_, i) => zeros.length < 2 || forms[i] === undefined)
    .map((operand) => plain(operand, code, depth + 1));
  const parts: Plain[] = zeros.length < 2 ? [] : [truthOf(joined(zeros))];
  for (const other of others) {
    if (other === undefined) return undefined;
    parts.push(other);
  }
  const cost = parts.reduce((sum, part) => sum + part.cost + 1, -1);
  return { cost, emit: (_, place) => emitJunction(code, kind, parts, place) };
}

/** All of them as one number, which is 0 where all are. */
function joined(zeros: readonly ZeroForm[]): ZeroForm {
  return {
    whenZero: zeros[0]!.whenZero,
    narrow: zeros.every(({ narrow }) => narrow),
    cost: zeros.reduce((sum, { cost }) => sum + cost + 1, -1),
    emit: (code, place) => {
      for (const [i, zero] of zeros.entries()) {
        zero.emit(code, i === 0 ? place : place + 1);
        if (i > 0) code.emit(asm.or(full(place), full(place + 1)));
      }
    },
  };
}

function emitJunction(code: Code, kind: Junction['kind'], parts: readonly Plain[], place: number): void {
  for (const [i, part] of parts.entries()) {
    part.emit(code, i === 0 ? place : place + 1);
    if (i === 0) continue;
    const operands = [full(place), full(place + 1)] as const;
    code.emit(kind === 'and' ? asm.and(...operands) : asm.or(...operands));
  }
}

// ---- bytes anywhere in a text ----------------------------------------------------------------------------------------

/** So many places in a text are looked at one by one. */
const searchedPlaces = 16;

function plainSearch({ source, pattern }: TextTest, negated: boolean, code: Code): Plain | undefined {
  if (source.kind !== 'fixed' || pattern.kind !== 'middle') return undefined;
  const places = source.size - pattern.bytes.length + 1;
  if (places > searchedPlaces) return undefined;
  const start = code.offset(source);
  const forms = Array.from({ length: places }, (_, at) =>
    bytesForm(piecesOf(pattern.bytes, start + at, code.end, true), true),
  );
  return {
    cost: forms.reduce((sum, { cost }) => sum + cost + 2, 2),
    emit: (_, place) => {
      // n - 1 is negative only where n, the difference, is 0
      for (const [i, form] of forms.entries()) {
        const at = i === 0 ? place : place + 1;
        form.emit(code, at);
        code.emit(asm.sub(full(at), 1));
        if (i > 0) code.emit(asm.or(full(place), full(at)));
      }
      code.emit(asm.rsh(full(place), 63));
      if (negated !== pattern.negated) code.emit(asm.xor(half(place), 1));
    },
  };
}

// ---- a field beside a field ------------------------------------------------------------------------------------------

/** The sign of the difference of two fields of at most 32 bits. */
function plainComparison({ order, left, right }: ComparisonTest): Plain | undefined {
  const [a, b] = [shortField(left), shortField(right)];
  if (a === undefined || b === undefined) return undefined;
  const exchanged = order === '>' || order === '<=';
  const [first, second] = exchanged ? [b, a] : [a, b];
  const isEquality = order === '==' || order === '!=';
  const inverted = order === '!=' || order === '<=' || order === '>=';
  const emit = (code: Code, place: number): void => {
    code.load(full(place), first);
    code.load(full(place + 1), second);
    code.emit(asm.sub(full(place), full(place + 1)));
    if (isEquality) code.emit(asm.mov(half(place), half(place)), asm.sub(full(place), 1));
    code.emit(asm.rsh(full(place), 63));
    if (inverted) code.emit(asm.xor(half(place), 1));
  };
  return { cost: 7, emit };
}

function shortField(value: Value): NumberSource | undefined {
  return value.kind === 'field' && value.source.size < 8 ? value.source : undefined;
}
