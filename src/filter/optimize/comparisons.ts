// A decision about a value as branches.

import type { Span } from '../../base/error.js';
import type { Decision } from '../../decide/decide.js';
import { branch, type Node } from '../graph.js';
import type { Value } from '../value.js';

/** @param to the node at which each of the decision's targets goes on */
export function comparisons<T>(
  decision: Decision<T>,
  value: Value,
  span: Span | undefined,
  to: (target: T) => Node,
): Node {
  if (decision.kind === 'leaf') return to(decision.target);
  const yes = comparisons(decision.yes, value, span, to);
  const no = comparisons(decision.no, value, span, to);
  if (decision.kind === 'above') return branch({ kind: 'above', value, bound: decision.bound }, span, yes, no);
  return branch({ kind: 'match', value, mask: 0xffffffff, equals: decision.value }, span, yes, no);
}
