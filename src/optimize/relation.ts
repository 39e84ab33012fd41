// A comparison of a value with a constant, as the set of numbers for which it holds.

import { exchanged } from '../abstract/compare.js';
import type { Width } from '../ebpf/insn.js';
import type { JumpName } from '../ebpf/rows.js';
import { complement, largest, type Numbers, none, range } from './numbers.js';
import type { Value } from './value.js';

export interface Relation {
  readonly value: Value;
  readonly numbers: Numbers;
  /** The relation holds for all numbers but these. */
  readonly negated: boolean;
}

/** Undefined where neither side is a constant, or the other has more than 32 bits that count. */
export function numbersOf(op: JumpName, width: Width, a: Value, b: Value): Relation | undefined {
  if (a.kind === 'number' && b.kind !== 'number') return numbersOf(exchanged[op], width, b, a);
  if (b.kind !== 'number' || (width === 64 && a.most > largest)) return undefined;
  const numbers = passing(op, width, b.number);
  return numbers && { value: a, numbers, negated: false };
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
