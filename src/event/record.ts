// One event as bytes: what the kernel wrote, and what it knew beside it.

import { eventPrefix } from '../env/event.js';
import { type Expression, type LocatedSource, numbersOf, testsOf } from './ast.js';

/** What a record doesn't hold, and filters may ask for by `comm` and `cpu`. */
export interface EventOrigin {
  /** The name of the task that was running, at most 15 bytes of it; default empty. */
  readonly comm?: string | undefined;
  /** The number of the processor; default 0. */
  readonly cpu?: number | undefined;
}

/** What stands before a record where a program asks for it (src/env/event.ts). */
export function prefixBytes({ comm = '', cpu = 0 }: EventOrigin): Uint8Array {
  const bytes = new Uint8Array(eventPrefix.size);
  writePrefix(bytes, 0, comm, cpu);
  return bytes;
}

/** Writes the prefix at an offset of bytes that are 0 there. */
function writePrefix(bytes: Uint8Array, at: number, comm: string, cpu: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(at + eventPrefix.processor, cpu, true);
  const task = Buffer.from(comm).subarray(0, eventPrefix.taskBytes - 1);
  bytes.set(task, at + eventPrefix.task);
}

/** The places in the record that a filter follows, each once. */
export function locatedSources(expression: Expression): LocatedSource[] {
  const found = new Map<number, LocatedSource>();
  for (const test of testsOf(expression)) {
    if (test.kind !== 'text' && test.kind !== 'processors') continue;
    if (test.source.kind === 'located') found.set(test.source.offset, test.source);
  }
  return [...found.values()];
}

/** Whether a filter asks for what stands before the record. */
export function asksPrefix(expression: Expression): boolean {
  return testsOf(expression).some((test) => {
    if (test.kind === 'text') return test.source.kind === 'fixed' && test.source.in === 'prefix';
    return numbersOf(test).some((source) => source.in === 'prefix');
  });
}

/** A part of a record. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** Where a located value lies; undefined where not all of it is in the record. */
export function locate(record: DataView, { offset, from }: LocatedSource): Part | undefined {
  const location = record.getUint32(offset, true);
  const start = from + (location & 0xffff);
  const end = start + (location >>> 16);
  return end <= record.byteLength ? { start, end } : undefined;
}
