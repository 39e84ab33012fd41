// Maps as the protocol spells them: `{ type, key_size, value_size, max_entries, flags?, inner?, entries? }`.

import { type MapEntry, type MapSpec, type MapType, mapTypeOf, mapTypes } from '../../ebpf/map.js';
import { either, list, record, type Shape, tuple, whole, word } from './shape.js';
import { bytes } from './values.js';

const names = Object.keys(mapTypes) as MapType[];

/** Linux's name of a type in lower case, or its number. */
const number = whole(1, names.length);
const mapType: Shape<MapType> = either(
  (value) => typeof value === 'number',
  (value, field) => mapTypeOf(number(value, field))!,
  word(names),
);

const u32 = whole(0, 0xffff_ffff);
const sizes = { type: mapType, key_size: u32, value_size: u32, max_entries: u32 };
const inner = record(sizes, { flags: u32 });
const map = record(sizes, { flags: u32, inner, entries: list(tuple(bytes, bytes)) });

/** The maps of a request; a program refers to them by their place in the list. */
export const maps: Shape<readonly MapSpec[]> = (value, field) =>
  list(map)(value, field).map((given, i) => ({
    ...spec(given, `map${i}`),
    ...(given.inner && { inner: spec(given.inner, `map${i}.inner`) }),
    ...(given.entries && { entries: given.entries.map(([key, value]): MapEntry => ({ key, value })) }),
  }));

type Sizes = ReturnType<typeof inner>;

function spec({ type, key_size, value_size, max_entries, flags }: Sizes, name: string): MapSpec {
  return { name, type, keySize: key_size, valueSize: value_size, maxEntries: max_entries, flags: flags ?? 0 };
}
