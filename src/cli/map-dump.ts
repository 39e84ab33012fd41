// What is in maps after a run, as text or as JSON.

import { toHex } from '../base/hex.js';
import type { MapSpec } from '../ebpf/map.js';
import type { ObjectMap, Variable } from '../elf/map.js';
import type { BpfMap } from '../run/map/map.js';

/** A map, and what the object says of it. */
export interface DumpedMap {
  readonly map: BpfMap;
  readonly spec: ObjectMap;
}

/**
 *     map counts (array)               map .bss (global data)
 *       7: 0100000000000000 = 1          seen: 02000000 = 2
 *       255 more are 0
 *
 * Entries of an array stand in order, those that are 0 are only counted; those of a hash are sorted by key.
 */
export function mapText(dumped: DumpedMap): string {
  const { name, type, variables } = dumped.spec;
  const lines = variables === undefined ? entryLines(dumped) : variableLines(dumped.map, variables);
  const what = variables === undefined ? type : 'global data';
  return [`map ${name} (${what})`, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

function entryLines({ map, spec }: DumpedMap): readonly string[] {
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
