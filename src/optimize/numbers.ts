// Sets of numbers from 0 to 2^32-1, as the ranges that they are made of: first, last, first, last …, ascending, with at
// least one number between two ranges. What a test asks of a value is such a set, however it was written.

export type Numbers = readonly number[];

export const largest = 0xffff_ffff;
export const none: Numbers = [];
export const all: Numbers = [0, largest];

export function range(first: number, last: number): Numbers {
  return first > last ? none : [first, last];
}

export function has(numbers: Numbers, number: number): boolean {
  const at = position(numbers, number);
  return at % 2 === 1 || numbers[at] === number;
}

/** How many of the edges lie below a number. */
function position(numbers: Numbers, number: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function complement(numbers: Numbers): Numbers {
  const result: number[] = [];
  let next = 0;
  for (let i = 0; i < numbers.length; i += 2) {
    if (numbers[i]! > next) result.push(next, numbers[i]! - 1);
    next = numbers[i + 1]! + 1;
  }
  if (next <= largest) result.push(next, largest);
  return result;
}

export function union(a: Numbers, b: Numbers): Numbers {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  if (b.length === 2) return withRange(a, b[0]!, b[1]!);
  if (a.length === 2) return withRange(b, a[0]!, a[1]!);
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const takesA = j === b.length || (i < a.length && a[i]! < b[j]!);
    if (takesA) append(result, a[i++]!, a[i++]!);
    else append(result, b[j++]!, b[j++]!);
  }
  return result;
}

/** Long lists grow by one range at a time: what lies before and behind it is copied as it is. */
function withRange(numbers: Numbers, first: number, last: number): Numbers {
  let from = position(numbers, first - 1);
  let to = position(numbers, last + 2);
  const isInside = from % 2 === 1;
  const low = isInside ? numbers[--from]! : first;
  const high = to % 2 === 1 ? numbers[to++]! : last;
  const start = from < numbers.length && from < to ? Math.min(low, numbers[from]!) : low;
  return [
    ...numbers.slice(0, from),
    start,
    Math.max(high, last, to > from ? numbers[to - 1]! : last),
    ...numbers.slice(to),
  ];
}

function append(ranges: number[], first: number, last: number): void {
  const end = ranges.length - 1;
  if (end > 0 && first <= ranges[end]! + 1) ranges[end] = Math.max(ranges[end]!, last);
  else ranges.push(first, last);
}

export function intersection(a: Numbers, b: Numbers): Numbers {
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const first = Math.max(a[i]!, b[j]!);
    const last = Math.min(a[i + 1]!, b[j + 1]!);
    if (first <= last) result.push(first, last);
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return result;
}

export function equal(a: Numbers, b: Numbers): boolean {
  return a === b || (a.length === b.length && a.every((edge, i) => edge === b[i]));
}

export function includes(a: Numbers, b: Numbers): boolean {
  return equal(intersection(a, b), b);
}

/** The numbers of the set one by one; undefined where there are more than `most`. */
export function members(numbers: Numbers, most: number): number[] | undefined {
  const result: number[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    if (result.length + numbers[i + 1]! - numbers[i]! >= most) return undefined;
    for (let number = numbers[i]!; number <= numbers[i + 1]!; number++) result.push(number);
  }
  return result;
}

/** A set of numbers that begin with the same bits: `number & mask` is `value`. */
export interface Prefix {
  readonly mask: number;
  readonly value: number;
}

/** The fewest prefixes that the set is made of; undefined where there are more than `most`. */
export function prefixes(numbers: Numbers, most: number): Prefix[] | undefined {
  const result: Prefix[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    for (let first = numbers[i]!; first <= numbers[i + 1]!; ) {
      if (result.length === most) return undefined;
      const size = blockAt(first, numbers[i + 1]!);
      result.push({ mask: (2 ** 32 - size) >>> 0, value: first });
      first += size;
    }
  }
  return result;
}

/** The size of the largest aligned block that begins at `first` and ends by `last`. */
function blockAt(first: number, last: number): number {
  let size = 1;
  while (size < 2 ** 32 && first % (2 * size) === 0 && first + 2 * size - 1 <= last) size *= 2;
  return size;
}
