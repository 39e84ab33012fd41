// A comparison of a value with a constant, as the set of numbers for which it holds.

import { exchanged } from '../abstract/compare.js';
import type { Width } from '../ebpf/insn.js';
import { type JumpName, jump } from '../ebpf/rows.js';
import { all, complement, largest, type Numbers, none, range } from './numbers.js';
import { bitsOf, isConstant, type Value, type ValueOf } from './value.js';

export interface Relation {
  readonly value: Value;
  readonly numbers: Numbers;
  /** The relation holds for all numbers but these. */
  readonly negated: boolean;
}

/** Undefined where neither side is a constant, or the other has more than 32 bits that count. */
export function numbersOf(op: JumpName, width: Width, a: Value, b: Value): Relation | undefined {
  if (isConstant(a) && !isConstant(b)) return numbersOf(exchanged[op], width, b, a);
  if (!isConstant(b) || (width === 64 && a.most > largest)) return undefined;
  if (b.kind === 'wide' && width === 64) return compared(op, a, b);
  const numbers = passing(op, width, b.kind === 'wide' ? b.low : b.number);
  return numbers && { value: a, numbers, negated: false };
}

/** All numbers of 32 bits stand to a larger one in the same way. */
function compared(op: JumpName, value: Value, larger: ValueOf<'wide'>): Relation | undefined {
  if (op === 'set') return undefined;
  return { value, numbers: jump[op].eval(0n, bitsOf(larger), 64) ? all : none, negated: false };
}

function passing(op: JumpName, width: Width, k: number): Numbers | undefined {
  switch (op) {
    case 'eq':
      return [k, k];
    case 'ne':
      return complement([k, k]);
    case 'gt':
      return range(k + 1, largest);
    case 'ge':
      return range(k, largest);
    case 'lt':
      return k === 0 ? none : [0, k - 1];
    case 'le':
      return [0, k];
    case 'set':
      return undefined;
    case 'sgt':
    case 'sge':
    case 'slt':
    case 'sle':
      return width === 64 ? passing(unsignedTwin[op], width, k) : passingSigned(op, k);
  }
}

/** Numbers of 32 bits are not negative as numbers of 64. */
const unsignedTwin = { sgt: 'gt', sge: 'ge', slt: 'lt', sle: 'le' } as const;

function passingSigned(op: keyof typeof unsignedTwin, k: number): Numbers {
  switch (op) {
    case 'sge':
      return k >= 0x8000_0000 ? complement(range(0x8000_0000, k - 1)) : range(k, 0x7fff_ffff);
    case 'sgt':
      return k === 0x7fff_ffff ? none : passingSigned('sge', (k + 1) % 2 ** 32);
    case 'slt':
      return complement(passingSigned('sge', k));
    case 'sle':
      return complement(passingSigned('sgt', k));
  }
}
