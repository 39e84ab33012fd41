// Helpers that ask what goes on around the program: the time, chance, and the process that runs it, which is this one.

import { readFileSync } from 'node:fs';
import { packetHelpers } from '../../env/packet.js';
import { type HelperCall, type HelperResult, type HelperRow, low } from './call.js';

/** Of Linux's ticks there are 250 in a second, as in most kernels (CONFIG_HZ). */
const nanosecondsATick = 4_000_000n;

const monotonic = () => process.hrtime.bigint();

export const surroundingFunctions: readonly HelperRow[] = [
  [5, monotonic], // ktime_get_ns
  [125, monotonic], // ktime_get_boot_ns: what is asleep runs no program
  [160, monotonic], // ktime_get_coarse_ns
  [118, () => monotonic() / nanosecondsATick], // jiffies64
  [208, () => BigInt(Date.now()) * 1_000_000n], // ktime_get_tai_ns, of a machine that wasn't told of leap seconds
  [packetHelpers.random, () => BigInt(Math.floor(Math.random() * 2 ** 32))],
  [packetHelpers.processor, () => 0n],
  [14, () => both(process.pid, process.pid)], // get_current_pid_tgid
  [15, () => both(process.getgid?.() ?? 0, process.getuid?.() ?? 0)], // get_current_uid_gid
  [16, currentName],
];

function both(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Writes the name of the process to the r2 bytes at r1, with zeros behind it */
function currentName({ arguments: [r1, r2], memory }: HelperCall): HelperResult {
  const room = new Uint8Array(low(r2));
  const name = Buffer.from(nameOfProcess(), 'latin1').subarray(0, Math.max(0, room.length - 1));
  room.set(name);
  return memory.write(r1, room) ? 0n : 'out-of-bounds';
}

/** What Linux calls it; elsewhere its title. */
function nameOfProcess(): string {
  if (process.platform !== 'linux') return process.title.slice(0, 15);
  return readFileSync('/proc/self/comm', 'latin1').trimEnd();
}
