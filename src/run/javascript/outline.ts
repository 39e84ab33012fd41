// What of a program is written as JavaScript: all but the lists, of which each is one table.

import type { Operation } from '../../classic/insn.js';
import type { ClassicProgram } from '../../classic/program.js';
import { hasLoop } from './flow.js';
import { type List, listsOf } from './list.js';

export interface Outline {
  readonly operations: readonly (Operation | undefined)[];
  readonly hasLoop: boolean;
  /** By their first instructions. */
  readonly lists: ReadonlyMap<number, List>;
  /** The instructions that aren't in a list, and the first of each list, ascending. */
  readonly written: readonly number[];
}

export function outlineOf({ operations }: ClassicProgram): Outline {
  const loops = hasLoop(operations);
  const lists = loops ? [] : listsOf(operations);
  const left = new Set(lists.flatMap(({ head, members }) => [...members].filter((pc) => pc !== head)));
  const written = Array.from(operations.keys()).filter((pc) => !left.has(pc));
  return { operations, hasLoop: loops, lists: new Map(lists.map((list) => [list.head, list])), written };
}
