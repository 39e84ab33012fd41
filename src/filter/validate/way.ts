// A way through a program: what the questions that were answered on it say of the packet.

import { answer, type Known, learned, type Question, upTo } from './known.js';
import type { Term } from './term.js';

/** Something that a way depends on: a question about a term. */
export interface Fork {
  readonly term: Term;
  readonly question: Question;
}

export class Way {
  readonly #known: ReadonlyMap<Term, Known>;

  constructor(known: ReadonlyMap<Term, Known> = new Map()) {
    this.#known = known;
  }

  of(term: Term): Known {
    return this.#known.get(term) ?? upTo(term.most);
  }

  /** The answer, where what was answered before gives it. */
  answer({ term, question }: Fork): boolean | undefined {
    if (term.constant !== undefined) return constantAnswer(term.constant, question);
    const own = answer(this.of(term), question);
    const below = beneath(term, question);
    return own ?? (below === undefined ? undefined : answer(this.of(below.term), below.question));
  }

  /** The way on which the question has that answer; undefined where no packet goes. */
  with(fork: Fork, holds: boolean): Way | undefined {
    const known = new Map(this.#known);
    const below = beneath(fork.term, fork.question);
    for (const { term, question } of below === undefined ? [fork] : [fork, below]) {
      const next = learned(this.of(term), question, holds);
      if (next === undefined) return undefined;
      known.set(term, next);
    }
    return new Way(known);
  }
}

function constantAnswer(n: number, question: Question): boolean {
  return question.kind === 'above' ? n > question.k : (n & question.mask) >>> 0 === question.k;
}

/** The same question about what a masked term is a part of. */
function beneath({ masked }: Term, question: Question): Fork | undefined {
  if (masked === undefined || question.kind === 'above') return undefined;
  const { of, mask } = masked;
  return { term: of, question: { kind: 'equal', mask: (question.mask & mask) >>> 0, k: question.k } };
}
