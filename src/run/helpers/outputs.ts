// Helpers by which programs put out records: into a ring buffer, or a perf event array. Answers are those of Linux (kernel/bpf/ringbuf.c,
// kernel/trace/bpf_trace.c, net/core/filter.c).

import { errno, failure } from '../map/errno.js';
import { PerfEventArray } from '../map/perf-events.js';
import { RingBuffer } from '../map/ring.js';
import { type HelperCall, type HelperResult, type HelperRow, low } from './call.js';

export const outputFunctions: readonly HelperRow[] = [
  [25, perfOutput],
  [130, ringOutput],
  [131, reserve],
  [132, (call) => settle(call, false)],
  [133, (call) => settle(call, true)],
  [134, query],
];

// ---- ring buffers -------------------------------------------------------------------------------------------------------

/** Whether somebody is told of the record (`BPF_RB_NO_WAKEUP`, `BPF_RB_FORCE_WAKEUP`): here everybody asks. */
const wakeUpFlags = 0b11n;
/** The longest record: `UINT_MAX / 4`. */
const longestRecord = 0x3fff_ffffn;

/** Hands over a copy of the r3 bytes at r2 through ring r1 */
function ringOutput({ arguments: [r1, r2, r3, r4], memory, maps }: HelperCall): HelperResult {
  const ring = maps.findOf(r1, RingBuffer)?.map;
  if (ring === undefined) return 'bad-call';
  if ((r4 & ~wakeUpFlags) !== 0n) return failure(errno.inval);
  if (r3 > longestRecord) return failure(errno.again);
  const record = memory.bytes(r2, Number(r3));
  return record === undefined ? 'out-of-bounds' : failure(ring.output(record));
}

/** r0 = the address of room for r2 bytes in ring r1, or 0 where there is none, or flags r3 */
function reserve({ arguments: [r1, r2, r3], maps, addressIn }: HelperCall): HelperResult {
  const found = maps.findOf(r1, RingBuffer);
  if (found === undefined) return 'bad-call';
  const start = r3 === 0n && r2 <= longestRecord ? found.map.reserve(Number(r2)) : undefined;
  return start === undefined ? 0n : addressIn(found.index, start);
}

/** Hands over the record at r1, or gives it up */
function settle({ arguments: [r1], maps, addressIn }: HelperCall, isDiscarded: boolean): HelperResult {
  for (const [index, map] of maps.maps.entries()) {
    if (!(map instanceof RingBuffer)) continue;
    const start = r1 - addressIn(index, 0);
    if (start < 0n || start >= BigInt(map.values.length)) continue;
    return map.settle(Number(start), isDiscarded) ? 0n : 'bad-call';
  }
  return 'bad-call';
}

/** r0 = what r2 asks of ring r1 */
function query({ arguments: [r1, r2], maps }: HelperCall): HelperResult {
  const ring = maps.findOf(r1, RingBuffer)?.map;
  return ring === undefined ? 'bad-call' : ring.query(r2);
}

// ---- perf events --------------------------------------------------------------------------------------------------------

/** Flags of `perf_event_output`: which processor's ring, and how many bytes of the packet go behind the record. */
const indexBits = 32n;
const packetBits = 20n;

/** Puts out the r5 bytes at r4 through array r2; r3: the index, and how many bytes of the packet */
function perfOutput({ arguments: [_, r2, r3, r4, r5], memory, maps, packet }: HelperCall): HelperResult {
  const array = maps.findOf(r2, PerfEventArray)?.map;
  if (array === undefined) return 'bad-call';
  const record = memory.bytes(r4, low(r5));
  if (record === undefined) return 'out-of-bounds';
  const taken = Number(r3 >> indexBits);
  if (r3 >> (packet === undefined ? indexBits : indexBits + packetBits) !== 0n) return failure(errno.inval);
  if (packet !== undefined && taken > packet.length) return failure(errno.fault);
  const whole = new Uint8Array(record.length + taken);
  whole.set(record);
  if (packet !== undefined) whole.set(packet.subarray(0, taken), record.length);
  return failure(array.output(low(r3), whole));
}
