// What text is compared with. Linux chooses one of five comparisons by the form of a pattern (kernel/trace's filters), and
// each has a meaning of its own where a text is not ended by a 0 or goes on behind it:
//
//   full     == and a pattern without wildcards: equal up to the first 0, or as far as the text's bytes go
//   front    "abc*"
//   end      "*abc": these bytes stand before the *last* byte, whether or not an earlier one is 0
//   middle   "*abc*": these bytes stand anywhere, also behind a 0
//   glob     everything else: * ? [a-z] [!a-z] \x, over the bytes before the first 0

export type Pattern =
  | { readonly kind: 'full' | 'front' | 'end' | 'middle'; readonly bytes: Uint8Array; readonly negated: boolean }
  | { readonly kind: 'glob'; readonly tokens: readonly GlobToken[]; readonly negated: boolean };

/** `set`: one of the bytes. */
export type GlobToken = { readonly kind: 'star' } | { readonly kind: 'set'; readonly bytes: ByteSet };

/** Bit n for byte n. */
export type ByteSet = bigint;

const anyByte: ByteSet = 2n ** 256n - 2n; // but 0, which ends the text
const code = { star: 0x2a, question: 0x3f, open: 0x5b, close: 0x5d, backslash: 0x5c, not: 0x21, dash: 0x2d };

export function literalPattern(text: string, negated: boolean): Pattern {
  return { kind: 'full', bytes: Buffer.from(text), negated };
}

/** The pattern of `~`. */
export function globPattern(text: string): Pattern {
  const negated = text.startsWith('!');
  const bytes = Buffer.from(negated ? text.slice(1) : text);
  const kind = simpleKind(bytes);
  if (kind === undefined) return { kind: 'glob', tokens: tokensOf(bytes), negated };
  const start = kind === 'end' || kind === 'middle' ? 1 : 0;
  const end = kind === 'front' || kind === 'middle' ? bytes.length - 1 : bytes.length;
  return { kind, bytes: bytes.subarray(start, end), negated };
}

/** The comparison that does for a pattern; undefined where only matching byte by byte will. */
function simpleKind(bytes: Uint8Array): Exclude<Pattern['kind'], 'glob'> | undefined {
  if (bytes[0]! >= 0x30 && bytes[0]! <= 0x39) return 'full'; // a digit leads Linux to take it as it stands
  let kind: Exclude<Pattern['kind'], 'glob'> = 'full';
  for (const [i, byte] of bytes.entries()) {
    if (byte === code.open || byte === code.question || byte === code.backslash) return undefined;
    if (byte !== code.star) continue;
    if (i === 0) kind = 'end';
    else if (i < bytes.length - 1) return undefined;
    else kind = kind === 'end' ? 'middle' : 'front';
  }
  return kind;
}

function tokensOf(bytes: Uint8Array): GlobToken[] {
  const tokens: GlobToken[] = [];
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at++]!;
    const set = byte === code.open ? setAt(bytes, at) : undefined;
    if (byte === code.star) {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
    } else if (byte === code.question) {
      tokens.push({ kind: 'set', bytes: anyByte });
    } else if (set !== undefined) {
      tokens.push({ kind: 'set', bytes: set.bytes });
      at = set.end;
    } else if (byte === code.backslash) {
      if (at < bytes.length) tokens.push({ kind: 'set', bytes: 1n << BigInt(bytes[at++]!) }); // at the end it means nothing
    } else {
      tokens.push({ kind: 'set', bytes: 1n << BigInt(byte) });
    }
  }
  return tokens;
}

/** The set behind a bracket, and where it ends; undefined where it isn't closed, so that the bracket means itself. */
function setAt(bytes: Uint8Array, start: number): { readonly bytes: ByteSet; readonly end: number } | undefined {
  const inverted = bytes[start] === code.not;
  let at = inverted ? start + 1 : start;
  let set = 0n;
  do {
    const low = bytes[at++];
    if (low === undefined) return undefined;
    let high = low;
    if (bytes[at] === code.dash && bytes[at + 1] !== code.close) {
      if (bytes[at + 1] === undefined) return undefined;
      high = bytes[at + 1]!;
      at += 2;
    }
    if (low <= high) set |= ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
  } while (bytes[at] !== code.close);
  return { bytes: inverted ? anyByte & ~set : set, end: at + 1 };
}
