// What every way from a node to acceptance still asks of the packet, and which variables are still read. A way that ends
// in refusal asks for nothing: a packet too short for it is refused as well.

import { demandsOf, variablesOf } from '../condition.js';
import type { Node } from '../graph.js';
import { common, extended, nothing, type Reach, without } from './reach.js';

export interface Ahead {
  readonly reach: Reach;
  /** The variables that may be read, one bit each. */
  readonly live: number;
}

/** A packet that is refused anyway is refused for any reason. */
const refused: Ahead = { reach: { ...nothing, length: Number.POSITIVE_INFINITY }, live: 0 };
const accepted: Ahead = { reach: nothing, live: 0 };

/** Of each of the nodes of a traversal, by its position. */
export function lookAhead(nodes: readonly Node[]): readonly Ahead[] {
  const found: Ahead[] = nodes.map(() => accepted);
  for (let at = nodes.length - 1; at >= 0; at--) found[at] = aheadOf(nodes[at]!, found);
  return found;
}

function aheadOf(node: Node, found: readonly Ahead[]): Ahead {
  switch (node.kind) {
    case 'verdict':
      return node.accept ? accepted : refused;
    case 'step': {
      const next = found[node.next.position]!;
      const { variable, value } = node;
      const kept = variable === undefined ? next.reach : without(next.reach, variable);
      const live = variable === undefined ? next.live : next.live & ~(1 << variable);
      return { reach: extended(kept, value.demands), live: live | value.variables };
    }
    case 'branch': {
      const yes = found[node.yes.position]!;
      const no = found[node.no.position]!;
      const reach = extended(either(yes.reach, no.reach), demandsOf(node.test));
      return { reach, live: yes.live | no.live | variablesOf(node.test) };
    }
  }
}

/** What both ways ask; of a way to refusal, what the other one asks. */
function either(a: Reach, b: Reach): Reach {
  if (a.length === Number.POSITIVE_INFINITY) return b;
  return b.length === Number.POSITIVE_INFINITY ? a : common(a, b);
}
