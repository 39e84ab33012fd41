// What is in maps after a run, as text or as JSON.

import { toHex } from '../base/hex.js';
import type { MapSpec } from '../ebpf/map.js';
import type { ObjectMap, Variable } from '../elf/map.js';
import { BpfMap } from '../run/map/map.js';
import { PerfEventArray } from '../run/map/perf-events.js';
import { RingBuffer } from '../run/map/ring.js';
import type { AnyMap } from '../run/map/table.js';

/** A map that holds something to tell, and what the object says of it. */
export interface DumpedMap {
  readonly map: BpfMap | RingBuffer | PerfEventArray;
  readonly spec: ObjectMap;
}

/** Whether programs leave something in it that can be told. */
export function canBeDumped(map: AnyMap | undefined): map is DumpedMap['map'] {
  if (map instanceof BpfMap) return !map.isReadOnly;
  return map instanceof RingBuffer || map instanceof PerfEventArray;
}

/**
 *     map counts (array)               map .bss (global data)
 *       7: 0100000000000000 = 1          seen: 02000000 = 2
 *       255 more are 0
 *
 * Entries of an array stand in order, those that are 0 are only counted; those of a hash are sorted by key. Records that programs have
 * put out stand in their order, and are taken away.
 */
export function mapText({ map, spec }: DumpedMap): string {
  const { name, type, variables } = spec;
  const lines = linesOf(map, spec);
  const what = variables === undefined ? type : 'global data';
  return [`map ${name} (${what})`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

function linesOf(map: DumpedMap['map'], spec: ObjectMap): readonly string[] {
  if (!(map instanceof BpfMap)) return recordLines(map);
  return spec.variables === undefined ? entryLines(map, spec) : variableLines(map, spec.variables);
}

function recordLines(map: RingBuffer | PerfEventArray): readonly string[] {
  const records = map.take().map(valueText);
  return records.length === 0 ? ['no records'] : records;
}

function entryLines(map: BpfMap, spec: MapSpec): readonly string[] {
  const isIndexed = isArray(spec);
  const entries = sorted(map);
  const shown = isIndexed ? entries.filter(([, value]) => value.some((byte) => byte !== 0)) : entries;
  const lines = shown.map(([key, value]) => `${isIndexed ? numberOf(key) : toHex(key)}: ${valueText(value)}`);
  const zeros = entries.length - shown.length;
  if (entries.length === 0) return ['no entries'];
  return zeros === 0 ? lines : [...lines, shown.length === 0 ? 'all are 0' : `${zeros} more are 0`];
}

function variableLines(map: BpfMap, variables: readonly Variable[]): readonly string[] {
  const value = map.get(0) ?? new Uint8Array();
  return variables.map(({ name, offset, size }) => `${name}: ${valueText(value.subarray(offset, offset + size))}`);
}

function valueText(value: Uint8Array): string {
  return [1, 2, 4, 8].includes(value.length) ? `${toHex(value)} = ${numberOf(value)}` : toHex(value);
}

/** The entries as the batch protocol spells them. */
export function mapLine({ map, spec: { name, type, variables } }: DumpedMap): string {
  if (!(map instanceof BpfMap)) return `${JSON.stringify({ map: name, type, records: map.take().map(toHex) })}\n`;
  const entries = sorted(map).map(([key, value]) => [toHex(key), toHex(value)]);
  return `${JSON.stringify({ map: name, type, entries, variables })}\n`;
}

function sorted(map: BpfMap): [key: Uint8Array, value: Uint8Array][] {
  const entries = [...map];
  return isArray(map.spec) ? entries : entries.sort(([a], [b]) => Buffer.compare(a, b));
}

function isArray({ type }: MapSpec): boolean {
  return type === 'array' || type === 'percpu_array';
}

/** Bytes as a number of a little-endian machine. */
function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}
