// What an object says of a map, and where in its sections it lies.

import { BpfError } from '../base/error.js';
import type { MapSpec } from '../ebpf/map.js';
import type { Btf } from './btf.js';
import type { ElfFile } from './file.js';
import type { ElfSymbol, Relocations } from './symbols.js';

/** A map as an object defines it. Those of global data are arrays of one value, called as their section is. */
export interface ObjectMap extends MapSpec {
  /** Whether the object wants it shared between programs under its name, in the file system of BPF. */
  readonly pinned: boolean;
  /** Of a map of programs or of maps: what is in it at the start, by the names of functions or of maps. */
  readonly initial: readonly { readonly index: number; readonly name: string }[];
  /** Of global data: what its value is made of, by offset. */
  readonly variables?: readonly Variable[];
}

/** A variable in the value of a map of global data. */
export interface Variable {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** A map in a section. */
export interface PlacedMap {
  readonly map: ObjectMap;
  readonly section: number;
  readonly offset: number;
  /** Whether it is global data: then each byte of its section is one of its value. */
  readonly isData: boolean;
  /** Why programs can't use it; undefined where they can. */
  readonly unusable?: string | undefined;
}

export interface ObjectParts {
  readonly file: ElfFile;
  readonly symbols: readonly ElfSymbol[];
  readonly relocations: Relocations;
  readonly btf: Btf | undefined;
}

/** A mistake in the definition of a map. */
export function badMap(name: string, what: string): BpfError {
  return new BpfError('encoding', `map '${name}': ${what}`);
}
