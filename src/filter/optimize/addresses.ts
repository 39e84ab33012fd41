// Lists of addresses of several words to comparisons:
//
//   src among them → yes; dst among them → yes; no
//
// Looking for the destination may end the program, where the packet was cut. One by one, an address of the list that is
// the source ends the search before what stands behind it in the list is looked for. So where a word may be missing, the
// place of the source in the list is kept, and the word looked at only for what stands before it:
//
//   src among them: place = its place, else that behind the last
//   dst, where the next word may be missing:  the first that asks for it is at or behind place → yes
//   dst among them → yes; place is in the list → yes; no

import type { Span } from '../../base/error.js';
import type { Decision } from '../../decide/decide.js';
import { decideWords, type WordDecision } from '../../decide/words.js';
import type { Side, Test } from '../condition.js';
import { branch, type Node, step } from '../graph.js';
import { type AddressList, allOnes, type Value, type Values, type Variable } from '../value.js';
import { comparisons } from './comparisons.js';

type Look = Extract<WordDecision, { readonly kind: 'look' }>;

/** What a search is in, and where it goes on. */
interface Search {
  readonly values: Values;
  readonly span: Span | undefined;
  readonly found: (place: number) => Node;
  readonly none: Node;
  /** What is asked before a word is looked at; `checked` is the place that was asked about before. */
  readonly guard?: (look: Look, checked: number | undefined, then: Node) => Node;
}

export type Listed = Extract<Test, { readonly kind: 'listed' }>;

/** Where a test goes on, and the text that it comes from. */
export interface Ways {
  readonly span: Span | undefined;
  readonly yes: Node;
  readonly no: Node;
}

export interface Context {
  readonly values: Values;
  /** How many numbers may be compared one by one. */
  readonly chain: number;
  /** The variable for the place of an address in a list, if there is one left. */
  readonly place: Variable | undefined;
}

/** The comparisons for a list of addresses. */
export function addresses(test: Listed, { span, yes, no }: Ways, { values, chain, place }: Context): Node {
  const { sides, list } = test;
  const decision = decideWords(list.addresses, list.before, chain);
  const asked = sides.length > 1 ? placesAsked(decision) : [];
  const found = () => yes;
  const [first, last] = sides;
  if (asked.length === 0 || first === undefined || last === undefined) {
    return sides.reduceRight((none, side) => search(side, decision, { values, span, found, none }), no);
  }
  if (place === undefined) return oneByOne(test, { span, yes, no }, values);
  const places = new Places(list, asked, place, values);
  const guard = (look: Look, checked: number | undefined, then: Node) => {
    return look.seen || look.asking === checked ? then : branch(places.behind(look.asking), span, then, yes);
  };
  const end = branch(places.none, span, no, yes);
  const lastSearch = search(last, decision, { values, span, found, none: end, guard });
  const kept = (at: number) => places.kept(at, span, lastSearch);
  return search(first, decision, { values, span, found: kept, none: kept(list.addresses.length) });
}

/** The comparisons of each address with each side, one after the other. */
function oneByOne({ sides, list }: Listed, { span, yes, no }: Ways, values: Values): Node {
  return list.addresses.reduceRight((otherwise, words) => {
    return sides.reduceRight((none, side) => {
      return words.reduceRight<Node>((next, { mask, equals }, at) => {
        return branch(
          { kind: 'match', value: masked(side[at]!, mask, values), mask: 0xffffffff, equals },
          span,
          next,
          none,
        );
      }, yes);
    }, otherwise);
  }, no);
}

/** The comparisons for one side. */
function search(side: Side, decision: WordDecision, context: Search, checked?: number): Node {
  if (decision.kind === 'end') return decision.first === undefined ? context.none : context.found(decision.first);
  const value = masked(side[decision.word]!, decision.mask, context.values);
  const nodes = new Map<WordDecision, Node>();
  const asked = decision.seen ? checked : decision.asking;
  const looked = comparisons(decision.decision, value, context.span, (target) => {
    const known = nodes.get(target) ?? search(side, target, context, asked);
    nodes.set(target, known);
    return known;
  });
  return context.guard?.(decision, checked, looked) ?? looked;
}

function masked(value: Value, mask: number, values: Values): Value {
  const bits = allOnes(value.maximum);
  return (mask & bits) >>> 0 === bits ? value : values.alu('and', value, values.constant(mask));
}

/** The places of the first that ask for a word which may be missing, in ascending order. */
function placesAsked(decision: WordDecision): readonly number[] {
  const asked = new Set<number>();
  const visit = (one: WordDecision) => {
    if (one.kind === 'end') return;
    if (!one.seen) asked.add(one.asking);
    for (const next of new Set(targets(one.decision))) visit(next);
  };
  visit(decision);
  return [...asked].sort((a, b) => a - b);
}

function* targets<T>(decision: Decision<T>): Generator<T> {
  if (decision.kind === 'leaf') yield decision.target;
  else {
    yield* targets(decision.yes);
    yield* targets(decision.no);
  }
}

/** Places in a list, as far as it matters where they are: how many of those that are asked about stand before them. */
class Places {
  readonly #variable: Variable;
  readonly #asked: readonly number[];
  readonly #values: Values;
  readonly #steps = new Map<number, Node>();

  constructor(list: AddressList, asked: readonly number[], variable: Variable, values: Values) {
    this.#variable = variable;
    this.#asked = [...asked, list.addresses.length - 1];
    this.#values = values;
  }

  /** Whether the place that is kept is behind one that is asked about. */
  behind(place: number): Test {
    return { kind: 'above', value: this.#variable, bound: this.#rank(place) };
  }

  /** Whether the place that is kept is behind the whole list. */
  get none(): Test {
    return { kind: 'above', value: this.#variable, bound: this.#asked.length - 1 };
  }

  /** Keeps a place, and goes on. */
  kept(place: number, span: Span | undefined, next: Node): Node {
    const rank = this.#rank(place);
    const known = this.#steps.get(rank) ?? step(this.#variable.index, this.#values.constant(rank), span, next);
    this.#steps.set(rank, known);
    return known;
  }

  /** How many of those that are asked about stand before the place. */
  #rank(place: number): number {
    let [low, high] = [0, this.#asked.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#asked[middle]! < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
