// Global data as maps: an array of one value for each section of it, as libbpf makes them.

import { BpfError } from '../base/error.js';
import { readOnlyMap } from '../ebpf/map.js';
import { executable, type Section, sectionTypes } from './file.js';
import type { ObjectParts, PlacedMap, Variable } from './map.js';
import { type ElfSymbol, type Relocations, symbolTypes } from './symbols.js';

const names = /^\.(?:rodata|data|bss)(?:\.|$)/;
const largestValue = 0xffff_ffff;

export function isData({ name, flags, type }: Section): boolean {
  const hasBytes = type === sectionTypes.progbits || type === sectionTypes.nobits;
  return hasBytes && (flags & executable) === 0 && names.test(name);
}

/** The value begins as the section does; a section of zeros needs no entry. */
export function dataMap(section: Section, { relocations, symbols }: ObjectParts): PlacedMap {
  const { name, index, size, content } = section;
  if (size > largestValue) {
    throw new BpfError('limit', `section '${name}' takes ${size} bytes, and a value at most ${largestValue}`);
  }
  const flags = name.startsWith('.rodata') ? readOnlyMap : 0;
  const entries = content.size === 0 ? [] : [{ key: new Uint8Array(4), value: content.bytes.slice() }];
  const shape = { name, type: 'array', keySize: 4, valueSize: size, maxEntries: 1, flags } as const;
  const map = { ...shape, entries, pinned: false, initial: [], variables: variablesOf(section, symbols) };
  return { map, section: index, offset: 0, isData: true, unusable: addressIn(section, relocations) };
}

function variablesOf({ index, size: end }: Section, symbols: readonly ElfSymbol[]): readonly Variable[] {
  return symbols
    .filter(({ type, section, value, size }) => {
      return type === symbolTypes.object && section === index && size > 0 && value + size <= end;
    })
    .map(({ name, value, size }) => ({ name, offset: value, size }))
    .sort((a, b) => a.offset - b.offset);
}

function addressIn(section: Section, relocations: Relocations): string | undefined {
  const [first] = relocations.of(section).values();
  if (first === undefined) return undefined;
  const { offset, symbol } = first;
  return `byte ${offset} of section '${section.name}' is the address of '${symbol.name}', which data can't hold`;
}
