// Maps: what may be done with their keys and values, and by which helpers.

import * as scalar from '../abstract/scalar.js';
import * as word from '../abstract/word.js';
import { Word } from '../abstract/word.js';
import { type MapType, readOnlyMap } from '../ebpf/map.js';
import { refuse } from './refusal.js';
import { type Access, checkRegion, type MemoryAccess } from './region.js';
import type { MapShape } from './value.js';

/** Flag of a map that programs only write. */
const writeOnlyMap = 0x100;

export function checkMapValue(access: Access, use: 'read' | 'write'): void {
  const map = access.address.map!;
  const flags = map.flags ?? 0;
  const isReadOnly = (flags & readOnlyMap) !== 0 || map.type === 'devmap' || map.type === 'devmap_hash';
  if (use === 'write' && isReadOnly) refuse(`${access.name} points into a map that may only be read`);
  if (use === 'read' && (flags & writeOnlyMap) !== 0)
    refuse(`${access.name} points into a map that may only be written`);
  checkRegion(access, map.valueSize);
}

/** The number that a load from a map of fixed content yields, where its place is known. */
export function frozenContent({ address, off, size }: MemoryAccess, signed: boolean): scalar.Scalar | undefined {
  const map = address.map!;
  const varying = scalar.known(address.scalar);
  if (varying === undefined || !isFrozen(map)) return undefined;
  const value = map.entries?.[0]?.value;
  const at = address.offset + off + word.toNumber(varying);
  if (value === undefined || at + size > value.length) return undefined;
  return scalar.constant(readWord(value, at, size, signed));
}

/** A read-only array of one value whose content is given with it. */
function isFrozen({ flags = 0, type, maxEntries }: MapShape): boolean {
  return (flags & readOnlyMap) !== 0 && type === 'array' && maxEntries === 1;
}

function readWord(bytes: Uint8Array, at: number, size: number, signed: boolean): Word {
  let [lo, hi] = [0, 0];
  for (let index = size - 1; index >= 0; index--) {
    hi = (hi << 8) | (lo >>> 24);
    lo = (lo << 8) | bytes[at + index]!;
  }
  if (!signed || size === 8) return new Word(lo, hi);
  const unused = 64 - 8 * size;
  return word.shiftRightSigned(word.shiftLeft(new Word(lo, hi), unused), unused);
}

/** The types of maps that a program which may sleep can use. */
const sleepableTypes: readonly MapType[] = [
  ...(['hash', 'lru_hash', 'percpu_hash', 'lru_percpu_hash', 'array', 'percpu_array'] as const),
  ...(['array_of_maps', 'hash_of_maps', 'ringbuf', 'user_ringbuf', 'queue', 'stack', 'arena'] as const),
  ...(['inode_storage', 'sk_storage', 'task_storage', 'cgrp_storage'] as const),
];

/** Why a program may not name a map at all; undefined where it may. */
export function unusable({ type }: MapShape, { maySleep }: { readonly maySleep: boolean }): string | undefined {
  if (maySleep && !sleepableTypes.includes(type)) return `a program that may sleep can't use a map of type ${type}`;
  return type === 'struct_ops' ? 'a map of type struct_ops is not for programs' : undefined;
}

/** Whether addresses into a map's value can be loaded as constants: the map is one value. */
export function checkDirectValue(map: MapShape, offset: number): void {
  if (map.type !== 'array' || map.maxEntries !== 1) refuse('only into an array of one value can an address be loaded');
  if (offset < 0 || offset >= map.valueSize)
    refuse(`offset ${offset} lies outside of a map value of ${map.valueSize} bytes`);
}

/** Whether it matters that a key is constant: in arrays, whose values are always there. */
export function hasConstantKeys({ type }: MapShape): boolean {
  return type === 'array' || type === 'percpu_array';
}

/** Whether a look-up with a constant key inside the array always finds a value. */
export function alwaysFinds(map: MapShape, key: Word | undefined): boolean {
  return hasConstantKeys(map) && key !== undefined && key.hi === 0 && key.lo >>> 0 < map.maxEntries;
}

/** The helpers that maps of a type are for, where they are for few. */
const helpersOf: Partial<Record<MapType, readonly string[]>> = {
  prog_array: ['tail_call'],
  perf_event_array: ['perf_event_read', 'perf_event_output', 'perf_event_read_value', 'skb_output', 'xdp_output'],
  ringbuf: ['ringbuf_output', 'ringbuf_reserve', 'ringbuf_query', 'ringbuf_reserve_dynptr'],
  user_ringbuf: ['user_ringbuf_drain'],
  stack_trace: ['get_stackid'],
  cgroup_array: ['skb_under_cgroup', 'current_task_under_cgroup'],
  cgroup_storage: ['get_local_storage'],
  percpu_cgroup_storage: ['get_local_storage'],
  devmap: ['redirect_map', 'map_lookup_elem'],
  devmap_hash: ['redirect_map', 'map_lookup_elem'],
  cpumap: ['redirect_map'],
  xskmap: ['redirect_map', 'map_lookup_elem'],
  array_of_maps: ['map_lookup_elem'],
  hash_of_maps: ['map_lookup_elem'],
  sockmap: ['sk_redirect_map', 'sock_map_update', 'msg_redirect_map', 'sk_select_reuseport', 'map_lookup_elem'],
  sockhash: ['sk_redirect_hash', 'sock_hash_update', 'msg_redirect_hash', 'sk_select_reuseport', 'map_lookup_elem'],
  reuseport_sockarray: ['sk_select_reuseport'],
  queue: ['map_peek_elem', 'map_pop_elem', 'map_push_elem'],
  stack: ['map_peek_elem', 'map_pop_elem', 'map_push_elem'],
  sk_storage: ['sk_storage_get', 'sk_storage_delete'],
  inode_storage: [],
  task_storage: ['task_storage_get', 'task_storage_delete'],
  cgrp_storage: ['cgrp_storage_get', 'cgrp_storage_delete'],
  bloom_filter: ['map_peek_elem', 'map_push_elem'],
};

/** The map types that a helper takes, where it doesn't take all that allow it. */
const typesOf = new Map<string, Set<MapType>>();
for (const [type, helpers] of Object.entries(helpersOf)) {
  for (const helper of helpers) {
    if (helper === 'map_lookup_elem') continue;
    typesOf.set(helper, (typesOf.get(helper) ?? new Set()).add(type as MapType));
  }
}
typesOf.set('map_lookup_percpu_elem', new Set(['percpu_array', 'percpu_hash', 'lru_percpu_hash']));

const changing = ['map_update_elem', 'map_delete_elem', 'map_push_elem', 'map_pop_elem'];
/** Program types that may put sockets into maps, or take them out, by the plain helpers. */
const sockMapUpdaters = [
  'sched_cls',
  'sched_act',
  'xdp',
  'socket_filter',
  'sk_reuseport',
  'flow_dissector',
  'sk_lookup',
];

/** Whether the helper and the map are made for each other. */
export function checkMapHelper(map: MapShape, helper: string, environment: string): void {
  const allowed = helpersOf[map.type];
  const forSockets = map.type === 'sockmap' || map.type === 'sockhash';
  const updates = helper === 'map_update_elem' || helper === 'map_delete_elem';
  const extra = forSockets && updates && maySetSockets(helper, environment);
  if (allowed !== undefined && !allowed.includes(helper) && !extra)
    refuse(`${helper} can't be used on a map of type ${map.type}`);
  const types = typesOf.get(helper);
  if (types !== undefined && !types.has(map.type)) refuse(`${helper} can't be used on a map of type ${map.type}`);
  if (changing.includes(helper) && ((map.flags ?? 0) & readOnlyMap) !== 0)
    refuse(`${helper} changes a map that may only be read`);
}

function maySetSockets(helper: string, environment: string): boolean {
  if (environment === 'sock_ops') return helper === 'map_delete_elem';
  return sockMapUpdaters.includes(environment);
}

/** Types of maps whose elements a program can be called with. */
const walkable: readonly MapType[] = ['hash', 'array', 'percpu_hash', 'percpu_array', 'lru_hash', 'lru_percpu_hash'];

/** Whether the elements of a map can be walked over. */
export function checkCallbackMap({ type }: MapShape, how: 'round' | 'element' | 'record'): void {
  if (how === 'element' && !walkable.includes(type)) refuse(`no function can be called with the elements of a ${type}`);
}
