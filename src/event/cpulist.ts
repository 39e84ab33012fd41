// Lists of processors as Linux reads them (bitmap_parselist): `0-3,8`, `0-15:2/4` (two of every four), `all`, `N` for the last
// one. Commas and spaces separate; empty parts mean nothing.

const region = /^(?:all|(\d+|N)(?:-(\d+|N))?)(?::(\d+)\/(\d+))?$/;

/**
 * @param count how many processors there are
 * @returns bit n for processor n; undefined where the text is no list, or names a processor that isn't there
 */
export function parseProcessors(list: string, count: number): bigint | undefined {
  let mask = 0n;
  for (const part of list.split(/[,\s]+/)) {
    if (part === '') continue;
    const bits = regionBits(part, count);
    if (bits === undefined) return undefined;
    mask |= bits;
  }
  return mask;
}

function regionBits(part: string, count: number): bigint | undefined {
  const found = region.exec(part);
  if (found === null) return undefined;
  const [, from, to, used, group] = found;
  const place = (text: string) => (text === 'N' ? count - 1 : Number(text));
  const start = from === undefined ? 0 : place(from);
  const end = from === undefined ? count - 1 : place(to ?? from);
  if (start > end || end >= count) return undefined;
  if (group === undefined) return onesFrom(start, end - start + 1);
  return patterned(start, end, Number(used), Number(group));
}

/** The first `used` of every `group` processors from `start` to `end`. */
function patterned(start: number, end: number, used: number, group: number): bigint | undefined {
  if (group === 0 || used > group) return undefined;
  let bits = 0n;
  for (let at = start; at <= end; at += group) bits |= onesFrom(at, Math.min(used, end - at + 1));
  return bits;
}

function onesFrom(start: number, count: number): bigint {
  return ((1n << BigInt(count)) - 1n) << BigInt(start);
}
