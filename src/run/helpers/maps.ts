// Helpers about maps with keys and values, queues, and maps of what only a kernel has. Answers are those of Linux (kernel/bpf/helpers.c).

import { errno, failure } from '../map/errno.js';
import { KernelObjectMap } from '../map/kernel-objects.js';
import { BpfMap } from '../map/map.js';
import { ValueQueue } from '../map/queue.js';
import type { HelperCall, HelperResult, HelperRow } from './call.js';

export const mapFunctions: readonly HelperRow[] = [
  [1, lookup],
  [2, update],
  [3, remove],
  [51, redirect],
  [87, push],
  [88, (call) => takeOut(call, (queue) => queue.pop())],
  [89, (call) => takeOut(call, (queue) => queue.peek())],
];

/** r0 = the address of the value in map r1 whose key is at r2, or 0 */
function lookup({ arguments: [r1, r2], memory, maps, addressIn }: HelperCall): HelperResult {
  if (maps.findOf(r1, KernelObjectMap) !== undefined) return 0n;
  const found = maps.findOf(r1, BpfMap);
  if (found === undefined) return 'bad-call';
  const key = memory.bytes(r2, found.map.spec.keySize);
  if (key === undefined) return 'out-of-bounds';
  const slot = found.map.store.find(key);
  return slot === undefined ? 0n : addressIn(found.index, slot * found.map.valueStride);
}

/** Writes the value at r3 to the entry of map r1 whose key is at r2; r4: any entry, a new one, one that is there */
function update({ arguments: [r1, r2, r3, r4], memory, maps }: HelperCall): HelperResult {
  const found = maps.findOf(r1, BpfMap);
  if (found === undefined) return 'bad-call';
  const { spec, store, isReadOnly } = found.map;
  const [key, value] = [memory.bytes(r2, spec.keySize), memory.bytes(r3, spec.valueSize)];
  if (key === undefined || value === undefined) return 'out-of-bounds';
  if (isReadOnly) return failure(errno.perm);
  return failure(r4 > 2n ? errno.inval : store.update(key, value, Number(r4)));
}

/** Removes the entry of map r1 whose key is at r2 */
function remove({ arguments: [r1, r2], memory, maps }: HelperCall): HelperResult {
  const found = maps.findOf(r1, BpfMap);
  if (found === undefined) return 'bad-call';
  const { spec, store, isReadOnly } = found.map;
  const key = memory.bytes(r2, spec.keySize);
  if (key === undefined) return 'out-of-bounds';
  return failure(isReadOnly ? errno.perm : store.remove(key));
}

/** Puts the value at r2 into queue r1; r3: 0, or that the oldest makes room */
function push({ arguments: [r1, r2, r3], memory, maps }: HelperCall): HelperResult {
  const queue = maps.findOf(r1, ValueQueue)?.map;
  if (queue === undefined) return 'bad-call';
  const value = memory.bytes(r2, queue.spec.valueSize);
  if (value === undefined) return 'out-of-bounds';
  return failure(queue.put(value, Number(r3)));
}

/** Writes a value of queue r1 to r2; zeros where there is none */
function takeOut(
  { arguments: [r1, r2], memory, maps }: HelperCall,
  take: (queue: ValueQueue) => Uint8Array | undefined,
): HelperResult {
  const queue = maps.findOf(r1, ValueQueue)?.map;
  if (queue === undefined) return 'bad-call';
  const room = memory.bytes(r2, queue.spec.valueSize);
  if (room === undefined) return 'out-of-bounds';
  const value = take(queue);
  if (!memory.write(r2, value ?? new Uint8Array(room.length))) return 'out-of-bounds';
  return value === undefined ? failure(errno.noent) : 0n;
}

/** Flags of `redirect_map`: what it answers where the map has no such entry, an action of XDP; and that all entries are meant. */
const actionFlags = 0b11n;
const deviceFlags = 0b11000n; // BPF_F_BROADCAST, BPF_F_EXCLUDE_INGRESS
const broadcastFlag = 0b01000n;
const xdpRedirect = 4n;

/** Sends the packet to entry r2 of map r1, which has none here; r3: what to answer then */
function redirect({ arguments: [r1, _, r3], maps }: HelperCall): HelperResult {
  const map = maps.findOf(r1, KernelObjectMap)?.map;
  if (map === undefined) return 'bad-call';
  const hasDevices = map.spec.type === 'devmap' || map.spec.type === 'devmap_hash';
  const allowed = hasDevices ? actionFlags | deviceFlags : actionFlags;
  if ((r3 & ~allowed) !== 0n) return 0n; // XDP_ABORTED
  return (r3 & broadcastFlag) === 0n ? r3 & actionFlags : xdpRedirect;
}
