// Variables start at 0 where a way through the program reads them before it sets them: Linux refuses a program that
// reads a scratch cell that was never written (`geneve or ip`, on a packet that is no Geneve).

import { variablesOf } from './condition.js';
import { type Branch, type Node, ordered, type Step, stepsBefore } from './graph.js';
import type { Values } from './value.js';

/** The root of the program with the steps that it needs before it. */
export function initialize(root: Node, values: Values): Node {
  if (values.variableCount === 0) return root;
  const missing = unset(root);
  const zero = values.constant(0);
  const steps = Array.from({ length: values.variableCount }, (_, variable) => ({ variable, value: zero }));
  return stepsBefore(
    steps.filter(({ variable }) => (missing & (1 << variable)) !== 0),
    undefined,
    root,
  );
}

/** The variables that may be read before they are set, one bit each. */
function unset(root: Node): number {
  const nodes = ordered(root);
  const known = nodes.map(() => -1);
  known[0] = 0;
  let missing = 0;
  for (const [at, node] of nodes.entries()) {
    if (node.kind === 'verdict') continue;
    const before = known[at]!;
    missing |= reads(node) & ~before;
    const after = node.kind === 'step' && node.variable !== undefined ? before | (1 << node.variable) : before;
    const lead = ({ position }: Node) => {
      known[position] = known[position]! & after;
    };
    if (node.kind === 'step') lead(node.next);
    else {
      lead(node.yes);
      lead(node.no);
    }
  }
  return missing;
}

const reads = (node: Branch | Step): number => {
  return node.kind === 'branch' ? variablesOf(node.test) : node.value.variables;
};
