// Programs as the protocol spells them, and as the library holds them.

import { fromHex } from '../../base/hex.js';
import { ClassicProgram } from '../../classic/program.js';
import { list, type Shape, text, tuple, whole } from './shape.js';

const field = whole(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER); // the program knows its own limits
const insns = list(tuple(field, field, field, field));

/** `[[code, jt, jf, k], …]` */
export const classic: Shape<ClassicProgram> = (value, name) =>
  new ClassicProgram(insns(value, name).map(([code, jt, jf, k]) => ({ code, jt, jf, k })));

export function classicValue(program: ClassicProgram): number[][] {
  return program.insns.map(({ code, jt, jf, k }) => [code, jt, jf, k]);
}

export const u32 = whole(0, 0xffff_ffff);

/** Bytes in hexadecimal. */
export const bytes: Shape<Uint8Array> = (value, name) => fromHex(text(value, name));
