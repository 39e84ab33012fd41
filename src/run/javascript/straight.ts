// A program without loops as blocks that jumps leave, and its lists as tables.

import type { Operation } from '../../classic/insn.js';
import { type Block, blocksOf, depthOf } from './block.js';
import type { Constants } from './constants.js';
import { jumpWays, knownSizes } from './flow.js';
import { ending, endsThere, type Jump, lineOf, type SourceOptions, trap } from './line.js';
import { type Way, waysOf } from './list.js';
import { chosen } from './lookup.js';
import type { Outline } from './outline.js';
import { neededSize } from './statement.js';

/** Deeper than blocks of a compiled filter nest: parsers of JavaScript go no deeper than they have stack. */
const mostDepth = 1000;

/** Undefined where blocks would nest too deep. */
export function straight(outline: Outline, options: SourceOptions, constants: Constants): string[] | undefined {
  const { operations, lists } = outline;
  const { input, tellsTraps } = options;
  const known = knownSizes(operations, (op) => neededSize(op, input));
  const written = outline.written.filter((pc) => known[pc] !== Number.POSITIVE_INFINITY);
  const ways = new Map(Array.from(lists, ([head, list]) => [head, waysOf(operations, list)]));
  const jumps = written.flatMap((pc) => leaps(operations[pc], pc, ways.get(pc)).map((to) => [pc, to] as const));
  const blocks = blocksOf(jumps.filter(([, to]) => !endsThere(operations[to])));
  if (depthOf(blocks) > mostDepth) return undefined;
  const edges = edgesOf(blocks);
  const jump: Jump = (to, from) => {
    if (endsThere(operations[to])) return ending(operations[to], trap(to, tellsTraps));
    return to === from + 1 ? '' : `break L${to};`;
  };
  const lines = written.flatMap((pc) => {
    const before = edges.get(pc) ?? [];
    const list = ways.get(pc);
    if (list === undefined)
      return [...before, lineOf(operations[pc], pc, { input, known: known[pc]!, jump, tellsTraps })];
    return [...before, listed(list, jump, constants)];
  });
  return [...lines, trap(operations.length, tellsTraps)];
}

/** Where an instruction, or the list that begins with it, leads but to the next one. */
function leaps(op: Operation | undefined, pc: number, list: readonly Way[] | undefined): number[] {
  if (list !== undefined) return list.map(({ to }) => to);
  const ways = op && jumpWays(op, pc);
  return ways === undefined ? [] : [ways.taken, ways.otherwise].filter((to) => to !== pc + 1);
}

/** By instruction what stands before it: the ends of blocks, and the beginnings of others. */
function edgesOf(blocks: readonly Block[]): ReadonlyMap<number, string[]> {
  const edges = new Map<number, string[]>();
  const at = (pc: number) => edges.get(pc) ?? edges.set(pc, []).get(pc)!;
  for (const { to } of blocks) at(to).push('}');
  for (const { from, to } of blocks) at(from).push(`L${to}: {`);
  return edges;
}

function listed(ways: readonly Way[], jump: Jump, constants: Constants): string {
  const sets = ways.map(({ numbers }) => numbers);
  const jumps = ways.map(({ to }) => jump(to, to));
  return chosen(sets, jumps, constants);
}
