// The verifier's transfer functions against the rows of the instruction table, over small worlds: what may be known of numbers
// of a few bits, placed low, across the halves, or at the top of a word, in pairs. Run on what is compiled (npm run build:ts).
//
//   node scripts/transfer.mjs [--bits 4] [--pairs N] [--seed 1] [--note]
//
// For each operation and each comparison, in both widths and at each place, all pairs are gone through, or N that are drawn:
// whatever two numbers the pair stands for, the result must hold what the row makes of them. There are 82 thousand pairs of 4
// bits, 1.2 million of 5, 17 million of 6. Of what is known of single bits alone all pairs are gone through in any case. With
// --note what passed is noted in test/campaigns/transfer.txt.

import { appendFileSync } from 'node:fs';
import { release } from 'node:os';
import { assume, opposite, outcome } from '../dist/abstract/compare.js';
import * as scalar from '../dist/abstract/scalar.js';
import * as tnum from '../dist/abstract/tnum.js';
import * as word from '../dist/abstract/word.js';
import { alu, jump } from '../dist/ebpf/rows.js';
import { calculated } from '../dist/verify/step/alu.js';
import { generator } from './traffic.mjs';
import { given } from './usage.mjs';

const { bits, pairs, seed, note } = settings();

/** Where the lowest of the bits stands. */
const places = { low: 0, 'across the halves': 32 - (bits >> 1), 'at the top': 64 - bits };
const shifts = ['lsh', 'rsh', 'arsh'];
const half = 2 ** (bits - 1);

function settings() {
  const options = {
    bits: { type: 'string', default: '4' },
    pairs: { type: 'string', default: 'all' },
    seed: { type: 'string', default: '1' },
    note: { type: 'boolean', default: false },
  };
  const { values } = given({ options });
  const pairs = values.pairs === 'all' ? Number.POSITIVE_INFINITY : Number(values.pairs);
  const settings = { bits: Number(values.bits), pairs, seed: Number(values.seed), note: values.note };
  const isRight = [4, 5, 6].includes(settings.bits) && pairs > 0 && Number.isInteger(settings.seed);
  if (!isRight) throw new Error('expected 4, 5 or 6 bits, a number of pairs, and a seed');
  return settings;
}

// ---- the world: numbers from -half to 2 * half - 1 are known by their index, counted from -half -----------------------------

function upTo(count) {
  return Array.from({ length: count }, (_, value) => value);
}

function placed(value, place) {
  return word.shiftLeft(word.fromNumber(value), place);
}

function known(parts, values) {
  return { known: scalar.reduced({ ...scalar.unknown, ...parts }), indexes: values.map((value) => value + half) };
}

/** Each way to know some bits. */
function masked(place) {
  const all = upTo(2 * half);
  return all.flatMap((mask) =>
    all
      .filter((value) => (value & mask) === 0)
      .map((value) => ({
        bits: { value: placed(value, place), mask: placed(mask, place) },
        values: all.filter((x) => (x & ~mask) === value),
      })),
  );
}

/** Each range, unsigned and signed, and each way to know some bits; what is the same is there once. */
function world(place) {
  const below = { value: word.zero, mask: word.shiftLeft(word.ones, place) };
  const ranges = (least) =>
    upTo(2 * half).flatMap((from) => upTo(2 * half - from).map((more) => upTo(more + 1).map((x) => least + from + x)));
  const ends = (values) => [placed(values[0], place), placed(values.at(-1), place)];
  const unsigned = ranges(0).map((values) => {
    const [umin, umax] = ends(values);
    return known({ umin, umax, bits: below }, values);
  });
  const signed = ranges(-half).map((values) => {
    const [smin, smax] = ends(values);
    return known({ smin, smax, bits: below }, values);
  });
  const some = masked(place).map(({ bits, values }) => known({ bits }, values));
  return [...new Map([...unsigned, ...signed, ...some].map((each) => [JSON.stringify(each), each])).values()];
}

function words(place) {
  return upTo(3 * half).map((index) => placed(index - half, place));
}

// ---- checks ----------------------------------------------------------------------------------------------------------------

function fail(what) {
  console.error(what);
  process.exit(1);
}

/** Checks `check(a, b)` for all pairs, or so many. @returns how many */
function forPairs(left, right, check) {
  if (pairs >= left.length * right.length) {
    for (const a of left) for (const b of right) check(a, b);
    return left.length * right.length;
  }
  const random = generator(seed);
  for (let count = pairs; count > 0; count--) check(random.of(left), random.of(right));
  return pairs;
}

const cut = (width, x) => BigInt.asUintN(width, word.toUnsigned(x));

/** Equal results are looked at once for each pair. */
function checkOperation(op, width, left, right) {
  const [numbers, results] = [new Map(), []];
  const numberOf = (result) => {
    if (!numbers.has(result)) numbers.set(result, results.push(word.fromBigInt(result)) - 1);
    return numbers.get(result);
  };
  const eval_ = (x, y) => BigInt.asUintN(width, alu[op].eval(cut(width, x), cut(width, y), width));
  const at = left.words.map((x) => Uint16Array.from(right.words, (y) => numberOf(eval_(x, y))));
  const seen = new Uint32Array(results.length);
  let round = 0;
  return forPairs(left.world, right.world, (a, b) => {
    const held = calculated(op, width, a.known, b.known);
    round++;
    for (const x of a.indexes) {
      const row = at[x];
      for (const y of b.indexes) {
        const number = row[y];
        if (seen[number] === round) continue;
        seen[number] = round;
        if (!scalar.contains(held, results[number])) {
          fail(`${op}${width} of ${word.toHex(left.words[x])} and ${word.toHex(right.words[y])} is lost`);
        }
      }
    }
  });
}

/** Each number must be in what is learnt on the way that it goes with some number of the other side. */
function checkComparison(op, width, { words, world }) {
  const at = words.map((x) =>
    Uint8Array.from(words, (y) => (jump[op].eval(cut(width, x), cut(width, y), width) ? 1 : 0)),
  );
  const lost = (x, way) => fail(`${op}${width} loses ${word.toHex(words[x])} where it is ${way}`);
  const [rights, lefts] = [new Uint8Array(words.length), new Uint8Array(words.length)];
  return forPairs(world, world, (a, b) => {
    const decided = outcome(op, width, a.known, b.known);
    const ways = [assume(opposite[op], width, a.known, b.known), assume(op, width, a.known, b.known)];
    // One bit a way: 1 where the comparison doesn't hold, 2 where it does.
    for (const y of b.indexes) rights[y] = 0;
    let all = 0;
    for (const x of a.indexes) {
      lefts[x] = 0;
      for (const y of b.indexes) {
        const way = 1 << at[x][y];
        lefts[x] |= way;
        rights[y] |= way;
      }
      all |= lefts[x];
    }
    if (decided !== undefined && all !== (decided ? 2 : 1)) fail(`${op}${width} is decided, but not by all`);
    for (const way of [0, 1]) {
      const [p, q] = ways[way];
      for (const x of a.indexes) if ((lefts[x] & (1 << way)) !== 0 && !scalar.contains(p, words[x])) lost(x, way === 1);
      for (const y of b.indexes)
        if ((rights[y] & (1 << way)) !== 0 && !scalar.contains(q, words[y])) lost(y, way === 1);
    }
  });
}

const ofWords = new Map(Object.entries(word));
/** What there is of two numbers, and of what is known of the bits of two. */
const onBits = Object.entries(tnum)
  .map(([name, abstract]) => [name, abstract, ofWords.get(name)])
  .filter(([name, , concrete]) => concrete?.length === 2 && !/^(?:equal|shift)/.test(name));

/** The same of bits alone. @returns how many pairs */
function checkBits([name, abstract, concrete], place) {
  const sides = masked(place).map(({ bits, values }) => ({ bits, words: values.map((value) => placed(value, place)) }));
  for (const a of sides) {
    for (const b of sides) {
      const held = abstract(a.bits, b.bits);
      if (!word.isZero(word.and(held.value, held.mask))) fail(`${name}: a bit is known and unknown`);
      for (const x of a.words) {
        for (const y of b.words) {
          if (!tnum.contains(held, concrete(x, y)))
            fail(`${name} of bits ${word.toHex(x)} and ${word.toHex(y)} is lost`);
        }
      }
    }
  }
  return sides.length ** 2;
}

// ---- all of it -------------------------------------------------------------------------------------------------------------

const lines = [];
const say = (line) => {
  console.log(line);
  lines.push(line);
};
const drawn = Number.isFinite(pairs) ? `, seed ${seed}` : '';
say(`${bits} bits${drawn}; node ${process.versions.node}, Linux ${release().match(/^\d+\.\d+/)}: no number is lost`);
const amounts = { words: words(0), world: world(0) };
for (const [name, place] of Object.entries(places)) {
  const side = { words: words(place), world: world(place) };
  let count = 0;
  const operations = Object.keys(alu).filter((op) => op !== 'mov');
  for (const width of [32, 64]) {
    // A shift is by a small number, wherever the other stands.
    for (const op of operations) count += checkOperation(op, width, side, shifts.includes(op) ? amounts : side);
    for (const op of Object.keys(jump)) count += checkComparison(op, width, side);
  }
  const all =
    pairs >= side.world.length * amounts.world.length ? `all pairs of ${side.world.length}` : `${pairs} pairs`;
  const of = `${operations.length} operations and ${Object.keys(jump).length} comparisons in two widths`;
  say(`  ${name}: ${all}, for ${of}: ${count} pairs`);
  const ofBits = onBits.map((operation) => checkBits(operation, place)).reduce((sum, count) => sum + count, 0);
  say(`  ${name}: all pairs of bits alone, for ${onBits.length} operations: ${ofBits} pairs`);
}
if (note) appendFileSync(new URL('../test/campaigns/transfer.txt', import.meta.url), `${lines.join('\n')}\n`);
