// In how many threads captures are scanned: so many that each has enough to do to be worth its start.

import { availableParallelism } from 'node:os';
import type { Capture } from '../../capture/open.js';

/** To start a thread and compile the filter there takes about as long as to scan so many bytes. */
const worthAThread = 256 << 20;
/** A compressed byte takes about so many times as long as another: it becomes several, and each is made first. */
const compressedWeight = 16;

/** @param wanted what the user has asked for, if anything */
export function threadsFor(captures: readonly Capture[], wanted: number | undefined): number {
  const works = captures.map(workOf);
  if (captures.length < 2 || works.includes(undefined)) return 1;
  if (wanted !== undefined) return Math.min(wanted, captures.length);
  const work = works.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return Math.max(1, Math.min(captures.length, availableParallelism(), Math.floor(work / worthAThread)));
}

/** How much there is to do, in bytes; undefined for what is no regular file. What is compressed is told by the name: it is a guess. */
function workOf({ name, size }: Capture): number | undefined {
  return size === undefined ? undefined : size * (/\.(gz|zst|lz4)$/i.test(name) ? compressedWeight : 1);
}
