// The maps of a loaded program as the oracle has them: where their values are, and what a reference to one is.

import type { MapSpec, MapType } from '../../ebpf/map.js';
import { bases, mapStride, type Region, region } from '../memory.js';
import { KernelObjectMap, kernelObjectTypes } from './kernel-objects.js';
import { BpfMap } from './map.js';
import { PerfEventArray } from './perf-events.js';
import { ProgramArray } from './programs.js';
import { ValueQueue } from './queue.js';
import { RingBuffer } from './ring.js';

/** What a program's map references may name. */
export type AnyMap = BpfMap | ProgramArray | RingBuffer | ValueQueue | PerfEventArray | KernelObjectMap;

type MapClass = new (spec: MapSpec) => AnyMap;

/** The classes of maps without keys and values; all others are `BpfMap`s. */
const classes: ReadonlyMap<MapType, MapClass> = new Map<MapType, MapClass>([
  ['prog_array', ProgramArray],
  ['ringbuf', RingBuffer],
  ['queue', ValueQueue],
  ['stack', ValueQueue],
  ['perf_event_array', PerfEventArray],
  ...kernelObjectTypes.map((type) => [type, KernelObjectMap] as const),
]);

/** What a program is loaded with: where it refers to no map there may be none. */
export type GivenMaps = readonly (AnyMap | undefined)[];

/** The map that a program asks for. @throws BpfError as the constructors do */
export function createMap(spec: MapSpec): AnyMap {
  return new (classes.get(spec.type) ?? BpfMap)(spec);
}

export function isMap(map: unknown): map is AnyMap {
  return mapClasses.some((each) => map instanceof each);
}

const mapClasses = [BpfMap, ...new Set(classes.values())];

/** Those whose content programs reach by addresses. */
export type MapWithMemory = BpfMap | RingBuffer;

export function hasMemory(map: AnyMap): map is MapWithMemory {
  return map instanceof BpfMap || map instanceof RingBuffer;
}

export class MapTable {
  readonly maps: GivenMaps;
  /** The values of each map that has some. */
  readonly regions: readonly Region[];

  constructor(maps: GivenMaps) {
    this.maps = maps;
    this.regions = maps.flatMap((map, index) =>
      map !== undefined && hasMemory(map) ? [region(valuesOf(index), map.values, !map.isReadOnly)] : [],
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

  /** The same, where it is of a class. */
  findOf<M extends AnyMap>(
    reference: bigint,
    type: abstract new (...parts: never[]) => M,
  ): { map: M; index: number } | undefined {
    const found = this.find(reference);
    return found?.map instanceof type ? { map: found.map, index: found.index } : undefined;
  }

  /** The address of a byte of a map's values. */
  valueAddress(index: number, offset: number): bigint {
    return valuesOf(index) + BigInt(offset);
  }
}

function valuesOf(index: number): bigint {
  return bases.mapValues + BigInt(index) * mapStride;
}
