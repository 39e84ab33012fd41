// 64-bit numbers as immutable pairs of 32-bit halves: what the verifier computes with.
//
// BigInt allocates and calls into the runtime for every operation; a pair of small integers is a short-lived object
// that V8 makes inline. Signedness is a matter of the reader: `value < other` exists twice, as `below` and `less`.

export class Word {
  /** Bits 0 to 31, as a signed 32-bit number. */
  readonly lo: number;
  /** Bits 32 to 63, as a signed 32-bit number. */
  readonly hi: number;

  constructor(lo: number, hi: number) {
    this.lo = lo | 0;
    this.hi = hi | 0;
  }
}

export const zero = new Word(0, 0);
export const one = new Word(1, 0);
/** All bits set: the largest unsigned number, and -1. */
export const ones = new Word(-1, -1);
export const signedMin = new Word(0, 0x80000000);
export const signedMax = new Word(-1, 0x7fffffff);
/** The largest number of 32 bits. */
export const ones32 = new Word(-1, 0);

/** A signed safe integer. */
export function fromNumber(value: number): Word {
  return new Word(value, Math.floor(value / 2 ** 32));
}

/** Zero-extends the low 32 bits of a number. */
export function fromUnsigned32(value: number): Word {
  return new Word(value, 0);
}

/** Sign-extends the low 32 bits of a number. */
export function fromSigned32(value: number): Word {
  return new Word(value, value >> 31);
}

export function fromBigInt(value: bigint): Word {
  return new Word(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

export function toUnsigned(a: Word): bigint {
  return (BigInt(a.hi >>> 0) << 32n) | BigInt(a.lo >>> 0);
}

export function toSigned(a: Word): bigint {
  return BigInt.asIntN(64, toUnsigned(a));
}

/**
 * The signed value as a number: exact within 53 bits, rounded beyond, which keeps its order to every smaller bound. One of
 * 32 bits is not made by a sum of doubles, so that V8 keeps it unboxed, and fields that only ever hold such ones with it.
 */
export function toNumber(a: Word): number {
  return a.hi === a.lo >> 31 ? a.lo : a.hi * 2 ** 32 + (a.lo >>> 0);
}

export function equal(a: Word, b: Word): boolean {
  return a.lo === b.lo && a.hi === b.hi;
}

export function isZero(a: Word): boolean {
  return (a.lo | a.hi) === 0;
}

export function isNegative(a: Word): boolean {
  return a.hi < 0;
}

/** a < b, both unsigned. */
export function below(a: Word, b: Word): boolean {
  return a.hi === b.hi ? a.lo >>> 0 < b.lo >>> 0 : a.hi >>> 0 < b.hi >>> 0;
}

/** a < b, both signed. */
export function less(a: Word, b: Word): boolean {
  return a.hi === b.hi ? a.lo >>> 0 < b.lo >>> 0 : a.hi < b.hi;
}

export function minUnsigned(a: Word, b: Word): Word {
  return below(b, a) ? b : a;
}

export function maxUnsigned(a: Word, b: Word): Word {
  return below(a, b) ? b : a;
}

export function minSigned(a: Word, b: Word): Word {
  return less(b, a) ? b : a;
}

export function maxSigned(a: Word, b: Word): Word {
  return less(a, b) ? b : a;
}

export function add(a: Word, b: Word): Word {
  const lo = (a.lo + b.lo) | 0;
  const carry = lo >>> 0 < a.lo >>> 0 ? 1 : 0;
  return new Word(lo, a.hi + b.hi + carry);
}

export function sub(a: Word, b: Word): Word {
  const borrow = a.lo >>> 0 < b.lo >>> 0 ? 1 : 0;
  return new Word(a.lo - b.lo, a.hi - b.hi - borrow);
}

export function negate(a: Word): Word {
  return sub(zero, a);
}

export function and(a: Word, b: Word): Word {
  return new Word(a.lo & b.lo, a.hi & b.hi);
}

export function or(a: Word, b: Word): Word {
  return new Word(a.lo | b.lo, a.hi | b.hi);
}

export function xor(a: Word, b: Word): Word {
  return new Word(a.lo ^ b.lo, a.hi ^ b.hi);
}

export function not(a: Word): Word {
  return new Word(~a.lo, ~a.hi);
}

/** a << n, for n in 0..63. */
export function shiftLeft(a: Word, n: number): Word {
  if (n === 0) return a;
  if (n >= 32) return new Word(0, a.lo << (n - 32));
  return new Word(a.lo << n, (a.hi << n) | (a.lo >>> (32 - n)));
}

/** a >> n with zeros coming in, for n in 0..63. */
export function shiftRight(a: Word, n: number): Word {
  if (n === 0) return a;
  if (n >= 32) return new Word(a.hi >>> (n - 32), 0);
  return new Word((a.lo >>> n) | (a.hi << (32 - n)), a.hi >>> n);
}

/** a >> n with the sign coming in, for n in 0..63. */
export function shiftRightSigned(a: Word, n: number): Word {
  if (n === 0) return a;
  if (n >= 32) return new Word(a.hi >> (n - 32), a.hi >> 31);
  return new Word((a.lo >>> n) | (a.hi << (32 - n)), a.hi >> n);
}

/** The low 64 bits of a * b. */
export function multiply(a: Word, b: Word): Word {
  const low = multiply32(a.lo, b.lo);
  return new Word(low.lo, low.hi + Math.imul(a.lo, b.hi) + Math.imul(a.hi, b.lo));
}

/** The 64 bits of the product of two unsigned 32-bit numbers, by halves of 16 bits. */
function multiply32(a: number, b: number): Word {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const other = a0 * b1 + (middle % 0x10000);
  return new Word(Math.imul(a, b), a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000));
}

/** Whether a + b leaves the unsigned 64-bit range. */
export function addCarries(a: Word, b: Word): boolean {
  return below(add(a, b), a);
}

/** Whether a + b leaves the signed 64-bit range: both have a sign that the sum lacks. */
export function addOverflows(a: Word, b: Word): boolean {
  const sum = add(a, b);
  return ((a.hi ^ sum.hi) & (b.hi ^ sum.hi)) < 0;
}

/** Whether a - b leaves the signed 64-bit range. */
export function subOverflows(a: Word, b: Word): boolean {
  const difference = sub(a, b);
  return ((a.hi ^ b.hi) & (a.hi ^ difference.hi)) < 0;
}

/** Whether a * b leaves the unsigned 64-bit range. */
export function multiplyCarries(a: Word, b: Word): boolean {
  if (a.hi === 0 && b.hi === 0) return false;
  return toUnsigned(a) * toUnsigned(b) > 0xffffffffffffffffn;
}

/** Whether a * b leaves the signed 64-bit range. */
export function multiplyOverflows(a: Word, b: Word): boolean {
  if (a.hi === a.lo >> 31 && b.hi === b.lo >> 31) return false;
  const product = toSigned(a) * toSigned(b);
  return product !== BigInt.asIntN(64, product);
}

/** The eight bytes in the opposite order. */
export function reverseBytes(a: Word): Word {
  return new Word(reverseBytes32(a.hi), reverseBytes32(a.lo));
}

function reverseBytes32(a: number): number {
  return (a << 24) | ((a & 0xff00) << 8) | ((a >>> 8) & 0xff00) | (a >>> 24);
}

/** How many bits a number takes: the position of its highest set bit plus one. */
export function bitLength(a: Word): number {
  return a.hi === 0 ? 32 - Math.clz32(a.lo) : 64 - Math.clz32(a.hi);
}

/** The value as Linux's verifier prints an unsigned number in hexadecimal. */
export function toHex(a: Word): string {
  return `0x${toUnsigned(a).toString(16)}`;
}
