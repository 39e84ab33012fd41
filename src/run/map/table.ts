// The maps of a loaded program as the oracle has them: where their values are, and what a reference to one is.

import type { MapSpec } from '../../ebpf/map.js';
import { bases, mapStride, type Region, region } from '../memory.js';
import { BpfMap } from './map.js';
import { ProgramArray } from './programs.js';

/** What a program's map references may name. */
export type AnyMap = BpfMap | ProgramArray;

/** What a program is loaded with: where it refers to no map there may be none. */
export type GivenMaps = readonly (AnyMap | undefined)[];

/** The map that a program asks for. @throws BpfError as the constructors do */
export function createMap(spec: MapSpec): AnyMap {
  return spec.type === 'prog_array' ? new ProgramArray(spec) : new BpfMap(spec);
}

export class MapTable {
  readonly maps: GivenMaps;
  /** The values of each map that has some. */
  readonly regions: readonly Region[];

  constructor(maps: GivenMaps) {
    this.maps = maps;
    this.regions = maps.flatMap((map, index) =>
      map instanceof BpfMap ? [region(valuesOf(index), map.values, !map.isReadOnly)] : [],
    );
  }

  /** What a register holds that refers to a map: an address of nothing. */
  reference(index: number): bigint {
    return bases.mapReferences + BigInt(index) * mapStride;
  }

  /** The map that a register refers to, if it is a reference. */
  find(reference: bigint): { map: AnyMap; index: number } | undefined {
    const index = Number((reference - bases.mapReferences) / mapStride);
    const map = this.maps[index];
    return map !== undefined && reference === this.reference(index) ? { map, index } : undefined;
  }

  /** The address of a byte of a map's values. */
  valueAddress(index: number, offset: number): bigint {
    return valuesOf(index) + BigInt(offset);
  }
}

function valuesOf(index: number): bigint {
  return bases.mapValues + BigInt(index) * mapStride;
}
