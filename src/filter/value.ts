// Values that a filter computes from a packet, as shared trees: equal values are one object, so that comparing two of
// them is comparing references.
//
// Evaluating a value can fail: a load beyond the captured bytes, or a division by zero, ends the program with a refusal.
// Folding therefore never drops a part that can fail.

import { type AluName, alu } from '../classic/rows.js';
import type { Words } from '../decide/words.js';

interface Common {
  readonly id: number;
  /** No evaluation gives more than this. */
  readonly maximum: number;
  /** The variables that the value reads, one bit each. */
  readonly variables: number;
  /** All that can fail when the value is evaluated. */
  readonly demands: readonly Demand[];
}

/**
 * What evaluating a value asks of the packet. Where it gets less, the program ends with a refusal; a pass may remove an
 * evaluation only where that can't change.
 */
export type Demand =
  /** The packet has at least `end` bytes behind the base. */
  | { readonly kind: 'bytes'; readonly base: Value | undefined; readonly end: number; readonly by: Evaluation }
  /** Whatever the value needs besides, it needs it to be evaluated as it is. */
  | { readonly kind: 'evaluation'; readonly by: Evaluation };

/** A value that is evaluated, by its number, and the variables that it reads. */
export type Evaluation = Pick<Common, 'id' | 'variables'>;

const noDemands: readonly Demand[] = [];

export interface Constant extends Common {
  readonly kind: 'constant';
  readonly k: number;
}

/** The length of the packet on the wire. */
export interface Length extends Common {
  readonly kind: 'length';
}

/** Bytes of the packet in network order at `base + offset`, modulo 2^32 as the machine adds. */
export interface Load extends Common {
  readonly kind: 'load';
  readonly size: 1 | 2 | 4;
  readonly base: Value | undefined;
  readonly offset: number;
}

export interface Alu extends Common {
  readonly kind: 'alu';
  readonly operation: AluName;
  readonly left: Value;
  readonly right: Value;
}

export interface Negated extends Common {
  readonly kind: 'negated';
  readonly operand: Value;
}

/** A scratch cell that a step of the program has set. */
export interface Variable extends Common {
  readonly kind: 'variable';
  readonly index: number;
}

/** Numbers that a value may be one of. */
export interface NumberSet {
  readonly id: number;
  readonly ranges: readonly { readonly low: number; readonly high: number }[];
}

/**
 * Addresses of several words that are looked for in a row, each on both sides before the next. What is looked at on any
 * side but the last has been found there before.
 */
export interface AddressList {
  readonly id: number;
  readonly addresses: readonly Words[];
  /** The address that was looked for before, with no success; undefined: it has looked at all that the others can. */
  readonly before: Words | undefined;
}

export type Value = Constant | Length | Load | Alu | Negated | Variable;

const word = 0xffffffff;
const commutative: ReadonlySet<AluName> = new Set(['add', 'mul', 'and', 'or', 'xor']);
const largest = { 1: 0xff, 2: 0xffff, 4: word } as const;

/** Makes values, each only once: what was made before is found by numbers, since texts take longer to make than values. */
export class Values {
  readonly #constants = new Map<number, Constant>();
  readonly #variables: Variable[] = [];
  #length: Length | undefined;
  /** By base, and then by offset and size. */
  readonly #loads = new Map<Value | undefined, Map<number, Load>>();
  readonly #negated = new Map<Value, Negated>();
  /** By both operands and the operation. */
  readonly #alus = new Map<number, Alu>();
  #count = 0;
  #freshVariables = 0;
  readonly #sets = new SetTable();
  #lists = 0;

  constant(k: number): Constant {
    const value = k >>> 0;
    const known = this.#constants.get(value);
    if (known !== undefined) return known;
    const id = this.#count++;
    const made: Constant = { kind: 'constant', k: value, maximum: value, variables: 0, id, demands: noDemands };
    this.#constants.set(value, made);
    return made;
  }

  length(): Length {
    this.#length ??= { kind: 'length', maximum: word, variables: 0, id: this.#count++, demands: noDemands };
    return this.#length;
  }

  variable(index: number): Variable {
    const known = this.#variables[index];
    if (known !== undefined) return known;
    const id = this.#count++;
    const made: Variable = { kind: 'variable', index, maximum: word, variables: 1 << index, id, demands: noDemands };
    this.#variables[index] = made;
    return made;
  }

  /** A variable that nothing uses yet. */
  fresh(): Variable {
    return this.variable(this.#freshVariables++);
  }

  /** A set of numbers; equal ones are one object. */
  set(ranges: NumberSet['ranges']): NumberSet {
    return this.#sets.of(ranges);
  }

  /** A list of addresses; no two are taken for equal. */
  addresses(list: Omit<AddressList, 'id'>): AddressList {
    return { ...list, id: this.#lists++ };
  }

  get variableCount(): number {
    return this.#freshVariables;
  }

  load(size: 1 | 2 | 4, offset: number, base?: Value): Load {
    const at = offset >>> 0;
    if (base?.kind === 'constant' && base.k + at < 0x80000000) return this.load(size, base.k + at);
    const sum = base?.kind === 'alu' && base.operation === 'add' ? base : undefined;
    if (sum?.right.kind === 'constant') return this.load(size, at + sum.right.k, sum.left);
    return this.#load(size, at, base);
  }

  #load(size: 1 | 2 | 4, offset: number, base: Value | undefined): Load {
    const loads = this.#loadsFrom(base);
    const key = offset * 8 + size;
    const known = loads.get(key);
    if (known !== undefined) return known;
    const id = this.#count++;
    const variables = base?.variables ?? 0;
    const own: Demand = { kind: 'bytes', base, end: offset + size, by: { id, variables } };
    const demands = base === undefined ? [own] : [...base.demands, own];
    const made: Load = { kind: 'load', size, offset, base, maximum: largest[size], variables, id, demands };
    loads.set(key, made);
    return made;
  }

  #loadsFrom(base: Value | undefined): Map<number, Load> {
    const known = this.#loads.get(base);
    if (known !== undefined) return known;
    const made = new Map<number, Load>();
    this.#loads.set(base, made);
    return made;
  }

  negated(operand: Value): Value {
    if (operand.kind === 'constant') return this.constant(-operand.k);
    const known = this.#negated.get(operand);
    if (known !== undefined) return known;
    const { variables, demands } = operand;
    const made: Negated = { kind: 'negated', operand, maximum: word, variables, id: this.#count++, demands };
    this.#negated.set(operand, made);
    return made;
  }

  alu(operation: AluName, left: Value, right: Value): Value {
    if (left.kind === 'constant' && right.kind !== 'constant' && commutative.has(operation)) {
      return this.alu(operation, right, left);
    }
    return this.#folded(operation, left, right) ?? this.#alu(operation, left, right);
  }

  #folded(operation: AluName, left: Value, right: Value): Value | undefined {
    if (right.kind !== 'constant') return undefined;
    const identity = operation === 'mul' || operation === 'div' ? 1 : operation === 'and' ? word : 0;
    if (right.k === identity && operation !== 'mod') return left;
    if (left.kind !== 'constant') return undefined;
    const k = calculate(operation, left.k, right.k);
    return k === undefined ? undefined : this.constant(k);
  }

  #alu(operation: AluName, left: Value, right: Value): Alu {
    const key = paired(left.id, right.id) * 16 + alu[operation].code;
    const known = this.#alus.get(key);
    if (known !== undefined) return known;
    const id = this.#count++;
    const maximum = greatest(operation, left, right);
    const variables = left.variables | right.variables;
    const demands = demandsOf(operation, left, right, { id, variables });
    const made: Alu = { kind: 'alu', operation, left, right, maximum, variables, id, demands };
    this.#alus.set(key, made);
    return made;
  }
}

/** One number for two from 0 up, another for every other pair: small for small ones (Szudzik 2006). */
const paired = (a: number, b: number): number => (a < b ? b * b + a : a * a + a + b);

/** Sets of numbers, each only once. */
class SetTable {
  readonly #byHash = new Map<number, NumberSet[]>();
  #count = 0;

  of(ranges: NumberSet['ranges']): NumberSet {
    const hash = hashOf(ranges);
    const alike = this.#byHash.get(hash) ?? [];
    const known = alike.find((set) => areEqual(set.ranges, ranges));
    if (known !== undefined) return known;
    const made = { id: this.#count++, ranges };
    alike.push(made);
    this.#byHash.set(hash, alike);
    return made;
  }
}

function hashOf(ranges: NumberSet['ranges']): number {
  let hash = ranges.length;
  for (const { low, high } of ranges) hash = (Math.imul(hash, 31) + Math.imul(low, 17) + high) | 0;
  return hash;
}

function areEqual(a: NumberSet['ranges'], b: NumberSet['ranges']): boolean {
  return a.length === b.length && a.every(({ low, high }, at) => low === b[at]!.low && high === b[at]!.high);
}

/** What the machine computes of two constants; undefined where it divides by zero. */
export function calculate(operation: AluName, a: number, b: number): number | undefined {
  const row = alu[operation];
  return row.operand === 'divisor' && b === 0 ? undefined : row.eval(a, b) >>> 0;
}

function demandsOf(operation: AluName, left: Value, right: Value, by: Evaluation): readonly Demand[] {
  const divides = operation === 'div' || operation === 'mod';
  if (right.kind === 'constant') {
    return divides && right.k === 0 ? [...left.demands, { kind: 'evaluation', by }] : left.demands;
  }
  const parts = [...left.demands, ...right.demands];
  return divides ? [...parts, { kind: 'evaluation', by }] : parts;
}

/** An upper bound of what the operation gives. */
function greatest(operation: AluName, left: Value, right: Value): number {
  const a = left.maximum;
  const b = right.maximum;
  switch (operation) {
    case 'add':
      return atMost(a + b);
    case 'mul':
      return atMost(a * b);
    case 'and':
      return Math.min(a, b);
    case 'or':
    case 'xor':
      return allOnes(Math.max(a, b));
    case 'lsh':
      return right.kind === 'constant' ? atMost(a * 2 ** (right.k & 31)) : word;
    case 'rsh':
      return right.kind === 'constant' ? a >>> (right.k & 31) : a;
    case 'div':
      return a;
    case 'mod':
      return Math.min(a, b);
    case 'sub':
      return word;
  }
}

const atMost = (bound: number): number => (bound > word ? word : bound);

/** The least number of the form 2^n - 1 that is no less. */
export const allOnes = (bound: number): number => (bound === 0 ? 0 : word >>> Math.clz32(bound));

/** Offset of the byte whose low half is counted in words by `4*([k]&0xf)`, if the value has that form. */
export function headerLengthOffset(value: Value): number | undefined {
  if (value.kind !== 'alu' || value.operation !== 'lsh' || !isConstant(value.right, 2)) return undefined;
  const { left } = value;
  if (left.kind !== 'alu' || left.operation !== 'and' || !isConstant(left.right, 0xf)) return undefined;
  const byte = left.left;
  return byte.kind === 'load' && byte.size === 1 && byte.base === undefined ? byte.offset : undefined;
}

const isConstant = (value: Value, k: number): boolean => value.kind === 'constant' && value.k === k;
