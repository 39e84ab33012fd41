// A condition as a decision graph without cycles: each branch is one test with two ways out, each way ends in a verdict.
// The passes of the optimizer change the ways in place.

import type { Span } from '../base/error.js';
import type { Assignment, Condition, Test } from './condition.js';
import type { Value } from './value.js';

export type Node = Branch | Step | Verdict;

export interface Branch {
  readonly kind: 'branch';
  readonly test: Test;
  readonly span: Span | undefined;
  yes: Node;
  no: Node;
}

/** Evaluates a value, which may fail, and keeps it in a variable if it names one. */
export interface Step {
  readonly kind: 'step';
  readonly variable: number | undefined;
  readonly value: Value;
  readonly span: Span | undefined;
  next: Node;
}

export interface Verdict {
  readonly kind: 'verdict';
  readonly accept: boolean;
}

export const accept: Verdict = { kind: 'verdict', accept: true };
export const reject: Verdict = { kind: 'verdict', accept: false };

/** The node at which the condition's evaluation begins, going on at `yes` where it holds and at `no` where it doesn't. */
export function build(condition: Condition, yes: Node, no: Node): Node {
  switch (condition.kind) {
    case 'fixed':
      return condition.holds ? yes : no;
    case 'test':
      return { kind: 'branch', test: condition.test, span: condition.span, yes, no };
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
  for (const { operator, operand } of rest.toReversed()) {
    const entry = build(operand, whenTrue, whenFalse);
    if (operator === 'and') whenTrue = entry;
    else whenFalse = entry;
  }
  return build(first, whenTrue, whenFalse);
}

export function stepsBefore(steps: readonly Assignment[], span: Span | undefined, next: Node): Node {
  return steps.reduceRight<Node>(
    (then, { variable, value }) => ({ kind: 'step', variable, value, span, next: then }),
    next,
  );
}

/** The nodes that follow a node directly, the one to be placed next to it last. */
export function successors(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'branch':
      return [node.no, node.yes];
    case 'step':
      return [node.next];
    case 'verdict':
      return [];
  }
}

/** All nodes that can be reached, each before those that follow it. */
export function ordered(root: Node): Node[] {
  const finished: Node[] = [];
  const seen = new Set<Node>([root]);
  const stack: { readonly node: Node; readonly following: readonly Node[]; at: number }[] = [];
  const enter = (node: Node) => stack.push({ node, following: successors(node), at: 0 });
  for (enter(root); stack.length > 0; ) {
    const top = stack.at(-1)!;
    const next = top.following[top.at++];
    if (next === undefined) {
      finished.push(top.node);
      stack.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      enter(next);
    }
  }
  return finished.reverse();
}
