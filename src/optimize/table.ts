// Lists are data, not code: a set of numbers as a hash table that is asked with one or two comparisons.
//
// One way: a number x is in the set if slots[hash(x)] is x, where hash is a multiplication that gives each number a slot of
// its own. For long lists no such factor is soon found; then there are two halves, each with a factor, and each number has
// its slot in one of them (cuckoo hashing). An empty slot holds a number whose slot is another, so that it is nobody's.

export interface Table {
  readonly ways: 1 | 2;
  /** A way has 2^bits slots; `hash` is the upper `bits` bits of the product. */
  readonly bits: number;
  /** The factor of each way. */
  readonly factors: readonly number[];
  /** The slots of each way, one after the other. */
  readonly slots: Uint32Array;
}

/** The most slots of a table of one way: half of what a first-level cache holds. */
const mostBits = 12;
const trials = 64;
const mostMoves = 200;

export function tableOf(keys: readonly number[]): Table {
  return oneWay(keys) ?? twoWays(keys);
}

export function contains({ ways, bits, factors, slots }: Table, number: number): boolean {
  for (let way = 0; way < ways; way++) {
    if (slots[(way << bits) + hash(number, factors[way]!, bits)] === number) return true;
  }
  return false;
}

function hash(number: number, factor: number, bits: number): number {
  return Math.imul(number, factor) >>> (32 - bits);
}

/** Odd factors in an order that is the same on every machine. */
function* factorsFrom(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 0x915f_77f5) + 0x6d2b_79f5) >>> 0;
    yield (state | 1) >>> 0;
  }
}

/** A factor is found soon where there are about a ninth as many slots as pairs of numbers. */
function oneWay(keys: readonly number[]): Table | undefined {
  const wanted = Math.max(Math.ceil(Math.log2((keys.length * keys.length) / 9)), Math.ceil(Math.log2(keys.length)) + 1);
  const factors = factorsFrom(1);
  for (let bits = Math.max(wanted, 1); bits <= mostBits; bits++) {
    for (let trial = 0; trial < trials; trial++) {
      const factor = factors.next().value;
      if (isFree(keys, factor, bits)) return filled(keys, bits, [factor]);
    }
  }
  return undefined;
}

function isFree(keys: readonly number[], factor: number, bits: number): boolean {
  const taken = new Uint8Array(2 ** bits);
  for (const key of keys) {
    const slot = hash(key, factor, bits);
    if (taken[slot] === 1) return false;
    taken[slot] = 1;
  }
  return true;
}

function filled(keys: readonly number[], bits: number, factors: readonly number[]): Table {
  const slots = new Uint32Array(2 ** bits);
  const taken = new Uint8Array(slots.length);
  for (const key of keys) {
    const slot = hash(key, factors[0]!, bits);
    slots[slot] = key;
    taken[slot] = 1;
  }
  fillEmpty(slots, taken, keys, bits, factors);
  return { ways: 1, bits, factors, slots };
}

function fillEmpty(
  slots: Uint32Array,
  taken: Uint8Array,
  keys: readonly number[],
  bits: number,
  factors: readonly number[],
): void {
  const [first, other] = [
    keys[0]!,
    keys.find((key) => hash(key, factors[0]!, bits) !== hash(keys[0]!, factors[0]!, bits)),
  ];
  for (let at = 0; at < slots.length; at++) {
    if (taken[at] === 1) continue;
    const [way, slot] = [at >>> bits, at & (2 ** bits - 1)];
    slots[at] = hash(first, factors[way]!, bits) === slot ? (other ?? stranger(slot, factors[way]!, bits)) : first;
    if (hash(slots[at]!, factors[way]!, bits) === slot) slots[at] = stranger(slot, factors[way]!, bits);
  }
}

/** A number that has another slot. */
function stranger(slot: number, factor: number, bits: number): number {
  let number = 0;
  while (hash(number, factor, bits) === slot) number++;
  return number;
}

function twoWays(keys: readonly number[]): Table {
  const bits = Math.ceil(Math.log2(keys.length * 1.2));
  const factors = factorsFrom(2);
  for (;;) {
    const pair = [factors.next().value, factors.next().value];
    const table = cuckoo(keys, bits, pair);
    if (table !== undefined) return table;
  }
}

/** Puts each number into its slot in either way; who is in the way moves to its other slot. */
function cuckoo(keys: readonly number[], bits: number, factors: readonly number[]): Table | undefined {
  const slots = new Uint32Array(2 ** (bits + 1));
  const taken = new Uint8Array(slots.length);
  for (const key of keys) {
    let [moving, way] = [key, 0];
    for (let moves = 0; ; moves++) {
      if (moves > mostMoves) return undefined;
      const at = (way << bits) + hash(moving, factors[way]!, bits);
      const before = slots[at]!;
      slots[at] = moving;
      if (taken[at] === 0) {
        taken[at] = 1;
        break;
      }
      [moving, way] = [before, 1 - way];
    }
  }
  fillEmpty(slots, taken, keys, bits, factors);
  return { ways: 2, bits, factors, slots };
}
