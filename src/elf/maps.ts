// The maps of an object, of all its kinds of definitions.

import { dataMap, isData } from './data.js';
import type { Section } from './file.js';
import { legacyMaps } from './legacy-maps.js';
import type { ObjectParts, PlacedMap } from './map.js';
import { typedMaps } from './typed-maps.js';

/** @throws BpfError when a definition isn't one */
export function readMaps(parts: ObjectParts): readonly PlacedMap[] {
  return parts.file.sections.flatMap((section) => mapsIn(parts, section));
}

function mapsIn(parts: ObjectParts, section: Section): readonly PlacedMap[] {
  if (section.size === 0) return [];
  if (section.name === 'maps') return legacyMaps(section, parts.symbols);
  if (section.name === '.maps') return typedMaps(parts, section);
  return isData(section) ? [dataMap(section, parts)] : [];
}

/** Which map a byte of a section belongs to. */
export class MapPlaces {
  readonly #maps: readonly PlacedMap[];
  readonly #starts: ReadonlyMap<string, number>;
  readonly #data: ReadonlyMap<number, number>;

  constructor(maps: readonly PlacedMap[]) {
    this.#maps = maps;
    this.#starts = new Map(maps.map(({ section, offset }, index) => [`${section}:${offset}`, index]));
    this.#data = new Map(maps.flatMap(({ section, isData }, index) => (isData ? [[section, index]] : [])));
  }

  /** The map and its index: one that begins there, or is all of the section. */
  find(section: number, offset: number): { readonly index: number; readonly placed: PlacedMap } | undefined {
    const index = this.#data.get(section) ?? this.#starts.get(`${section}:${offset}`);
    return index === undefined ? undefined : { index, placed: this.#maps[index]! };
  }
}
