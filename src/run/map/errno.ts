// The errors that helpers answer with.

/** Linux's numbers. */
export const errno = {
  perm: 1,
  noent: 2,
  toobig: 7,
  again: 11,
  nomem: 12,
  fault: 14,
  exist: 17,
  inval: 22,
  nospc: 28,
  range: 34,
  opnotsupp: 95,
  notsupp: 524,
} as const;

/** An error number as Linux returns it, negative; 0 is success. */
export function failure(number: number): bigint {
  return BigInt.asUintN(64, -BigInt(number));
}
