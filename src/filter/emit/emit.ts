// A decision graph to instructions: chosen, then placed.

import type { Span } from '../../base/error.js';
import type { Generator } from '../generate/generator.js';
import type { Node } from '../graph.js';
import { type Placed, place } from './place.js';
import { select } from './select.js';

/**
 * The instructions of a graph.
 * @param snaplen what the program returns for a packet that it accepts
 * @param reuse whether a block may rely on what those before it left in the registers
 */
export function emit(root: Node, g: Generator, snaplen: number, reuse: boolean): Placed {
  const outOfCells = (span: Span | undefined) => g.outOfCells(span);
  return place(root, select(root, { values: g.values, reuse, outOfCells }), snaplen);
}
