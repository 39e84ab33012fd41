// Numbers that a program computes, as terms: equal ones are one object. Nothing is simplified but what is constant.

import { type AluName, alu } from '../../classic/rows.js';

export interface Term {
  readonly id: number;
  /** No number that it may stand for is greater. */
  readonly most: number;
  readonly constant: number | undefined;
  /** `of & mask`, where the term is that. */
  readonly masked: { readonly of: Term; readonly mask: number } | undefined;
}

const every = 0xffffffff;

/** Makes terms, each only once. */
export class Terms {
  readonly #known = new Map<string, Term>();

  constant(k: number): Term {
    return this.#make(`${k}`, k, { constant: k });
  }

  /** What is not computed: bytes of the packet, its length. */
  named(name: string, most: number = every): Term {
    return this.#make(name, most);
  }

  negated(a: Term): Term {
    return a.constant === undefined ? this.#make(`-(${a.id})`, every) : this.constant(-a.constant >>> 0);
  }

  /** The result of an operation; none asks for that of a division by zero. */
  alu(operation: AluName, a: Term, b: Term): Term {
    if (a.constant !== undefined && b.constant !== undefined) {
      return this.constant(alu[operation].eval(a.constant, b.constant) >>> 0);
    }
    const key = `(${a.id}) ${operation} (${b.id})`;
    const masked = operation === 'and' && b.constant !== undefined ? { of: a, mask: b.constant } : undefined;
    return this.#make(key, mostOf(operation, a.most, b), { masked });
  }

  #make(key: string, most: number, more: Partial<Term> = {}): Term {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const term = { id: this.#known.size, most, constant: undefined, masked: undefined, ...more };
    this.#known.set(key, term);
    return term;
  }
}

/** What the result of an operation never exceeds. */
function mostOf(operation: AluName, a: number, b: Term): number {
  if (operation === 'add') return Math.min(a + b.most, every);
  const k = b.constant;
  if (k === undefined) return every;
  if (operation === 'and') return Math.min(a, k);
  if (operation === 'lsh') return Math.min(a * 2 ** (k & 31), every);
  if (operation === 'rsh') return a >>> (k & 31);
  if (operation === 'div') return Math.floor(a / k);
  return operation === 'mod' ? Math.min(a, k - 1) : every;
}
