// Numbers as the kernel reads them (kstrtoull with base 0): decimal, 0x…, and octal behind a 0.

const limits = { signed: 1n << 63n, unsigned: (1n << 64n) - 1n };

/** The number that a text is; undefined where it is none. */
export function integerOf(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const digits = negative ? text.slice(1) : text;
  const value = magnitude(digits);
  return value === undefined || !negative ? value : -value;
}

function magnitude(digits: string): bigint | undefined {
  if (/^0[xX][0-9a-fA-F]+$/.test(digits)) return BigInt(digits);
  if (/^0[0-7]*$/.test(digits)) return BigInt(`0o${digits}`);
  return /^[1-9][0-9]*$/.test(digits) ? BigInt(digits) : undefined;
}

/** Whether a number of 64 bits can be it; Linux refuses a sign before what goes into an unsigned field, `-0` as well. */
export function fits(value: bigint, text: string, signed: boolean): boolean {
  if (signed) return value >= -limits.signed && value < limits.signed;
  return value <= limits.unsigned && !text.startsWith('-');
}

/** The number that is left of one in a field of so many bytes. */
export function cut(value: bigint, size: number, signed: boolean): bigint {
  return signed ? BigInt.asIntN(size * 8, value) : BigInt.asUintN(size * 8, value);
}
