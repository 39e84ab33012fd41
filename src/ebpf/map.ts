// What a program says of the maps that it uses: their shapes, by name. The maps themselves are made when it is loaded.

/** Linux's kinds of maps, `enum bpf_map_type` (linux/bpf.h) in lower case and without its prefix. */
export const mapTypes = {
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  stack_trace: 7,
  cgroup_array: 8,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  devmap: 14,
  sockmap: 15,
  cpumap: 16,
  xskmap: 17,
  sockhash: 18,
  cgroup_storage: 19,
  reuseport_sockarray: 20,
  percpu_cgroup_storage: 21,
  queue: 22,
  stack: 23,
  sk_storage: 24,
  devmap_hash: 25,
  struct_ops: 26,
  ringbuf: 27,
  inode_storage: 28,
  task_storage: 29,
  bloom_filter: 30,
  user_ringbuf: 31,
  cgrp_storage: 32,
  arena: 33,
} as const;

export type MapType = keyof typeof mapTypes;

const mapTypeNames = new Map(Object.entries(mapTypes).map(([name, number]) => [number as number, name as MapType]));

/** The type with Linux's number; undefined where there is none. */
export function mapTypeOf(number: number): MapType | undefined {
  return mapTypeNames.get(number);
}

/** The shape of a map and, where it has one, its content at the start. */
export interface MapSpec {
  readonly name: string;
  readonly type: MapType;
  /** Bytes of a key; an array's is 4. */
  readonly keySize: number;
  /** Bytes of a value. */
  readonly valueSize: number;
  readonly maxEntries: number;
  /** Linux's `BPF_F_*` flags of maps; default 0. */
  readonly flags?: number;
  /** The shape of the maps inside a map of maps. */
  readonly inner?: Omit<MapSpec, 'name'>;
  readonly entries?: readonly MapEntry[];
}

export interface MapEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Flag of a map that programs only read; with `entries` its content is known before they run. */
export const readOnlyMap = 0x80;
