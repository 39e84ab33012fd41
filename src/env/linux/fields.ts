// Short ways to write tables of context fields.

import type { AccessSize, Field, Yield } from '../environment.js';

/** How a number may be read: in parts of any size, or only as it is. */
export const narrow: readonly AccessSize[] = [1, 2, 4];
export const whole: readonly AccessSize[] = [4];
export const wide: readonly AccessSize[] = [8];
export const any: readonly AccessSize[] = [1, 2, 4, 8];
const none: readonly AccessSize[] = [];

/** A number: its name, where it is, how it may be read and written, and how many bytes it has (default 4). */
export function scalarField(
  name: string,
  offset: number,
  {
    read = narrow,
    write = none,
    size = 4,
  }: { read?: readonly AccessSize[]; write?: readonly AccessSize[]; size?: number } = {},
): Field {
  return { name, offset, size, read, write, yields: 'scalar' };
}

/** A field of 4 (packet addresses of `__sk_buff` and `xdp_md`) or 8 bytes that holds an address. */
export function addressField(name: string, offset: number, yields: Yield, size: 4 | 8 = 8): Field {
  return { name, offset, size, read: [size], write: none, yields };
}

/** Fields of 4 bytes, one after the other. */
export function run(
  offset: number,
  names: readonly string[],
  access: { read?: readonly AccessSize[]; write?: readonly AccessSize[] } = {},
): Field[] {
  return names.map((name, index) => scalarField(name, offset + 4 * index, access));
}
