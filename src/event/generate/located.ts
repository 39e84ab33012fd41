// Text whose place is known only at run time, and searches that would be long without a loop: by packet loads, which read the
// record in network order and leave the program with 0 beyond its end.
//
// r7 is where the text begins, or where a search has come to; r8 where it ends; r9 how long it is, or where a search began.

import { decide } from '../../decide/decide.js';
import * as asm from '../../ebpf/build.js';
import type { LocatedSource, TextSource, TextTest } from '../ast.js';
import type { ByteSet, GlobToken, Pattern } from '../pattern.js';
import type { Whole } from '../simplify.js';
import type { Code } from './code.js';
import { emitTree } from './decision.js';
import type { Ways } from './jump.js';

const { r0, r7, r8, r9, w0 } = asm;

export function emitLocated(code: Code, test: (TextTest & { readonly negated: boolean }) | Whole, ways: Ways): void {
  if (test.kind === 'whole') {
    emitWhole(code, test, ways);
    return;
  }
  const { pattern, source } = test;
  const { yes, no } = ways;
  const [fits, fails] = test.negated === pattern.negated ? [yes, no] : [no, yes];
  emitPart(code, source);
  emitPattern(code, pattern, { fits, fails });
}

/** r7, r8 = the first byte and the one behind the last, counted from the context's first */
export function emitPart(code: Code, source: TextSource): void {
  if (source.kind === 'fixed') {
    const start = code.offset(source);
    code.emit(asm.mov(r7, start), asm.mov(r8, start + source.size));
    return;
  }
  const from = code.start + source.from;
  code.emit(asm.load(r8, asm.u32(code.base, code.start + source.offset)), asm.mov(r7, r8), asm.and(r7, 0xffff));
  code.emit(asm.rsh(r8, 16));
  if (from > 0) code.emit(asm.add(r7, from));
  code.emit(asm.add(r8, r7));
}

/** Loads the last byte of everything that is located, which leaves the program where it isn't there. */
function emitWhole(code: Code, { sources }: Whole, { yes, next }: Ways): void {
  for (const source of sources) emitEnd(code, source);
  if (next !== yes) code.emit(asm.goto(yes));
}

function emitEnd(code: Code, source: LocatedSource): void {
  emitPart(code, source);
  const isEmpty = code.newLabel();
  code.emit(asm.jumpIf(r8, '==', 0, isEmpty), asm.packet(1, -1, r8));
  code.bind(isEmpty);
}

interface Answers {
  readonly fits: string;
  readonly fails: string;
}

function emitPattern(code: Code, pattern: Pattern, answers: Answers): void {
  switch (pattern.kind) {
    case 'full':
      emitFull(code, pattern.bytes, answers);
      return;
    case 'front':
      code.emit(...length, asm.jumpIf(r9, '<', pattern.bytes.length, answers.fails));
      emitBytes(code, pattern.bytes, { at: 0, from: r7, differs: answers.fails });
      code.emit(asm.goto(answers.fits));
      return;
    case 'end':
      code.emit(...length, asm.jumpIf(r9, '<=', pattern.bytes.length, answers.fails));
      emitBytes(code, pattern.bytes, { at: -1 - pattern.bytes.length, from: r8, differs: answers.fails });
      code.emit(asm.goto(answers.fits));
      return;
    case 'middle':
      emitMiddle(code, pattern.bytes, answers);
      return;
    case 'glob':
      emitGlob(code, pattern.tokens, answers);
      return;
  }
}

/** r9 = how many bytes there are */
const length = [asm.mov(r9, r8), asm.sub(r9, r7)];

/** The bytes and a 0 behind them; where the text ends before that, as many bytes as it has. */
function emitFull(code: Code, bytes: Uint8Array, { fits, fails }: Answers): void {
  const short = code.newLabel();
  code.emit(...length, asm.jumpIf(r9, '<=', bytes.length, short));
  emitBytes(code, Uint8Array.of(...bytes, 0), { at: 0, from: r7, differs: fails });
  code.emit(asm.goto(fits));
  code.bind(short);
  if (bytes.length > 0) code.emit(asm.jumpIf(r9, '==', 0, fails)); // no bytes are an empty text
  for (const [i, byte] of bytes.entries()) {
    if (i > 0) code.emit(asm.jumpIf(r9, '==', i, fits));
    code.emit(asm.packet(1, i, r7), asm.jumpIf(w0, '!=', byte, fails));
  }
  code.emit(asm.goto(fits));
}

interface Comparison {
  /** The first byte, counted from what the register holds. */
  readonly at: number;
  readonly from: asm.Reg<64>;
  readonly differs: string;
}

/** Compares bytes by as few loads as cover them. */
function emitBytes(code: Code, bytes: Uint8Array, { at, from, differs }: Comparison): void {
  for (let done = 0; done < bytes.length; ) {
    const left = bytes.length - done;
    const size = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const value = bytes.subarray(done, done + size).reduce((sum, byte) => (sum << 8) | byte, 0);
    code.emit(asm.packet(size, at + done, from), asm.jumpIf(w0, '!=', value, differs));
    done += size;
  }
}

function emitMiddle(code: Code, bytes: Uint8Array, { fits, fails }: Answers): void {
  const [again, differs] = [code.newLabel(), code.newLabel()];
  code.emit(asm.sub(r8, bytes.length)); // the last place
  code.bind(again);
  code.emit(asm.jumpIf(r7, 's>', r8, fails));
  emitBytes(code, bytes, { at: 0, from: r7, differs });
  code.emit(asm.goto(fits));
  code.bind(differs);
  code.emit(asm.add(r7, 1), asm.goto(again));
}

// ---- globs -----------------------------------------------------------------------------------------------------------

/**
 * What stands before the first star has to be at the start, what stands behind the last one at the end; of the parts between
 * them each is looked for behind the one before, and the first place found will do.
 */
function emitGlob(code: Code, tokens: readonly GlobToken[], { fits, fails }: Answers): void {
  const [head, ...parts] = partsOf(tokens);
  for (const bytes of head!) emitByte(code, bytes, { ends: fails, differs: fails });
  if (parts.length === 0) emitAtEnd(code, fits, fails);
  for (const [i, part] of parts.entries()) {
    const isLast = i === parts.length - 1;
    if (isLast && part.length === 0) {
      code.emit(asm.goto(fits));
      return;
    }
    emitSearch(code, part, isLast, { fits, fails });
  }
}

function partsOf(tokens: readonly GlobToken[]): ByteSet[][] {
  const parts: ByteSet[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'star') parts.push([]);
    else parts.at(-1)!.push(token.bytes);
  }
  return parts;
}

/** Looks for a part from r7 on, and goes on behind it. */
function emitSearch(code: Code, part: readonly ByteSet[], isLast: boolean, { fits, fails }: Answers): void {
  const [again, differs, found] = [code.newLabel(), code.newLabel(), code.newLabel()];
  code.emit(asm.mov(r9, r7));
  code.bind(again);
  for (const bytes of part) emitByte(code, bytes, { ends: fails, differs });
  if (isLast) emitAtEnd(code, fits, differs);
  else code.emit(asm.goto(found));
  code.bind(differs);
  code.emit(asm.add(r9, 1), asm.mov(r7, r9), asm.goto(again));
  code.bind(found);
}

interface Failures {
  /** The text has ended. */
  readonly ends: string;
  /** The byte is not in the set. */
  readonly differs: string;
}

/** Takes a byte of the set. */
function emitByte(code: Code, bytes: ByteSet, { ends, differs }: Failures): void {
  code.emit(asm.jumpIf(r7, '>=', r8, ends), asm.packet(1, 0, r7), asm.jumpIf(w0, '==', 0, ends));
  const inside = code.newLabel();
  const cases = byteRanges(bytes).map(([low, high]) => ({ low, high, target: inside }));
  emitTree(
    code,
    decide([...cases, { low: 0, high: 0, target: inside }, { low: 256, high: 0xffff_ffff, target: inside }], differs),
  );
  code.bind(inside);
  code.emit(asm.add(r7, 1));
}

/** The ranges of bytes in a set; 0 is in none. */
function byteRanges(bytes: ByteSet): (readonly [low: number, high: number])[] {
  const ranges: [number, number][] = [];
  for (let byte = 1; byte < 256; byte++) {
    if (((bytes >> BigInt(byte)) & 1n) === 0n) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === byte - 1) last[1] = byte;
    else ranges.push([byte, byte]);
  }
  return ranges;
}

/** Whether the text ends here. */
function emitAtEnd(code: Code, ends: string, goesOn: string): void {
  code.emit(asm.jumpIf(r7, '>=', r8, ends), asm.packet(1, 0, r7), asm.jumpIf(r0, '==', 0, ends), asm.goto(goesOn));
}
