// The optimizer: passes over the decision graph, none of which changes a verdict on any packet, cut at any length.

import type { Node } from '../graph.js';
import type { Values } from '../value.js';
import { gather } from './gather.js';
import { merge } from './merge.js';
import { thread } from './thread.js';

/** A second round finds what the first one laid open; a third has never found anything on real filters. */
const rounds = 2;

export function optimize(root: Node, values: Values): Node {
  let best = root;
  for (let round = 0; round < rounds; round++) {
    best = merge(gather(thread(best, values), values));
  }
  return best;
}
