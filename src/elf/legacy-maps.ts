// Maps as they were defined before type information: a symbol in the section `maps` for each.
//
//   0: type   4: bytes of a key   8: of a value   12: entries   16: flags   and whatever else the loader knew

import { mapTypeOf } from '../ebpf/map.js';
import type { Section } from './file.js';
import { badMap, type ObjectMap, type PlacedMap } from './map.js';
import { type ElfSymbol, symbolTypes } from './symbols.js';

const leastBytes = 20;

export function legacyMaps(section: Section, symbols: readonly ElfSymbol[]): readonly PlacedMap[] {
  const own = symbols.filter(({ section: index, type }) => index === section.index && isVariable(type));
  const inOrder = own.toSorted((a, b) => a.value - b.value);
  return inOrder.map((symbol, index) => {
    const end = inOrder[index + 1]?.value ?? section.size;
    return { map: mapAt(section, symbol, end), section: section.index, offset: symbol.value, isData: false };
  });
}

function isVariable(type: number): boolean {
  return type === symbolTypes.object || type === symbolTypes.none;
}

function mapAt(section: Section, { name, value: start }: ElfSymbol, end: number): ObjectMap {
  if (end - start < leastBytes) {
    throw badMap(name, `expected a definition of ${leastBytes} bytes at byte ${start} of section '${section.name}'`);
  }
  const definition = section.content.part(start, end - start, `the definition of map '${name}'`);
  for (let at = leastBytes; at < definition.size; at++) {
    if (definition.u8(at) !== 0) throw badMap(name, `byte ${at} of its definition means something that isn't known`);
  }
  const type = mapTypeOf(definition.u32(0));
  if (type === undefined) throw badMap(name, `there is no type ${definition.u32(0)} of maps`);
  const [keySize, valueSize, maxEntries, flags] = [4, 8, 12, 16].map((at) => definition.u32(at));
  const sizes = { keySize: keySize!, valueSize: valueSize!, maxEntries: maxEntries!, flags: flags! };
  return { name, type, ...sizes, pinned: false, initial: [] };
}
