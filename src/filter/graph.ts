// A condition as a decision graph without cycles: each branch is one test with two ways out, each way ends in a verdict.
// The passes of the optimizer change the ways in place.

import type { Span } from '../base/error.js';
import type { Assignment, Condition, Test } from './condition.js';
import type { Value } from './value.js';

export type Node = Branch | Step | Verdict;

/** What `ordered` notes in a node. */
interface Place {
  /** The number of the traversal that met the node last. */
  visit: number;
  /** Its place in the list of that traversal. */
  position: number;
}

export interface Branch extends Place {
  readonly kind: 'branch';
  readonly test: Test;
  readonly span: Span | undefined;
  yes: Node;
  no: Node;
}

/** Evaluates a value, which may fail, and keeps it in a variable if it names one. */
export interface Step extends Place {
  readonly kind: 'step';
  readonly variable: number | undefined;
  readonly value: Value;
  readonly span: Span | undefined;
  next: Node;
}

export interface Verdict extends Place {
  readonly kind: 'verdict';
  readonly accept: boolean;
}

export const accept: Verdict = { kind: 'verdict', accept: true, visit: 0, position: 0 };
export const reject: Verdict = { kind: 'verdict', accept: false, visit: 0, position: 0 };

export const branch = (test: Test, span: Span | undefined, yes: Node, no: Node): Branch => {
  return { kind: 'branch', test, span, yes, no, visit: 0, position: 0 };
};

export const step = (variable: number | undefined, value: Value, span: Span | undefined, next: Node): Step => {
  return { kind: 'step', variable, value, span, next, visit: 0, position: 0 };
};

/** The node at which the condition's evaluation begins, going on at `yes` where it holds and at `no` where it doesn't. */
export function build(condition: Condition, yes: Node, no: Node): Node {
  switch (condition.kind) {
    case 'fixed':
      return condition.holds ? yes : no;
    case 'test':
      return branch(condition.test, condition.span, yes, no);
    case 'not':
      return build(condition.operand, no, yes);
    case 'steps':
      return stepsBefore(condition.steps, condition.span, yes);
    case 'sequence':
      return sequence(condition, yes, no);
    case 'primitive':
      return build(condition.operand, yes, no);
  }
}

function sequence({ first, rest }: Extract<Condition, { kind: 'sequence' }>, yes: Node, no: Node): Node {
  let [whenTrue, whenFalse] = [yes, no];
  for (let at = rest.length - 1; at >= 0; at--) {
    const { operator, operand } = rest[at]!;
    const entry = build(operand, whenTrue, whenFalse);
    if (operator === 'and') whenTrue = entry;
    else whenFalse = entry;
  }
  return build(first, whenTrue, whenFalse);
}

export function stepsBefore(steps: readonly Assignment[], span: Span | undefined, next: Node): Node {
  return steps.reduceRight<Node>((then, { variable, value }) => step(variable, value, span, then), next);
}

let traversals = 0;
const open = -1;

/**
 * All nodes that can be reached, each before those that follow it, and with its place in the list noted in it: that is
 * good until the next traversal. Of two ways out of a branch the one that is to be placed next to it comes first.
 */
export function ordered(root: Node): Node[] {
  const visit = ++traversals;
  const finished: Node[] = [];
  const stack: Node[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.visit !== visit) {
      node.visit = visit;
      node.position = open;
      stack.push(node); // to be finished when all that follows it is
      if (node.kind === 'branch') stack.push(node.yes, node.no);
      else if (node.kind === 'step') stack.push(node.next);
    } else if (node.position === open) {
      node.position = finished.length;
      finished.push(node);
    }
  }
  finished.reverse();
  for (const node of finished) node.position = finished.length - 1 - node.position;
  return finished;
}
