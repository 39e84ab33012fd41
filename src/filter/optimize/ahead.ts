// What every way from a node to acceptance still asks of the packet, and which variables are still read. A way that ends
// in refusal asks for nothing: a packet too short for it is refused as well.

import { valuesOf } from '../condition.js';
import { type Node, ordered } from '../graph.js';
import { demandsOf, testDemands } from './demand.js';
import { common, extended, nothing, type Reach, without } from './reach.js';

export interface Ahead {
  readonly reach: Reach;
  /** The variables that may be read, one bit each. */
  readonly live: number;
}

/** A packet that is refused anyway is refused for any reason. */
const refused: Ahead = { reach: { ...nothing, length: Number.POSITIVE_INFINITY }, live: 0 };
const accepted: Ahead = { reach: nothing, live: 0 };

export function lookAhead(root: Node): ReadonlyMap<Node, Ahead> {
  const found = new Map<Node, Ahead>();
  for (const node of ordered(root).reverse())
    found.set(
      node,
      aheadOf(node, (next) => found.get(next) ?? accepted),
    );
  return found;
}

function aheadOf(node: Node, of: (next: Node) => Ahead): Ahead {
  switch (node.kind) {
    case 'verdict':
      return node.accept ? accepted : refused;
    case 'step': {
      const next = of(node.next);
      const { variable, value } = node;
      const kept = variable === undefined ? next.reach : without(next.reach, variable);
      const live = variable === undefined ? next.live : next.live & ~(1 << variable);
      return { reach: extended(kept, demandsOf(value)), live: live | value.variables };
    }
    case 'branch': {
      const [yes, no] = [of(node.yes), of(node.no)];
      const reads = valuesOf(node.test).reduce((bits, { variables }) => bits | variables, 0);
      return {
        reach: extended(either(yes.reach, no.reach), testDemands(node.test)),
        live: yes.live | no.live | reads,
      };
    }
  }
}

/** What both ways ask; of a way to refusal, what the other one asks. */
function either(a: Reach, b: Reach): Reach {
  if (a.length === Number.POSITIVE_INFINITY) return b;
  return b.length === Number.POSITIVE_INFINITY ? a : common(a, b);
}
