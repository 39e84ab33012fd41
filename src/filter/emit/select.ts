// Tests and steps to instructions: each node of the graph becomes a block of instructions that ends in a jump or goes on.
//
// A block knows what the registers hold when it is entered, as far as all ways to it agree, and loads nothing twice.
// In a program that is not optimized it assumes nothing.

import type { Span } from '../../base/error.js';
import type { ClassicOperand, Operation } from '../../classic/insn.js';
import type { JumpName } from '../../classic/rows.js';
import { cellCount } from '../../classic/rows.js';
import { type Test, valuesOf } from '../condition.js';
import { type Branch, type Node, ordered, type Step } from '../graph.js';
import { type Alu, allOnes, headerLengthOffset, type Load, type Value, type Values } from '../value.js';
import { headerChain } from './chain.js';

/** How a block ends: on one of two ways, or on the only one. */
export type Exit =
  | {
      readonly kind: 'jump';
      readonly op: JumpName;
      readonly operand: ClassicOperand;
      readonly yes: Node;
      readonly no: Node;
    }
  | { readonly kind: 'next'; readonly next: Node };

export interface Block {
  readonly node: Branch | Step;
  /** Its operations are those from `first` up to but not including `end`. */
  readonly first: number;
  readonly end: number;
  readonly exit: Exit;
}

export interface Selected {
  /** Of all blocks, one behind the other. */
  readonly operations: readonly Operation[];
  /** Those of all nodes but the verdicts, each before those that follow it. */
  readonly blocks: readonly Block[];
}

/** What all blocks of a program share. */
export interface Context {
  readonly values: Values;
  /** Whether a block may rely on what the blocks before it left in the registers. */
  readonly reuse: boolean;
  /** The error for a value that takes more scratch cells than there are. */
  readonly outOfCells: (span: Span | undefined) => Error;
}

/** What the registers hold; undefined where that is unknown. */
interface Registers {
  readonly a: Value | undefined;
  readonly x: Value | undefined;
}

const unknown: Registers = { a: undefined, x: undefined };

export function select(root: Node, context: Context): Selected {
  const nodes = ordered(root);
  const entries: (Registers | undefined)[] = nodes.map(() => undefined);
  const blocks: Block[] = [];
  const operations: Operation[] = [];
  for (const node of nodes) {
    if (node.kind === 'verdict') continue;
    const registers = (context.reuse ? entries[node.position] : undefined) ?? unknown;
    const first = operations.length;
    const selector = new Selector(operations, registers, context, node.span);
    const exit = node.kind === 'branch' ? selector.branch(node) : selector.step(node);
    blocks.push({ node, first, end: operations.length, exit });
    const lead = ({ position }: Node) => {
      entries[position] = meet(entries[position], selector);
    };
    if (node.kind === 'step') lead(node.next);
    else {
      lead(node.no);
      lead(node.yes);
    }
  }
  return { operations, blocks };
}

function meet(known: Registers | undefined, { a, x }: Registers): Registers {
  if (known === undefined) return { a, x };
  return { a: known.a === a ? a : undefined, x: known.x === x ? x : undefined };
}

/** Adds the instructions of one block; and what is in the registers so far. */
class Selector implements Registers {
  readonly #operations: Operation[];
  readonly #context: Context;
  readonly #span: Span | undefined;
  a: Value | undefined;
  x: Value | undefined;
  /** Cells below hold variables; above, temporaries grow downwards from the last. */
  #temporaries = 0;

  constructor(operations: Operation[], { a, x }: Registers, context: Context, span: Span | undefined) {
    this.#operations = operations;
    this.a = a;
    this.x = x;
    this.#context = context;
    this.#span = span;
  }

  step({ variable, value, next }: Step): Exit {
    this.#toA(value);
    if (variable !== undefined) this.#assign(variable);
    return { kind: 'next', next };
  }

  branch({ test, yes, no }: Branch): Exit {
    if (yes === no && test.kind !== 'chain') return this.#evaluate(valuesOf(test), yes);
    switch (test.kind) {
      case 'match':
        return this.#match(test, yes, no);
      case 'above':
        this.#toA(test.value);
        return { kind: 'jump', op: 'gt', operand: { k: test.bound }, yes, no };
      case 'member':
      case 'listed':
        throw new Error('assertion failed: lists are expanded before instructions are selected');
      case 'compare':
        return this.#compare(test, yes, no);
      case 'chain':
        this.#operations.push(...headerChain(test, this.#temporary()));
        this.a = undefined;
        this.x = undefined;
        return { kind: 'jump', op: 'eq', operand: { k: test.protocol }, yes, no };
    }
  }

  /** Computes the values, which may fail, and goes on. */
  #evaluate(values: readonly Value[], next: Node): Exit {
    for (const value of values) this.#toA(value);
    return { kind: 'next', next };
  }

  #match({ value, mask, equals }: Extract<Test, { kind: 'match' }>, yes: Node, no: Node): Exit {
    const bits = allOnes(value.maximum);
    if (mask === 0) {
      this.#toA(value);
      return { kind: 'next', next: equals === 0 ? yes : no };
    }
    const masked = this.#context.values.alu('and', value, this.#context.values.constant(mask));
    if ((mask & bits) >>> 0 === bits || this.a === masked) {
      this.#toA((mask & bits) >>> 0 === bits ? value : masked);
      return { kind: 'jump', op: 'eq', operand: { k: equals }, yes, no };
    }
    this.#toA(value);
    if (equals === 0) return { kind: 'jump', op: 'set', operand: { k: mask }, yes: no, no: yes };
    if (equals === mask && (mask & (mask - 1)) === 0) return { kind: 'jump', op: 'set', operand: { k: mask }, yes, no };
    this.#toA(masked);
    return { kind: 'jump', op: 'eq', operand: { k: equals }, yes, no };
  }

  #compare({ relation, left, right }: Extract<Test, { kind: 'compare' }>, yes: Node, no: Node): Exit {
    const swapped = cheapX(left) && !cheapX(right);
    if (swapped) this.#toBoth(right, left);
    else this.#toBoth(left, right);
    if (relation === 'equal') return { kind: 'jump', op: 'eq', operand: 'x', yes, no };
    // a > b is not b >= a, and a >= b is not b > a.
    const above = (relation === 'above') !== swapped;
    const [then, otherwise] = swapped ? [no, yes] : [yes, no];
    return { kind: 'jump', op: above ? 'gt' : 'ge', operand: 'x', yes: then, no: otherwise };
  }

  #toA(value: Value): void {
    if (this.a === value) return;
    if (this.x === value) this.#operations.push({ kind: 'txa' });
    else this.#compute(value);
    this.a = value;
  }

  #compute(value: Value): void {
    switch (value.kind) {
      case 'constant':
        this.#operations.push({ kind: 'constant', to: 'a', value: value.k });
        return;
      case 'length':
        this.#operations.push({ kind: 'length', to: 'a' });
        return;
      case 'variable':
        this.#operations.push({ kind: 'load-cell', to: 'a', cell: value.index });
        return;
      case 'load':
        this.#load(value);
        return;
      case 'negated':
        this.#toA(value.operand);
        this.#operations.push({ kind: 'neg' });
        return;
      case 'alu':
        this.#alu(value);
        return;
    }
  }

  #load({ base, offset, size }: Load): void {
    if (base !== undefined) this.#toX(base);
    this.#operations.push({ kind: 'packet', size, indexed: base !== undefined, k: offset });
  }

  #alu({ operation, left, right }: Alu): void {
    const divided = operation === 'div' || operation === 'mod';
    if (right.kind === 'constant' && !(divided && right.k === 0)) {
      this.#toA(left);
      const k = operation === 'lsh' || operation === 'rsh' ? right.k & 31 : right.k;
      this.#operations.push({ kind: 'alu', op: operation, operand: { k } });
      return;
    }
    const commutes = operation !== 'sub' && operation !== 'lsh' && operation !== 'rsh' && !divided;
    if (commutes && cheapX(left) && !cheapX(right)) this.#toBoth(right, left);
    else this.#toBoth(left, right);
    this.#operations.push({ kind: 'alu', op: operation, operand: 'x' });
  }

  /** A = left, X = right. */
  #toBoth(left: Value, right: Value): void {
    if (cheapX(right) || (this.x === right && !usesX(left))) {
      this.#toA(left);
      this.#toX(right);
      return;
    }
    if (!usesX(left)) {
      this.#toX(right);
      this.#toA(left);
      return;
    }
    if (needOf(right, left) <= needOf(left, right)) this.#rightFirst(left, right);
    else this.#leftFirst(left, right);
    this.#temporaries--;
    this.x = right;
    this.a = left;
  }

  /** The shorter way, which keeps a cell while the left side is computed. */
  #rightFirst(left: Value, right: Value): void {
    this.#toA(right);
    const cell = this.#temporary();
    this.#operations.push({ kind: 'store-cell', from: 'a', cell });
    this.#toA(left);
    this.#operations.push({ kind: 'load-cell', to: 'x', cell });
  }

  #leftFirst(left: Value, right: Value): void {
    this.#toA(left);
    const cell = this.#temporary();
    this.#operations.push({ kind: 'store-cell', from: 'a', cell });
    this.#toX(right);
    this.#operations.push({ kind: 'load-cell', to: 'a', cell });
  }

  #toX(value: Value): void {
    if (this.x === value) return;
    const offset = headerLengthOffset(value);
    if (this.a === value) this.#operations.push({ kind: 'tax' });
    else if (value.kind === 'constant') this.#operations.push({ kind: 'constant', to: 'x', value: value.k });
    else if (value.kind === 'length') this.#operations.push({ kind: 'length', to: 'x' });
    else if (value.kind === 'variable') this.#operations.push({ kind: 'load-cell', to: 'x', cell: value.index });
    else if (offset !== undefined) this.#operations.push({ kind: 'header-length', k: offset });
    else {
      this.#toA(value);
      this.#operations.push({ kind: 'tax' });
    }
    this.x = value;
  }

  /** The cell of a variable gets A; what was computed from its old content is forgotten. */
  #assign(variable: number): void {
    this.#operations.push({ kind: 'store-cell', from: 'a', cell: variable });
    const read = (value: Value | undefined) => value !== undefined && (value.variables & (1 << variable)) !== 0;
    if (read(this.x)) this.x = undefined;
    this.a = this.#context.values.variable(variable);
  }

  #temporary(): number {
    const cell = cellCount - 1 - this.#temporaries++;
    if (cell < this.#context.values.variableCount) throw this.#context.outOfCells(this.#span);
    return cell;
  }
}

/** Whether X gets the value without A being touched. */
function cheapX(value: Value): boolean {
  if (headerLengthOffset(value) !== undefined) return true;
  return value.kind === 'constant' || value.kind === 'length' || value.kind === 'variable';
}

/** Whether computing the value into A changes X. */
function usesX(value: Value): boolean {
  switch (value.kind) {
    case 'constant':
    case 'length':
    case 'variable':
      return false;
    case 'load':
      return value.base !== undefined;
    case 'negated':
      return usesX(value.operand);
    case 'alu':
      return usesX(value.left) || value.right.kind !== 'constant' || value.right.k === 0;
  }
}

/** How many scratch cells it takes to compute `first` and then, while that is kept, `second` (Sethi and Ullman 1970). */
function needOf(first: Value, second: Value): number {
  return Math.max(cellsOf(first), 1 + cellsOf(second));
}

const cellNeeds = new WeakMap<Value, number>();

function cellsOf(value: Value): number {
  const known = cellNeeds.get(value) ?? computedNeed(value);
  cellNeeds.set(value, known);
  return known;
}

function computedNeed(value: Value): number {
  if (value.kind === 'load') return value.base === undefined ? 0 : cellsOf(value.base);
  if (value.kind === 'negated') return cellsOf(value.operand);
  if (value.kind !== 'alu') return 0;
  const { left, right } = value;
  if (cheapX(right)) return cellsOf(left);
  if (!usesX(left)) return cellsOf(right);
  return Math.min(needOf(left, right), needOf(right, left));
}
