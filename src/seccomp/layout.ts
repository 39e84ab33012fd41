// From the call's number to the rules of the call. Two layouts: `linear` asks for one range of numbers after the other and is the
// shortest, `tree` halves the ranges and takes the fewest instructions on the way.

import { type Case, type Decision, decide, partition } from '../decide/decide.js';
import { words } from './condition.js';
import type { Graph, Node } from './graph.js';

export const layouts = ['linear', 'tree'] as const;
export type Layout = (typeof layouts)[number];

const allBits = 0xffff_ffff;

/** The decision for every number: that of its case, else `otherwise`. */
export function numberGraph(graph: Graph, layout: Layout, cases: readonly Case<Node>[], otherwise: Node): Node {
  return layout === 'tree'
    ? treeGraph(graph, decide(cases, otherwise, treeChain))
    : linearGraph(graph, partition(cases, otherwise));
}

/** So many single numbers are asked for one by one at the ends of a tree: more make it shorter, and its ways longer. */
const treeChain = 4;

function treeGraph(graph: Graph, decision: Decision<Node>): Node {
  switch (decision.kind) {
    case 'leaf':
      return decision.target;
    case 'equal': {
      const { value, yes, no } = decision;
      return asked(graph, 'eq', value, treeGraph(graph, yes), treeGraph(graph, no));
    }
    case 'above': {
      const { bound, yes, no } = decision;
      return asked(graph, 'gt', bound, treeGraph(graph, yes), treeGraph(graph, no));
    }
  }
}

function asked(graph: Graph, op: 'eq' | 'gt', k: number, yes: Node, no: Node): Node {
  return graph.test(words.nr, { mask: allBits, op, k }, yes, no);
}

/** A range of numbers of one answer, but for single numbers in it. */
interface Stretch extends Case<Node> {
  readonly singles: readonly Case<Node>[];
}

function linearGraph(graph: Graph, ranges: readonly Case<Node>[]): Node {
  const stretches = stretched(ranges);
  return stretches.reduceRight<Node | undefined>((later, { high, target, singles }) => {
    const inner = singles.reduceRight((no, single) => asked(graph, 'eq', single.low, single.target, no), target);
    return later === undefined ? inner : asked(graph, 'gt', high, later, inner);
  }, undefined)!;
}

/** So many ranges back a stretch of the same answer is looked for. */
const lookBack = 16;

/**
 * Joins stretches of one answer where it is shorter to ask for every number between them: that costs an instruction a number,
 * the edges of the ranges between them one each.
 */
function stretched(ranges: readonly Case<Node>[]): readonly Stretch[] {
  const made: Stretch[] = [];
  for (const range of ranges) {
    const at = made.findLastIndex(({ target }) => target === range.target);
    const between = made.slice(at + 1);
    if (at >= 0 && between.length <= lookBack && numbersIn(between) <= between.length) {
      const before = made[at]!;
      const singles = [...before.singles, ...between.flatMap((each) => [...each.singles, ...numbersOf(each)])];
      made.splice(at, made.length, { ...range, low: before.low, singles });
    } else made.push({ ...range, singles: [] });
  }
  return made;
}

function numbersIn(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { low, high }) => sum + high - low + 1, 0);
}

/** Its numbers one by one, without those that have an answer of their own. */
function numbersOf({ low, high, target, singles }: Stretch): Case<Node>[] {
  const numbers = Array.from({ length: high - low + 1 }, (_, at) => low + at);
  return numbers
    .filter((nr) => !singles.some((single) => single.low === nr))
    .map((nr) => ({ low: nr, high: nr, target }));
}
