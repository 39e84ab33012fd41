// What a way through a program has found out about one number. It is independent of what the optimizer knows, so that a
// mistake there is not repeated here.

/** A question about an unsigned 32-bit number: `(n & mask) = k`, or `n > k`. */
export type Question =
  | { readonly kind: 'equal'; readonly mask: number; readonly k: number }
  | { readonly kind: 'above'; readonly k: number };

export interface Known {
  readonly least: number;
  readonly most: number;
  /** The bits that are known, and what they are. */
  readonly mask: number;
  readonly bits: number;
  /** Answers of `equal` that were no. */
  readonly not: readonly { readonly mask: number; readonly k: number }[];
}

const every = 0xffffffff;

/** A number from 0 to `most`. */
export function upTo(most: number): Known {
  const used = most === 0 ? 0 : every >>> Math.clz32(most);
  return { least: 0, most, mask: ~used >>> 0, bits: 0, not: [] };
}

const exactly = (k: number): Known => ({ least: k, most: k, mask: every, bits: k, not: [] });

/** The answer that follows from what is known. */
export function answer(known: Known, question: Question): boolean | undefined {
  if (question.kind === 'above') {
    if (known.least > question.k) return true;
    return known.most <= question.k ? false : undefined;
  }
  const { mask, k } = question;
  if ((k & ~mask) !== 0) return false; // bits that the mask takes away
  if (((known.bits ^ k) & known.mask & mask) !== 0) return false;
  if ((mask & ~known.mask) === 0) return true;
  const yes = range(known, mask, k);
  if (yes !== undefined && (yes.high < known.least || yes.low > known.most)) return false;
  if (yes !== undefined && yes.low <= known.least && yes.high >= known.most) return true;
  const excluded = known.not.some((other) => (other.mask & ~mask) === 0 && (k & other.mask) >>> 0 === other.k);
  return excluded ? false : undefined;
}

/** The numbers for which the answer is yes, where they are a range: with what is known, only the last bits are open. */
function range(known: Known, mask: number, k: number): { readonly low: number; readonly high: number } | undefined {
  const open = ~(known.mask | mask) >>> 0;
  if ((open & (open + 1)) !== 0) return undefined;
  const low = ((known.bits & ~mask) | k) >>> 0;
  return { low, high: (low | open) >>> 0 };
}

/** What is known after an answer; undefined where no number can give it. */
export function learned(known: Known, question: Question, holds: boolean): Known | undefined {
  const certain = answer(known, question);
  if (certain !== undefined) return certain === holds ? known : undefined;
  if (question.kind === 'above') {
    const least = holds ? Math.max(known.least, question.k + 1) : known.least;
    return bounded(known, least, holds ? known.most : Math.min(known.most, question.k));
  }
  const { mask, k } = question;
  if (!holds) return without(known, mask, k);
  const all = (known.mask | mask) >>> 0;
  const bits = ((known.bits & ~mask) | k) >>> 0;
  const next = { ...known, mask: all, bits };
  return bounded(next, Math.max(known.least, bits), Math.min(known.most, (bits | ~all) >>> 0));
}

function without(known: Known, mask: number, k: number): Known | undefined {
  if (mask !== 0 && (mask & (mask - 1)) === 0)
    return learned(known, { kind: 'equal', mask, k: (k ^ mask) >>> 0 }, true);
  const next = { ...known, not: [...known.not, { mask, k }] };
  return bounded(next, next.least, next.most);
}

/** What is excluded around a number, if that is excluded itself; on long ways this is asked of very many exclusions. */
function around(known: Known, n: number): { readonly low: number; readonly high: number } | undefined {
  for (const { mask, k } of known.not) {
    if ((n & mask) >>> 0 === k) return range(known, mask, k) ?? { low: n, high: n };
  }
  return undefined;
}

/** With these bounds, less what is excluded at them. */
function bounded(known: Known, least: number, most: number): Known | undefined {
  let [low, high] = [least, most];
  for (let hole = around(known, low); hole !== undefined && low <= high; hole = around(known, low)) low = hole.high + 1;
  for (let hole = around(known, high); hole !== undefined && low <= high; hole = around(known, high))
    high = hole.low - 1;
  if (low > high) return undefined;
  return low === high ? exactly(low) : { ...known, least: low, most: high };
}
