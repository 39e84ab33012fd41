// A located set of processors beside a constant one, byte by byte.

import * as asm from '../../ebpf/build.js';
import type { ProcessorsTest } from '../ast.js';
import type { Code } from './code.js';
import type { Ways } from './jump.js';
import { emitPart } from './located.js';

const { r7, r8, w0 } = asm;

export function emitProcessors(
  code: Code,
  { source, order, mask, negated }: ProcessorsTest & { readonly negated: boolean },
  { yes, no }: Ways,
): void {
  const [holds, fails] = (order === '!=') === negated ? [yes, no] : [no, yes];
  emitPart(code, source);
  const bytes = bytesOf(mask);
  if (order === '&') emitCommon(code, bytes, { holds, fails });
  else emitEqual(code, bytes, { holds, fails });
}

interface Answers {
  readonly holds: string;
  readonly fails: string;
}

function bytesOf(mask: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = mask; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn));
  return bytes;
}

/** Any bit in both; behind the end of the record's set there is none. */
function emitCommon(code: Code, bytes: readonly number[], { holds, fails }: Answers): void {
  for (const byte of bytes) {
    code.emit(asm.jumpIf(r7, '>=', r8, fails));
    if (byte !== 0) code.emit(asm.packet(1, 0, r7), asm.jumpIf(w0, '&', byte, holds));
    code.emit(asm.add(r7, 1));
  }
  code.emit(asm.goto(fails));
}

/** All bytes alike, and no bit behind the constant set. */
function emitEqual(code: Code, bytes: readonly number[], { holds, fails }: Answers): void {
  for (const byte of bytes) {
    const [next, there] = [code.newLabel(), code.newLabel()];
    code.emit(asm.jumpIf(r7, '<', r8, there), asm.goto(byte === 0 ? next : fails));
    code.bind(there);
    code.emit(asm.packet(1, 0, r7), asm.jumpIf(w0, '!=', byte, fails));
    code.bind(next);
    code.emit(asm.add(r7, 1));
  }
  const again = code.newLabel();
  code.bind(again);
  code.emit(asm.jumpIf(r7, '>=', r8, holds), asm.packet(1, 0, r7), asm.jumpIf(w0, '!=', 0, fails));
  code.emit(asm.add(r7, 1), asm.goto(again));
}
