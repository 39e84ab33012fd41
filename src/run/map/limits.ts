// What the classes of maps ask of a specification, and of what they are given.

import { expectBytes } from '../../base/argument.js';
import { BpfError } from '../../base/error.js';
import type { MapSpec } from '../../ebpf/map.js';

/** @throws BpfError 'range' unless each of these sizes is a number from 1 up that has 32 bits */
export function expectSizes(spec: MapSpec, ...sizes: readonly ('keySize' | 'valueSize' | 'maxEntries')[]): void {
  for (const what of sizes) {
    const size = spec[what];
    if (Number.isInteger(size) && size >= 1 && size <= 0xffff_ffff) continue;
    throw new BpfError('range', `expected ${what} of map '${spec.name}' as a number from 1, found ${size}`);
  }
}

/** @throws BpfError 'usage' unless the value is bytes, 'range' unless it has the size of the map's values */
export function expectValue({ name, valueSize }: MapSpec, value: Uint8Array): void {
  expectBytes(value, 'a value');
  if (value.length === valueSize) return;
  throw new BpfError('range', `expected a value of ${valueSize} bytes in map '${name}', found ${value.length}`);
}

/** @throws BpfError 'range' unless the map has an entry with the index */
export function expectIndex({ name, maxEntries }: MapSpec, index: number): void {
  if (Number.isInteger(index) && index >= 0 && index < maxEntries) return;
  throw new BpfError('range', `expected an index from 0 to ${maxEntries - 1} in map '${name}', found ${index}`);
}

export function fullMap({ name, maxEntries }: MapSpec): BpfError {
  return new BpfError('limit', `map '${name}' is full: it has ${maxEntries} entries`);
}
