// Variables start at 0 where a way through the program reads them before it sets them: Linux refuses a program that
// reads a scratch cell that was never written (`geneve or ip`, on a packet that is no Geneve).

import { valuesOf } from './condition.js';
import { type Node, ordered, stepsBefore, successors } from './graph.js';
import type { Values } from './value.js';

/** The root of the program with the steps that it needs before it. */
export function initialize(root: Node, values: Values): Node {
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
  const known = new Map<Node, number>([[root, 0]]);
  let missing = 0;
  for (const node of ordered(root)) {
    const before = known.get(node) ?? 0;
    missing |= reads(node) & ~before;
    const after = node.kind === 'step' && node.variable !== undefined ? before | (1 << node.variable) : before;
    for (const next of successors(node)) known.set(next, after & (known.get(next) ?? -1));
  }
  return missing;
}

function reads(node: Node): number {
  switch (node.kind) {
    case 'branch':
      return valuesOf(node.test).reduce((bits, { variables }) => bits | variables, 0);
    case 'step':
      return node.value.variables;
    case 'verdict':
      return 0;
  }
}
